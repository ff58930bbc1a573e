/** Audio time and the clock: where the echo guard looks for a frame in what the loudspeaker played. */

/** Aligns audio time with the clock, by the smallest delay of arrival in this second and the one before. */
export class ClockAlignment {
  /** Smallest distance of clock time from audio time, ms. */
  #offset = Number.POSITIVE_INFINITY;
  #offsetBefore = Number.POSITIVE_INFINITY;
  #secondEnds = Number.NEGATIVE_INFINITY;

  /** Audio up to `audioMs` came at `now`. True: a second began with it. */
  arrived(audioMs: number, now: number): boolean {
    const begins = now >= this.#secondEnds;
    if (begins) {
      this.#offsetBefore = this.#offset;
      this.#offset = Number.POSITIVE_INFINITY;
      this.#secondEnds = now + 1000;
    }
    this.#offset = Math.min(this.#offset, now - audioMs);
    return begins;
  }

  /** Clock time of an audio time, ms. */
  clockMs(audioMs: number): number {
    return audioMs + Math.min(this.#offset, this.#offsetBefore);
  }
}
