/** One side of a recording from what is final to what is still to be played; silence wherever nothing was put. */

/** Smallest ring, in samples; a power of two. */
const smallest = 16_384;

/** Samples by their place in time, kept from `head` on in a ring that grows to what is put and shrinks when empty. */
export class Track {
  /** Farthest a sample may lie ahead of the head. */
  readonly #limit: number;
  #ring = new Int16Array(smallest);
  #head = 0;
  #end = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Place of the first sample not yet taken. */
  get head(): number {
    return this.#head;
  }

  /** Place after the last sample (or the head, if nothing waits). */
  get end(): number {
    return this.#end;
  }

  /** Capacity of the ring, samples. */
  get capacity(): number {
    return this.#ring.length;
  }

  /** Writes samples at a place, over what was there. Returns how many lay before the head or beyond the limit, and are lost. */
  put(at: number, pcm: Int16Array): number {
    const from = Math.max(at, this.#head);
    const to = Math.min(at + pcm.length, this.#head + this.#limit);
    if (to <= from) return pcm.length;
    this.#grow(to - this.#head);
    const mask = this.#ring.length - 1;
    const kept = pcm.subarray(from - at, to - at);
    const first = Math.min(kept.length, this.#ring.length - (from & mask));
    this.#ring.set(kept.subarray(0, first), from & mask);
    this.#ring.set(kept.subarray(first), 0);
    this.#end = Math.max(this.#end, to);
    return pcm.length - kept.length;
  }

  /** Removes everything from a place on, and returns it. */
  cut(at: number): Int16Array {
    const from = Math.max(at, this.#head);
    const removed = new Int16Array(Math.max(0, this.#end - from));
    const mask = this.#ring.length - 1;
    for (let i = 0; i < removed.length; i++) {
      removed[i] = this.#ring[(from + i) & mask]!;
      this.#ring[(from + i) & mask] = 0;
    }
    if (removed.length > 0) this.#end = from;
    return removed;
  }

  /** Moves the head to `to`, writing what lay before it into every second sample of `out`, from `channel` on. */
  take(to: number, out: Int16Array, channel: 0 | 1): void {
    const mask = this.#ring.length - 1;
    const filled = Math.min(to, this.#end);
    for (let at = this.#head, i = channel; at < filled; at++, i += 2) {
      out[i] = this.#ring[at & mask]!;
      this.#ring[at & mask] = 0;
    }
    this.#head = Math.max(this.#head, to);
    this.#end = Math.max(this.#end, this.#head);
    if (this.#end === this.#head && this.#ring.length > smallest) this.#ring = new Int16Array(smallest);
  }

  #grow(needed: number): void {
    if (needed <= this.#ring.length) return;
    const old = this.#ring;
    let length = old.length;
    while (length < needed) length *= 2;
    this.#ring = new Int16Array(length);
    for (let at = this.#head; at < this.#end; at++)
      this.#ring[at & (length - 1)] = old[at & (old.length - 1)]!;
  }
}
