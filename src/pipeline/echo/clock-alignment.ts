/** Places the microphone's audio time on the server's clock, as far as network jitter lets it be known. Part of the echo guard. */

/** Period over which the quickest arrival is looked for, ms; two of them count. */
const periodMs = 1_000;
/** Audio that comes this much sooner than the first did, ms, is no microphone's. */
const aheadMs = 150;

/** Clock and audio time of one microphone: the quickest arrivals of the last two seconds were delayed least. */
export class ClockAlignment {
  /** Smallest distance of clock time from audio time in this period and the one before, ms. */
  #offset = Number.POSITIVE_INFINITY;
  #offsetBefore = Number.POSITIVE_INFINITY;
  #periodEnds = Number.NEGATIVE_INFINITY;
  /** The distance at the first audio. */
  #first: number | undefined;
  #ahead = false;

  /** Audio up to `audioMs` (audio time) came at `now` (clock, ms). True where another second begins. */
  arrived(now: number, audioMs: number): boolean {
    const begins = now >= this.#periodEnds;
    if (begins) {
      this.#offsetBefore = this.#offset;
      this.#offset = Number.POSITIVE_INFINITY;
      this.#periodEnds = now + periodMs;
    }
    this.#offset = Math.min(this.#offset, now - audioMs);
    this.#first ??= now - audioMs;
    if (this.#first - this.#offset > aheadMs) this.#ahead = true;
    return begins;
  }

  /** Clock time, ms, of a moment in audio time, ms. */
  clockAt(audioMs: number): number {
    return audioMs + Math.min(this.#offset, this.#offsetBefore);
  }

  /** True once audio has come faster than time passes: a recording, which no loudspeaker can reach. */
  get runsAhead(): boolean {
    return this.#ahead;
  }
}
