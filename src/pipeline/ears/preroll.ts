/** The ears' memory before a turn: the last moments of audio, so that a turn starts before its start was detected. */

/** A ring of the newest `capacity` samples. */
export class Preroll {
  readonly #ring: Int16Array;
  #end = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#ring = new Int16Array(capacity);
  }

  /** Samples held. */
  get length(): number {
    return this.#length;
  }

  push(pcm: Int16Array): void {
    const ring = this.#ring;
    const capacity = ring.length;
    const kept = pcm.length > capacity ? pcm.subarray(pcm.length - capacity) : pcm;
    const first = Math.min(kept.length, capacity - this.#end);
    ring.set(first === kept.length ? kept : kept.subarray(0, first), this.#end);
    if (first < kept.length) ring.set(kept.subarray(first), 0);
    this.#end = capacity === 0 ? 0 : (this.#end + kept.length) % capacity;
    this.#length = Math.min(capacity, this.#length + kept.length);
  }

  /** Returns a copy of the newest `count` samples (fewer when there are fewer), and empties the ring. */
  take(count: number): Int16Array {
    const ring = this.#ring;
    const out = new Int16Array(Math.min(count, this.#length));
    const start = this.#end - out.length;
    if (start >= 0) out.set(ring.subarray(start, this.#end));
    else {
      out.set(ring.subarray(ring.length + start));
      out.set(ring.subarray(0, this.#end), -start);
    }
    this.#length = 0;
    return out;
  }

  clear(): void {
    this.#length = 0;
  }
}
