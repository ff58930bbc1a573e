/** Step 10 of the turn, on the browser's audio thread: the playout is asked for what is heard next, 128 samples at a time. */
import { openPlayout, type PlayPosition, type ReplyAudio } from "../playout.ts";

// Globals of an AudioWorkletGlobalScope, which the DOM library leaves out.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Page to speaker. */
export type SpeakerOrder =
  | { readonly type: "add"; readonly audio: ReplyAudio }
  | { readonly type: "finish" | "clear" | "pause"; readonly responseNumber: number }
  | { readonly type: "resume" | "close" };
/** Speaker to page: where it is, and how loud it is (0–1, peak since the last report). */
export type SpeakerReport =
  | { readonly type: "position"; readonly position: PlayPosition }
  | { readonly type: "level"; readonly peak: number };

const positionEveryMs = 250;
const levelEveryMs = 50;

class SpeakerProcessor extends AudioWorkletProcessor {
  #open = true;
  #sincePosition = 0;
  #sinceLevel = 0;
  #peak = 0;
  #silent = true;
  #playout = openPlayout({
    rate: sampleRate,
    onChange: (position) => {
      if (position.state !== "waiting") this.#tell({ type: "position", position });
    },
  });

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<SpeakerOrder>) => this.#obey(data);
  }

  #tell(report: SpeakerReport) {
    this.port.postMessage(report);
  }

  #obey(order: SpeakerOrder) {
    switch (order.type) {
      case "add":
        return void this.#playout.add(order.audio);
      case "finish":
        return this.#playout.finish(order.responseNumber);
      case "clear":
        return this.#playout.clear(order.responseNumber);
      case "pause":
        return this.#playout.pause(order.responseNumber);
      case "resume":
        return this.#playout.resume();
      case "close":
        this.#open = false;
    }
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [first, ...others] = outputs[0] ?? [];
    if (!first) return this.#open;
    this.#playout.render(first);
    for (const channel of others) channel.set(first);
    for (const value of first) this.#peak = Math.max(this.#peak, Math.abs(value));
    this.#report((first.length * 1000) / sampleRate);
    return this.#open;
  }

  #report(ms: number) {
    this.#sincePosition += ms;
    this.#sinceLevel += ms;
    const position = this.#playout.position();
    if (this.#sincePosition >= positionEveryMs && position?.state === "playing") {
      this.#sincePosition = 0;
      this.#tell({ type: "position", position });
    }
    if (this.#sinceLevel < levelEveryMs) return;
    // One zero closes the meter; silence after it is not worth a message.
    if (this.#peak > 0 || !this.#silent) this.#tell({ type: "level", peak: this.#peak });
    this.#silent = this.#peak === 0;
    this.#sinceLevel = 0;
    this.#peak = 0;
  }
}

registerProcessor("kuku-speaker", SpeakerProcessor);
