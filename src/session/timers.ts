/** The session's timers, at most one of each name. A timer that comes due is an event of the session. */
import type { CancelTimer } from "../lib/clock.ts";
import type { TimerName } from "./events.ts";
import type { SessionContext } from "./session-context.ts";

type TimerContext = Pick<SessionContext, "clock" | "post" | "audioMs" | "lastAudioAt">;

export class Timers {
  readonly #session: TimerContext;
  readonly #running = new Map<TimerName, CancelTimer>();

  constructor(session: TimerContext) {
    this.#session = session;
  }

  /** Starts a timer of `ms`, in place of a running one of the same name. */
  arm(timer: TimerName, ms: number): void {
    const { clock, post, audioMs, lastAudioAt } = this.#session;
    this.disarm(timer);
    const fire = () => {
      this.#running.delete(timer);
      post({ type: "timer", name: timer, audioMs: audioMs(), lastAudioAt: lastAudioAt() });
    };
    this.#running.set(timer, clock.after(ms, fire));
  }

  disarm(timer: TimerName): void {
    this.#running.get(timer)?.();
    this.#running.delete(timer);
  }

  /** Stops all timers. */
  stop(): void {
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
  }
}
