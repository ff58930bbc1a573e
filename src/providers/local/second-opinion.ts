/**
 * A second opinion on readings: the words that the judge calls wrong are looked up in what another recogniser wrote down. The
 * opinion acquits and never accuses, since a recogniser tends to write the word that makes sense.
 */
import { channel } from "../../lib/channel.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { produce } from "../../lib/produce.ts";
import { openScope, type Scope } from "../../lib/scope.ts";
import { withTimeout } from "../../lib/timeout.ts";
import { joinPcm } from "../../pipeline/audio/pcm.ts";
import { judgeWords } from "../../pipeline/text-normalization/judge-words.ts";
import type { Reading, ReadWord } from "../../ports/reading.ts";
import type { TranscribeOptions, Transcriber, Transcript, TranscriptEvent } from "../../ports/transcriber.ts";

export interface SecondOpinionOptions {
  /** Judges readings. */
  readonly judge: Pick<Transcriber, "transcribe">;
  /** Writes down audio that is there already; knows nothing of the text that was to be read. */
  readonly hear: (pcm: Int16Array, call: TranscribeOptions) => Promise<string>;
  readonly clock?: Clock | undefined;
}

/** Time after which the judge's verdict stands, ms. */
const longestWaitMs = 3_000;
/** Longest audio that is kept, s; a judge hears no more either. */
const longestSeconds = 60;

/** The judge, its verdicts reviewed. An opinion that fails, is late or finds nothing leaves the verdict as it is. */
export function withSecondOpinion(options: SecondOpinionOptions): Pick<Transcriber, "transcribe"> {
  return {
    transcribe(audio, call) {
      const events = channel<TranscriptEvent>(64);
      const review = new Review(options, call);
      const run = async () => {
        for await (const event of options.judge.transcribe(review.keep(audio), call)) {
          if (event.type === "partial") events.push(event);
          else if (event.type === "final")
            events.push({ type: "final", transcript: await review.revise(event.transcript) });
          // Audio and events go on meanwhile; one that speech has made void is no longer waited for by the ears.
          else
            void review
              .revise(event.transcript, event.samples)
              .then((transcript) => events.push({ ...event, transcript }));
        }
      };
      return produce(events, run, call.signal, () => review.close());
    },
  };
}

/** One reading under review. */
class Review {
  readonly #options: SecondOpinionOptions;
  readonly #call: TranscribeOptions;
  readonly #scope: Scope;
  #pieces: Int16Array[] = [];
  #samples = 0;
  /** The verdict reviewed last: the final one is mostly that of the last pause, and is not reviewed again. */
  #last:
    | { readonly reading: Reading; readonly revised: Promise<Transcript>; readonly scope: Scope }
    | undefined;

  constructor(options: SecondOpinionOptions, call: TranscribeOptions) {
    this.#options = options;
    this.#call = call;
    this.#scope = openScope().follow(call.signal);
  }

  /** Passes audio on, and keeps it. */
  async *keep(audio: AsyncIterable<Int16Array>): AsyncGenerator<Int16Array> {
    for await (const pcm of audio) {
      if (this.#samples < longestSeconds * this.#call.rate) this.#pieces.push(pcm);
      this.#samples += pcm.length;
      yield pcm;
    }
  }

  /** The transcript with those words acquitted that were heard as written in the first `samples` of the audio. */
  async revise(transcript: Transcript, samples = this.#samples): Promise<Transcript> {
    const { reading } = transcript;
    // One of two words that sound alike is for the judge alone: a recogniser writes the one that it meets more often.
    const asked = transcript.understood && this.#call.expectation?.rival === undefined;
    if (!reading || !asked || !reading.words.some(isAccused)) return transcript;
    if (this.#last?.reading === reading) return this.#last.revised;
    this.#last?.scope.cancel("finished");
    const scope = this.#scope.child();
    const revised = this.#ask(scope.signal, samples).then(
      (heard) => acquit(transcript, reading, heard, this.#call.language),
      () => transcript,
    );
    this.#last = { reading, revised, scope };
    return revised;
  }

  close(): void {
    this.#scope.cancel("finished");
    this.#pieces = [];
  }

  #ask(signal: AbortSignal, samples: number): Promise<string> {
    const { hear, clock = systemClock } = this.#options;
    const pcm = joinPcm(this.#pieces).subarray(0, samples);
    const { rate, language } = this.#call;
    const error = () => new Error("the second opinion came too late");
    return withTimeout({ clock, ms: longestWaitMs, signal, error }, (signal) =>
      hear(pcm, { rate, language, signal }),
    );
  }
}

/** A word of the text that is called wrong; an added word was not written, so that nobody can have heard it as written. */
const isAccused = ({ verdict }: ReadWord) => verdict === "substituted" || verdict === "omitted";

function acquit(transcript: Transcript, reading: Reading, heard: string, language: string): Transcript {
  const written = judgeWords(reading.text, heard, language).words.filter(
    ({ verdict }) => verdict !== "inserted",
  );
  let place = 0;
  const words = reading.words.map((word): ReadWord => {
    if (word.verdict === "inserted") return word;
    const other = written[place++];
    if (!isAccused(word) || other?.verdict !== "correct" || other.expected !== word.expected) return word;
    // The judge's score and sounds are those of the word that it took it for.
    const { score: _score, phones: _phones, ...rest } = word;
    return { ...rest, verdict: "correct", heard: word.expected as string };
  });
  const right = words.filter(({ verdict }) => verdict === "correct").length;
  return {
    ...transcript,
    text: words.flatMap((word) => word.heard ?? []).join(" "),
    reading: { ...reading, words, accuracy: written.length === 0 ? 0 : right / written.length },
  };
}
