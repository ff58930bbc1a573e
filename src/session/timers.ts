/** The session's own timers, by name: one of each at a time. */
import type { CancelTimer } from "../lib/clock.ts";
import type { TimerName } from "./events.ts";
import type { SessionContext } from "./session-context.ts";

export interface Timers {
  /** In `ms` from now; in place of the one of that name that runs. */
  arm(timer: TimerName, ms: number): void;
  disarm(timer: TimerName): void;
  /** Stops all. */
  stop(): void;
}

/** Opens them; a timer that comes due is an event of the session. */
export function openTimers({ clock, post, audioMs, lastAudioAt }: SessionContext): Timers {
  const running = new Map<TimerName, CancelTimer>();
  const disarm = (timer: TimerName) => {
    running.get(timer)?.();
    running.delete(timer);
  };
  return {
    disarm,
    arm(timer, ms) {
      disarm(timer);
      const fire = () => {
        running.delete(timer);
        post({ type: "timer", name: timer, audioMs: audioMs(), lastAudioAt: lastAudioAt() });
      };
      running.set(timer, clock.after(ms, fire));
    },
    stop() {
      for (const cancel of running.values()) cancel();
      running.clear();
    },
  };
}
