/** Step 1 of the turn, on the browser's audio thread: microphone samples become 16-bit frames of a fixed length. */

// Globals of an AudioWorkletGlobalScope, which the DOM library leaves out.
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare const sampleRate: number;
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: { frameMs: number } }) => AudioWorkletProcessor,
): void;

class MicrophoneProcessor extends AudioWorkletProcessor {
  #frame: Int16Array<ArrayBuffer>;
  #filled = 0;
  #open = true;

  constructor(options: { processorOptions: { frameMs: number } }) {
    super();
    this.#frame = new Int16Array(Math.round((sampleRate * options.processorOptions.frameMs) / 1000));
    this.port.onmessage = () => {
      this.#open = false;
    };
  }

  /** One quantum of 128 samples; false lets the browser free the processor. */
  process(inputs: Float32Array[][]): boolean {
    for (const value of inputs[0]?.[0] ?? []) {
      this.#frame[this.#filled++] = Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
      if (this.#filled < this.#frame.length) continue;
      const full = this.#frame;
      this.#frame = new Int16Array(full.length);
      this.#filled = 0;
      this.port.postMessage(full, [full.buffer]);
    }
    return this.#open;
  }
}

registerProcessor("kuku-microphone", MicrophoneProcessor);
