/** A speaker without sound: plays replies in time and reports it, for programs, tests and terminals. */
import { type ClientClock, machineClock } from "./clock.ts";
import type { OpenPlayer } from "./conversation.ts";
import { openPlayout, type Playout, type PlayPosition, type ReplyAudio } from "./playout.ts";

export interface VirtualPlayerOptions {
  /** Samples per second of the session's output. Default 24 000. */
  readonly rate?: number;
  readonly clock?: ClientClock;
  /** Time between two reports while it plays, ms. Default 250. */
  readonly reportMs?: number;
  /** Gets what is heard as it is heard, silence left out; samples in −1…1, valid during the call only. */
  readonly onHeard?: (samples: Float32Array) => void;
}

const stepMs = 20;

/** Plays in the clock's time; catches up where the process was late. Holds no timer while it has nothing to play. */
export function virtualPlayer(options: VirtualPlayerOptions = {}): OpenPlayer {
  return (onPosition) => new VirtualPlayer(options, onPosition);
}

class VirtualPlayer implements ReturnType<OpenPlayer> {
  readonly rate: number;
  readonly #clock: ClientClock;
  readonly #reportMs: number;
  readonly #onHeard: VirtualPlayerOptions["onHeard"];
  readonly #onPosition: (position: PlayPosition) => void;
  readonly #playout: Playout;
  readonly #out: Float32Array;
  #cancelTimer: (() => void) | undefined;
  /** Time at which the next step is due, ms on the clock. */
  #due = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: VirtualPlayerOptions, onPosition: (position: PlayPosition) => void) {
    this.rate = options.rate ?? 24_000;
    this.#clock = options.clock ?? machineClock;
    this.#reportMs = options.reportMs ?? 250;
    this.#onHeard = options.onHeard;
    this.#onPosition = onPosition;
    this.#out = new Float32Array((this.rate * stepMs) / 1000);
    this.#playout = openPlayout({
      rate: this.rate,
      onChange: (position) => position.state !== "waiting" && this.#report(position),
    });
  }

  add(audio: ReplyAudio): void {
    this.#playout.add(audio);
    this.#wake();
  }

  finish(responseNumber: number): void {
    this.#playout.finish(responseNumber);
    this.#wake();
  }

  clear(upToResponse: number): void {
    this.#playout.clear(upToResponse);
    this.#wake();
  }

  pause(upToResponse: number): void {
    this.#playout.pause(upToResponse);
  }

  resume(): void {
    this.#playout.resume();
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  get #isActive(): boolean {
    const state = this.#playout.position()?.state;
    return state === "waiting" || state === "playing";
  }

  #report(position: PlayPosition): void {
    this.#reportedAt = this.#clock.now();
    this.#onPosition(position);
  }

  #tick(): void {
    this.#cancelTimer = undefined;
    while (this.#due <= this.#clock.now() && this.#isActive) {
      const count = this.#playout.render(this.#out);
      if (count > 0) this.#onHeard?.(this.#out.subarray(0, count));
      this.#due += stepMs;
    }
    const position = this.#playout.position();
    if (position?.state === "playing" && this.#clock.now() - this.#reportedAt >= this.#reportMs)
      this.#report(position);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#closed || this.#cancelTimer || !this.#isActive) return;
    this.#cancelTimer = this.#clock.after(Math.max(0, this.#due - this.#clock.now()), () => this.#tick());
  }

  #wake(): void {
    if (!this.#cancelTimer && this.#isActive) this.#due = this.#clock.now() + stepMs;
    this.#schedule();
  }
}
