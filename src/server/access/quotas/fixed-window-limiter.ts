/** So many in a stretch of time and no more: counts one, and says when to come again where that was one too many. */
import type { Clock } from "../../../lib/clock.ts";
import type { WindowStore } from "./window-store.ts";

/** Keys that are refused without asking for their counter again. */
const mostRefused = 5000;

export interface FixedWindowLimiter {
  /** Counts one of the key. Undefined: it may; otherwise in how many seconds it may again, 1 or more. */
  take(key: string, most: number, seconds: number): Promise<number | undefined>;
  /** As if it had not been taken. */
  giveBack(key: string, seconds: number): Promise<void>;
}

export function openFixedWindowLimiter({
  windows,
  clock,
}: {
  readonly windows: WindowStore;
  readonly clock: Clock;
}): FixedWindowLimiter {
  /** Until when, wall-clock ms: whoever hammers on costs the database nothing. */
  const refused = new Map<string, number>();
  return {
    async take(key, most, seconds) {
      const left = (refused.get(key) ?? 0) - clock.wallTime();
      if (left > 0) return Math.ceil(left / 1000);
      refused.delete(key);
      const standing = await windows.count(key, seconds);
      if (standing.count <= most) return undefined;
      refused.set(key, clock.wallTime() + standing.seconds * 1000);
      if (refused.size > mostRefused) refused.delete(refused.keys().next().value!);
      return standing.seconds;
    },
    giveBack: (key, seconds) => windows.giveBack(key, seconds),
  };
}
