/** Slots of exports: one of a user, so many of all at once. A reader that is slow makes room for those who wait. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";

/** Exports at once on this node. */
const mostExports = 8;
/** Time from which on an export is judged by its pace, ms. */
const settledMs = 10_000;
/** Pace below which an export ends where another has no slot, bytes a millisecond (KB/s). */
const slowPace = 64;
/** Time without a read after which an export ends, and the longest one, ms. */
const stallMs = 60_000;
const longestMs = 3_600_000;

export class ExportSlots {
  readonly #clock: Clock;
  readonly #slots = new Map<string, ExportSlot>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a slot for a user's export. Undefined: the user has one, or all are taken by readers who are not slow. */
  take(ownerId: string): ExportSlot | undefined {
    if (this.#slots.has(ownerId) || !this.#makeRoom()) return undefined;
    const slot = new ExportSlot(this.#clock, () => this.#slots.delete(ownerId));
    this.#slots.set(ownerId, slot);
    return slot;
  }

  /** Ends the slowest export where all slots are taken. False: none is slow. */
  #makeRoom(): boolean {
    if (this.#slots.size < mostExports) return true;
    const judged = [...this.#slots.values()].filter(({ ageMs }) => ageMs >= settledMs);
    const slowest = judged.sort((a, b) => a.pace - b.pace)[0];
    if (!slowest || slowest.pace >= slowPace) return false;
    slowest.end();
    return true;
  }
}

/** One export under way. */
export class ExportSlot {
  readonly #clock: Clock;
  readonly #onReleased: () => void;
  readonly #ended = new AbortController();
  readonly #startedAt: number;
  #readAt: number;
  #bytes = 0;
  #released = false;
  #cancel: CancelTimer = () => {};

  constructor(clock: Clock, onReleased: () => void) {
    this.#clock = clock;
    this.#onReleased = onReleased;
    this.#startedAt = clock.now();
    this.#readAt = this.#startedAt;
    this.#watch();
  }

  get ageMs(): number {
    return this.#clock.now() - this.#startedAt;
  }

  /** Bytes a millisecond so far. */
  get pace(): number {
    return this.#bytes / Math.max(1, this.ageMs);
  }

  /** Aborted when the export must end: its reader is too slow. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Passes the pieces on, and counts them as they are read. */
  async *follow(pieces: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const piece of pieces) {
      yield piece;
      this.#bytes += Buffer.byteLength(piece);
      this.#readAt = this.#clock.now();
    }
  }

  /** Ends the export, whose reader is too slow. */
  end(): void {
    this.release();
    this.#ended.abort();
  }

  /** Frees the slot; calling it again does nothing. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#cancel();
    this.#onReleased();
  }

  #watch(): void {
    const left = Math.min(this.#readAt + stallMs, this.#startedAt + longestMs) - this.#clock.now();
    if (left <= 0) return this.end();
    this.#cancel = this.#clock.after(left, () => this.#watch());
  }
}
