/** Runs a streaming recogniser for many utterances: all that have audio are decoded together, a piece at a time. */
import { yieldToEventLoop } from "../../../lib/clock.ts";
import type { Answer, CallMessage } from "./messages.ts";
import { toFloats } from "./samples.ts";
import { type Punctuate, tidyText, timedWords, toTranscript } from "./transcript.ts";

type Sherpa = typeof import("sherpa-onnx-node");
type OnlineRecognizer = InstanceType<Sherpa["OnlineRecognizer"]>;

/** Most utterances decoded in one go; the others take their turn in the next. */
const batchSize = 16;
/** Silence behind the audio, s, so that the model's look-ahead sees its end. */
const tailSeconds = 0.8;

interface Listening {
  readonly stream: ReturnType<OnlineRecognizer["createStream"]>;
  readonly rate: number;
  readonly punctuate: Punctuate | undefined;
  ended: boolean;
  text: string;
}

export class StreamingEngine {
  readonly #recogniser: OnlineRecognizer;
  readonly #answer: (id: number, answer: Answer) => void;
  readonly #punctuate: Punctuate | undefined;
  /** In the order of their turns: the next to be decoded first. */
  readonly #calls = new Map<number, Listening>();
  #running = false;

  constructor(
    recogniser: OnlineRecognizer,
    answer: (id: number, answer: Answer) => void,
    punctuate?: Punctuate,
  ) {
    this.#recogniser = recogniser;
    this.#answer = answer;
    this.#punctuate = punctuate;
  }

  take(id: number, message: CallMessage): void {
    if (message.type === "listen")
      this.#calls.set(id, {
        stream: this.#recogniser.createStream(),
        rate: message.rate,
        punctuate: message.punctuate ? this.#punctuate : undefined,
        ended: false,
        text: "",
      });
    const call = this.#calls.get(id);
    if (!call) return;
    if (message.type === "drop") this.#calls.delete(id);
    else if (message.type === "audio") this.#accept(call, toFloats(message.pcm));
    else if (message.type === "end") {
      this.#accept(call, new Float32Array(Math.round(tailSeconds * call.rate)));
      call.stream.inputFinished();
      call.ended = true;
    }
    if (!this.#running) void this.#run();
  }

  #accept({ stream, rate }: Listening, samples: Float32Array): void {
    stream.acceptWaveform({ samples, sampleRate: rate });
  }

  /** Decodes until no utterance has audio left; between two rounds, messages come in. */
  async #run(): Promise<void> {
    this.#running = true;
    while (this.#decode()) await yieldToEventLoop();
    this.#running = false;
  }

  /** Decodes a piece of each of the next utterances. @returns whether there was one */
  #decode(): boolean {
    const batch: [number, Listening][] = [];
    for (const [id, call] of this.#calls) {
      if (this.#recogniser.isReady(call.stream)) batch.push([id, call]);
      else if (call.ended) this.#finish(id, call);
      if (batch.length === batchSize) break;
    }
    if (batch.length === 0) return false;
    this.#recogniser.decodeStreams(batch.map(([, { stream }]) => stream));
    for (const [id, call] of batch) {
      this.#calls.delete(id);
      this.#calls.set(id, call);
      const text = tidyText(this.#recogniser.getResult(call.stream).text);
      if (text === call.text) continue;
      call.text = text;
      this.#answer(id, { type: "text", text, final: false });
    }
    return true;
  }

  #finish(id: number, { stream, punctuate }: Listening): void {
    this.#calls.delete(id);
    const result = this.#recogniser.getResult(stream);
    const transcript = toTranscript(result.text, timedWords(result, 0), punctuate);
    this.#answer(id, { type: "text", final: true, ...transcript });
  }
}
