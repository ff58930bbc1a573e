/** Counting within a stretch of time that begins with the first of what is counted: begun sessions, requests, failures. */
import { RateLimiterPostgres, type RateLimiterRes } from "rate-limiter-flexible";
import type { LimitPool } from "../../../store/queries/limit-pool.ts";
import { MemoryWindowStore } from "./memory-windows.ts";

/** State of a counter. */
interface Standing {
  readonly count: number;
  /** Seconds until it starts anew, whole, 1 or more. */
  readonly seconds: number;
}

/** Counters of windows. No method throws: while the database is away each node counts for itself, from 0. */
export interface WindowStore {
  /** Counts one more; a counter that is not there begins, and lasts for `seconds`. */
  count(key: string, seconds: number): Promise<Standing>;
  /** Takes one back, if the counter is still there. */
  giveBack(key: string, seconds: number): Promise<void>;
  /** Undefined: nothing was counted, or it is over. */
  look(key: string): Promise<Standing | undefined>;
  /** Sets a counter, and has it last for `seconds` from now on. */
  hold(key: string, count: number, seconds: number): Promise<void>;
  forget(key: string): Promise<void>;
  /** Forgets what this process counted. */
  close(): void;
}

/** @param pool counts for all nodes, and for the time after a restart; absent: this process counts for itself */
export function openWindowStore(pool?: LimitPool): WindowStore {
  const memory = new MemoryWindowStore();
  const counters = pool
    ? new RateLimiterPostgres({
        storeClient: pool,
        storeType: "pool",
        schemaName: "kuku",
        tableName: "rate_limits",
        tableCreated: true,
        // It would do so on a timer that nothing stops.
        clearExpiredByTimeout: false,
        keyPrefix: "",
        // Who may have how many is the caller's to compare: it differs from key to key.
        points: 1,
        duration: 60,
        insuranceLimiter: memory,
      })
    : memory;
  return {
    count: async (key, seconds) =>
      toStanding(await counters.penalty(key, 1, { customDuration: seconds }), seconds),
    async giveBack(key, seconds) {
      await counters.reward(key, 1, { customDuration: seconds });
    },
    async look(key) {
      const found = await counters.get(key);
      return found === null || found.msBeforeNext <= 0 ? undefined : toStanding(found, 1);
    },
    async hold(key, count, seconds) {
      await counters.set(key, count, seconds);
    },
    async forget(key) {
      await counters.delete(key);
    },
    close: () => memory.clear(),
  };
}

function toStanding({ consumedPoints, msBeforeNext }: RateLimiterRes, most: number): Standing {
  // A counter without an end is none of ours.
  return { count: consumedPoints, seconds: msBeforeNext > 0 ? Math.ceil(msBeforeNext / 1000) : most };
}
