/** A speaker without sound: plays replies in time and reports it, for programs, tests and terminals. */
import { type ClientClock, machineClock } from "./clock.ts";
import type { OpenPlayer } from "./conversation.ts";
import { openPlayout } from "./playout.ts";

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
  const rate = options.rate ?? 24_000;
  const clock = options.clock ?? machineClock;
  const reportMs = options.reportMs ?? 250;
  return (onPosition) => {
    const out = new Float32Array((rate * stepMs) / 1000);
    let cancelTimer: (() => void) | undefined;
    let due = 0;
    let reported = Number.NEGATIVE_INFINITY;
    let closed = false;
    const playout = openPlayout({
      rate,
      onChange(position) {
        if (position.state === "waiting") return;
        reported = clock.now();
        onPosition(position);
      },
    });
    const isActive = () => {
      const state = playout.position()?.state;
      return state === "waiting" || state === "playing";
    };
    const tick = () => {
      cancelTimer = undefined;
      while (due <= clock.now() && isActive()) {
        const count = playout.render(out);
        if (count > 0) options.onHeard?.(out.subarray(0, count));
        due += stepMs;
      }
      const position = playout.position();
      if (position?.state === "playing" && clock.now() - reported >= reportMs) {
        reported = clock.now();
        onPosition(position);
      }
      schedule();
    };
    const schedule = () => {
      if (closed || cancelTimer || !isActive()) return;
      cancelTimer = clock.after(Math.max(0, due - clock.now()), tick);
    };
    const wake = () => {
      if (!cancelTimer && isActive()) due = clock.now() + stepMs;
      schedule();
    };
    return {
      rate,
      add(audio) {
        playout.add(audio);
        wake();
      },
      finish(responseNumber) {
        playout.finish(responseNumber);
        wake();
      },
      clear(upToResponse) {
        playout.clear(upToResponse);
        wake();
      },
      pause: playout.pause,
      resume() {
        playout.resume();
        wake();
      },
      close() {
        closed = true;
        cancelTimer?.();
        cancelTimer = undefined;
      },
    };
  };
}
