/** One utterance on its way to the transcriber while it is still being said; the transcript follows as an event. */
import { type Channel, channel } from "../../lib/channel.ts";
import { StageError } from "../../lib/errors.ts";
import { Cancelled } from "../../lib/scope.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type {
  PauseListener,
  SpeakerPauses,
  TranscribeOptions,
  Transcriber,
  Transcript,
} from "../../ports/transcriber.ts";
import type { OnUtteranceUsage } from "../../ports/usage.ts";
import { samplesIn } from "../audio/pcm.ts";
import type { EarEvent, EarSettings } from "./ear-events.ts";
import { PreemptiveTranscript } from "./preemptive-transcript.ts";
import { readToEnd } from "./read-to-end.ts";

/** The delivery figures that `transcribed` carries. */
export type UtteranceMeasures = Pick<
  Extract<EarEvent, { type: "transcribed" }>,
  "delivery" | "contour" | "melody" | "turnDelivery"
>;

export interface UtteranceOptions {
  /** Counted from 1 within the session. */
  readonly number: number;
  readonly transcriber: Transcriber;
  readonly speaker?: object;
  readonly settings: EarSettings;
  /** Longest audio, ms. */
  readonly maxMs: number;
  /** Undefined: taken. A promise: resolves once there is room for more events. */
  readonly emit: (event: EarEvent) => Promise<void> | undefined;
  readonly onUsage?: OnUtteranceUsage;
}

/** An utterance. The transcriber starts with the constructor and gets the audio as it comes. */
export class Utterance {
  readonly number: number;
  /** Resolves, never rejects, once the transcriber has ended and the outcome was emitted. */
  readonly done: Promise<void>;
  readonly #options: UtteranceOptions;
  readonly #call: Omit<TranscribeOptions, "signal">;
  /** Bounded by the longest utterance, so that a slow transcriber loses nothing. */
  readonly #audio: Channel<Int16Array>;
  readonly #request = new AbortController();
  /** Resolves with `end` or `abort`. */
  readonly #closed = Promise.withResolvers<void>();
  /** With a transcriber that neither streams nor reads ahead, where preemptive transcripts are wanted. */
  readonly #preemptive: PreemptiveTranscript | undefined;
  /** The transcriber that reads ahead, once it listens for pauses. */
  #pauses: PauseListener | undefined;
  /** Samples passed to the transcriber so far, and those before the pause that lasts. */
  #samples = 0;
  #pausedAt: number | undefined;
  /** Transcript made ahead for the pause that lasts. */
  #ahead: { readonly transcript: Transcript; readonly readToEnd: boolean } | undefined;
  #measure: (() => UtteranceMeasures) | undefined;
  #partial: string | undefined;
  #state: "open" | "ended" | "discarded" = "open";
  #preemptiveEmitted = false;

