/** Stands in for the engine's package, and breaks as its text asks: a WASM abort, a thread that ends, an error later. */

class Worker {
  /** Set by an abort: this instance must not be used again. */
  private ruined = false;
  get_samplerate() {
    return 22_050;
  }
  list_voices() {
    return [{ identifier: "gmw/en-US", languages: [{ name: "en-us" }] }];
  }
  set_voice() {
    return this.ruined ? 2 : 0;
  }
  set_rate() {}
  set_pitch() {}
  set_range() {}
  set_volume() {}
  synthesize(text: string, callback: (pcm: Int16Array, events: object[]) => boolean) {
    callback(new Int16Array(2205).fill(1000), []);
    if (text.includes("abort")) {
      this.ruined = true;
      throw new WebAssembly.RuntimeError("Aborted(memory access out of bounds)");
    }
    if (text.includes("exit")) process.exit(7);
    if (text.includes("later"))
      setTimeout(() => {
        throw new Error("thrown in the thread, outside of any task");
      }, 0);
    callback(new Int16Array(2205).fill(1000), []);
  }
}

export default async () => ({ eSpeakNGWorker: Worker });
