/** Runs a recogniser of whole utterances, one piece of one utterance at a time. */
import { cutIntoUtterances } from "../../../pipeline/ears/quietest-place.ts";
import type { TimedWord } from "../../../ports/audio.ts";
import type { Answer, CallMessage } from "./messages.ts";
import { toFloats } from "./samples.ts";
import { type Punctuate, timedWords, toTranscript } from "./transcript.ts";
import { TurnQueue } from "./turn-queue.ts";

type OfflineRecognizer = InstanceType<typeof import("sherpa-onnx-node")["OfflineRecognizer"]>;

/** Longest piece, ms: Whisper hears 30 s at most, and a long upload holds nobody up for more than a piece. */
const longestMs = 28_000;

export class WholeEngine {
  readonly #recogniser: OfflineRecognizer;
  readonly #answer: (id: number, answer: Answer) => void;
  readonly #punctuate: Punctuate | undefined;
  readonly #queue = new TurnQueue();

  constructor(
    recogniser: OfflineRecognizer,
    answer: (id: number, answer: Answer) => void,
    punctuate?: Punctuate,
  ) {
    this.#recogniser = recogniser;
    this.#answer = answer;
    this.#punctuate = punctuate;
  }

  take(id: number, message: CallMessage): void {
    if (message.type === "drop") this.#queue.drop(id);
    else if (message.type === "recognise") this.#recognise(id, message);
  }

  #recognise(
    id: number,
    { pcm, rate, punctuate }: Extract<CallMessage, { readonly type: "recognise" }>,
  ): void {
    const pieces = [...cutIntoUtterances(pcm, rate, longestMs)];
    const texts: string[] = [];
    const words: TimedWord[] = [];
    let taken = 0;
    this.#queue.add(id, async () => {
      const piece = pieces.shift() as Int16Array;
      try {
        const stream = this.#recogniser.createStream();
        stream.acceptWaveform({ samples: toFloats(piece), sampleRate: rate });
        const result = await this.#recogniser.decodeAsync(stream);
        words.push(...timedWords(result, (taken / rate) * 1000));
        texts.push(result.text.trim());
        taken += piece.length;
      } catch (error) {
        this.#answer(id, { type: "failed", reason: String(error) });
        return false;
      }
      if (!this.#queue.has(id) || pieces.length > 0) return pieces.length > 0;
      const raw = texts.filter((text) => text !== "").join(" ");
      const transcript = toTranscript(raw, words, punctuate ? this.#punctuate : undefined);
      this.#answer(id, { type: "text", final: true, ...transcript });
      return false;
    });
  }
}