  constructor(options: UtteranceOptions) {
    const { number, settings, transcriber, speaker, onUsage } = options;
    const { rate, language, hint, keywords, languages, logprobs, expectation } = settings;
    this.number = number;
    this.#options = options;
    this.#audio = channel<Int16Array>(samplesIn(options.maxMs, rate), (pcm) => pcm.length);
    const call: Omit<TranscribeOptions, "signal"> = {
      rate,
      language,
      hint,
      keywords,
      languages,
      logprobs,
      expectation,
      speaker,
      onUsage: onUsage && ((report) => onUsage(report, number)),
    };
    this.#call = call;
    if (settings.draftAfterMs !== undefined && !transcriber.streams && !transcriber.readsAhead)
      this.#preemptive = new PreemptiveTranscript({
        transcriber,
        call,
        onTranscript: (transcript) => this.#emitPreemptive(transcript),
      });
    this.done = this.#run();
  }

  /** The words so far, where the transcriber gives partials or a preemptive transcript is there. */
  get words(): string | undefined {
    const preemptive = this.#ahead?.transcript ?? this.#preemptive?.transcript;
    return preemptive?.understood ? preemptive.text : this.#partial;
  }

  /** True: the expected text was read to its end before the pause that lasts, as far as is known. */
  get readToEnd(): boolean {
    return this.#ahead?.readToEnd ?? false;
  }

  /** Streams audio to the transcriber, no more than `maxMs` in all. Keeps `pcm`, not a copy. */
  push(pcm: Int16Array): void {
    if (pcm.length === 0) return;
    this.#samples += pcm.length;
    this.#audio.push(pcm);
    this.#preemptive?.keep(pcm);
  }

  /** Has the preemptive transcript made, at a provisional silence. */
  pause(): void {
    this.#pausedAt = this.#samples;
    if (this.#pauses) this.#pauses.paused(this.#samples);
    else if (this.#preemptive) this.#preemptive.start();
    else if (this.#options.settings.draftAfterMs !== undefined && this.#partial)
      this.#emitPreemptive({ text: this.#partial, understood: true });
  }

  /** Drops the preemptive transcript: speech goes on after `pause`. */
  resume(): void {
    this.#pausedAt = this.#ahead = undefined;
    this.#pauses?.resumed();
    this.#preemptive?.drop();
  }

  /**
   * Ends the audio; the transcript may follow now. Only silence may have come since the last `pause` without a `resume`.
   * `measure` is called once the transcript is there.
   */
  end(measure?: () => UtteranceMeasures): void {
    this.#state = "ended";
    this.#measure = measure;
    if (!this.#preemptive) this.#audio.close();
    this.#closed.resolve();
  }

  /** Discards the utterance; no event of it follows. */
  abort(): void {
    this.#state = "discarded";
    this.#preemptive?.drop();
    this.#request.abort(new Cancelled("client_cancelled"));
    this.#audio.discard();
    this.#closed.resolve();
  }

  async #run(): Promise<void> {
    const { number, emit } = this.#options;
    let outcome: EarEvent;
    try {
      const transcript = await this.#settle();
      this.#audio.discard();
      await this.#closed.promise;
      outcome = { type: "transcribed", utterance: number, transcript, ...this.#measure?.() };
    } catch (error) {
      this.#audio.discard();
      await this.#closed.promise;
      outcome = { type: "failed", utterance: number, error: asStageError(error) };
    }
    if (this.#state !== "discarded") await emit(outcome);
  }

  /** The transcript of the whole utterance, or the preemptive one where that lacks only silence. */
  async #settle(): Promise<Transcript> {
    const whole = this.#transcribe();
    if (!this.#preemptive) return whole;
    whole.catch(() => {});
    await this.#closed.promise;
    const transcript = await this.#preemptive.finished();
    if (!transcript) {
      this.#audio.close();
      return whole;
    }
    this.#request.abort(new Cancelled("finished"));
    return transcript;
  }

  async #transcribe(): Promise<Transcript> {
    const { number, transcriber, emit } = this.#options;
    const { signal } = this.#request;
    const pauses: SpeakerPauses = {
      subscribe: (listener) => {
        this.#pauses = listener;
      },
    };
    const call = transcriber.readsAhead ? { ...this.#call, signal, pauses } : { ...this.#call, signal };
    for await (const event of untilAborted(transcriber.transcribe(this.#audio, call), signal)) {
      if (event.type === "final") return event.transcript;
      if (event.type === "preemptive") {
        this.#takeAhead(event.samples, event.transcript);
        continue;
      }
      this.#partial = event.text;
      if (!signal.aborted) await emit({ type: "partial", utterance: number, text: event.text });
    }
    throw new StageError("transcribe", "malformed");
  }

  /** Takes the transcript of a pause; void where another pause has come since. */
  #takeAhead(samples: number, transcript: Transcript): void {
    if (samples !== this.#pausedAt) return;
    const { expectation } = this.#call;
    this.#ahead = { transcript, readToEnd: readToEnd(expectation, transcript) };
    this.#emitPreemptive(transcript);
  }

  #emitPreemptive(transcript: Transcript): void {
    if (this.#state !== "open" || this.#preemptiveEmitted) return;
    this.#preemptiveEmitted = true;
    void this.#options.emit({ type: "preemptive_transcript", utterance: this.number, transcript });
  }
}

/** Wraps any other error as a StageError: no other kind leaves the ears. */
function asStageError(error: unknown): StageError {
  return error instanceof StageError ? error : new StageError("transcribe", "unavailable", { cause: error });
}
