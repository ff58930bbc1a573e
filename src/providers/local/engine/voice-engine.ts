/** Runs a voice, one sentence at a time. */
import { joinPcm } from "../../../pipeline/audio/pcm.ts";
import { createResampler, type Resampler } from "../../../pipeline/audio/resample.ts";
import type { Answer, CallMessage } from "./messages.ts";
import { toPcm } from "./samples.ts";
import { TurnQueue } from "./turn-queue.ts";

type OfflineTts = InstanceType<typeof import("sherpa-onnx-node")["OfflineTts"]>;

export class VoiceEngine {
  readonly #voice: OfflineTts;
  readonly #answer: (id: number, answer: Answer) => void;
  readonly #queue = new TurnQueue();
  /** By the rate of the output: a flushed one begins a new stream. */
  readonly #resamplers = new Map<number, Promise<Resampler>>();

  constructor(voice: OfflineTts, answer: (id: number, answer: Answer) => void) {
    this.#voice = voice;
    this.#answer = answer;
  }

  take(id: number, message: CallMessage): void {
    if (message.type === "drop") this.#queue.drop(id);
    else if (message.type === "speak")
      this.#queue.add(id, async () => {
        this.#answer(id, await this.#speak(message));
        return false;
      });
  }

  async #speak({ text, speaker, speed, rate }: Extract<CallMessage, { type: "speak" }>): Promise<Answer> {
    try {
      const request = { text, sid: speaker, speed, enableExternalBuffer: false };
      const { samples } = await this.#voice.generateAsync(request);
      const resampler = await this.#resamplerTo(rate);
      const pcm = joinPcm([resampler.process(toPcm(samples)), resampler.flush()]);
      return { type: "sound", pcm };
    } catch (error) {
      // Text of which no character is known to the voice: another script, signs.
      if (/no audio/.test(String(error))) return { type: "sound", pcm: new Int16Array(0) };
      return { type: "failed", reason: String(error) };
    }
  }

  #resamplerTo(rate: number): Promise<Resampler> {
    const resampler = this.#resamplers.get(rate) ?? createResampler(this.#voice.sampleRate, rate);
    this.#resamplers.set(rate, resampler);
    return resampler;
  }
}
