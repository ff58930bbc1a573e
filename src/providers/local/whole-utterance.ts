/** One utterance for a recogniser of whole ones: keeps its audio, has it recognised at its end, or at a pause that may be it. */

import { StageError } from "../../lib/errors.ts";
import { joinPcm } from "../../pipeline/audio/pcm.ts";
import type {
  PauseListener,
  TranscribeOptions,
  Transcript,
  TranscriptEvent,
} from "../../ports/transcriber.ts";
import type { EngineCall, LocalEngine } from "./engine/local-engine.ts";

/** Shorter audio holds no word, s. */
const shortestSeconds = 0.1;

/** A recognition under way. */
interface Attempt {
  readonly samples: number;
  readonly call: EngineCall;
  readonly transcript: Promise<Transcript>;
}

export class WholeUtterance implements PauseListener {
  readonly #engine: LocalEngine;
  readonly #options: TranscribeOptions;
  readonly #onEvent: (event: TranscriptEvent) => void;
  #pieces: Int16Array[] = [];
  #length = 0;
  #pausedAt: number | undefined;
  #attempt: Attempt | undefined;
  #ended = false;

  constructor(engine: LocalEngine, options: TranscribeOptions, onEvent: (event: TranscriptEvent) => void) {
    this.#engine = engine;
    this.#options = options;
    this.#onEvent = onEvent;
  }

  add(pcm: Int16Array): void {
    this.#pieces.push(pcm);
    this.#length += pcm.length;
    this.#readAhead();
  }

  paused(samples: number): void {
    this.resumed();
    this.#pausedAt = samples;
    this.#readAhead();
  }

  resumed(): void {
    this.#attempt?.call.drop();
    this.#attempt = this.#pausedAt = undefined;
  }

  /** Ends the utterance. @returns its transcript; that of the last pause, where only silence followed @throws StageError */
  async finish(): Promise<Transcript> {
    this.#ended = true;
    if (this.#tooShort(this.#length)) return { text: "", understood: false };
    this.#attempt ??= this.#recognise(Math.min(this.#length, this.#pausedAt ?? this.#length));
    return this.#attempt.transcript;
  }

  /** Ends the utterance without a transcript. */
  abandon(): void {
    this.#ended = true;
    this.resumed();
    this.#pieces = [];
  }

  #tooShort(samples: number): boolean {
    return samples < shortestSeconds * this.#options.rate;
  }

  #readAhead(): void {
    const samples = this.#pausedAt;
    if (samples === undefined || this.#attempt || this.#ended || this.#length < samples) return;
    if (this.#tooShort(samples)) return;
    let attempt: Attempt;
    try {
      attempt = this.#recognise(samples);
    } catch {
      return; // The end of the utterance tries again, and tells.
    }
    this.#attempt = attempt;
    attempt.transcript.then(
      (transcript) => {
        if (this.#attempt === attempt && !this.#ended)
          this.#onEvent({ type: "preemptive", samples, transcript });
      },
      () => {
        if (this.#attempt === attempt && !this.#ended) this.#attempt = undefined;
      },
    );
  }

  #recognise(samples: number): Attempt {
    const pcm = joinPcm(this.#pieces).subarray(0, samples);
    const { rate, language } = this.#options;
    const punctuate = this.#engine.punctuates(language);
    const call = this.#engine.begin({ type: "recognise", rate, pcm, punctuate });
    const transcript = readTranscript(call);
    transcript.catch(() => {});
    return { samples, call, transcript };
  }
}

async function readTranscript({ answers }: EngineCall): Promise<Transcript> {
  for await (const answer of answers) {
    if (answer.type !== "text") continue;
    const { text, words } = answer;
    return { text, understood: text !== "", ...(words && words.length > 0 && { words }) };
  }
  throw new StageError("transcribe", "unavailable", { cause: new Error("it was dropped") });
}
