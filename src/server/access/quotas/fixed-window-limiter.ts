/** Limits how often something may happen within a window of time, by key. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../../lib/clock.ts";
import type { WindowStore } from "./window-store.ts";

/** Keys that are refused without reading their counter again. */
const mostRefused = 5000;

export interface FixedWindowLimiter {
  /** Counts one event of the key. Returns undefined where it is allowed, otherwise the seconds to wait, 1 or more. */
  take(key: string, most: number, seconds: number): Promise<number | undefined>;
  /** Undoes a `take`. */
  giveBack(key: string, seconds: number): Promise<void>;
}

export function openFixedWindowLimiter(windows: WindowStore, clock: Clock): FixedWindowLimiter {
  /** End of a refused key's window, wall-clock ms: repeated requests cost no query. */
  const refusedUntil = new LRUCache<string, number>({ max: mostRefused });
  return {
    async take(key, most, seconds) {
      const left = (refusedUntil.get(key) ?? 0) - clock.wallTime();
      if (left > 0) return Math.ceil(left / 1000);
      refusedUntil.delete(key);
      const standing = await windows.count(key, seconds);
      if (standing.count <= most) return undefined;
      refusedUntil.set(key, clock.wallTime() + standing.seconds * 1000);
      return standing.seconds;
    },
    giveBack: (key, seconds) => windows.giveBack(key, seconds),
  };
}
