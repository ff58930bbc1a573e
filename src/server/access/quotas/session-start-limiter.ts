/** Limits on starting sessions: how many at once, an hour and a day. */
import type { Clock } from "../../../lib/clock.ts";
import type { LimitPool } from "../../../store/queries/limit-pool.ts";
import type { Quotas } from "../../config/access-settings.ts";
import { openCounts } from "./concurrent-counts.ts";
import { dayOf, secondsLeftOfDay } from "./days.ts";
import type { FixedWindowLimiter } from "./fixed-window-limiter.ts";
import { tooManyAtOnce, tooManyBegun } from "./refusals.ts";
import type { Subject } from "./subjects.ts";

const hourSeconds = 3600;

export interface SessionStartLimiter {
  /**
   * Takes a slot for one more session of each subject; to be called before anything is awaited, so that simultaneous
   * starts cannot exceed the limit. Returns a function that frees the slots; calling it again does nothing.
   * @throws HttpError `too_many_sessions`
   */
  takePlaces(subjects: readonly Subject[]): () => void;
  /**
   * Checks the limits against the sessions of other nodes, too; `except` is the id of one that is about to come here.
   * @throws HttpError `too_many_sessions`
   */
  checkElsewhere(subjects: readonly Subject[], except?: string): Promise<void>;
  /**
   * Counts one started session for each subject.
   * @throws HttpError `rate_limit_exceeded`; then only the subject over its limit was counted
   */
  count(subjects: readonly Subject[]): Promise<void>;
}

export function openSessionStartLimiter(options: {
  readonly windows: FixedWindowLimiter;
  /** Undefined: there are no other nodes. */
  readonly others: { readonly pool: LimitPool; readonly nodeId: string } | undefined;
  readonly clock: Clock;
}): SessionStartLimiter {
  const { windows, others, clock } = options;
  const places = openCounts();
  const takePlaces = (subjects: readonly Subject[]) => {
    const taken: string[] = [];
    const free = () => {
      for (const key of taken.splice(0)) places.give(key);
    };
    for (const { key, quotas } of subjects) {
      if (quotas.sessionsAtOnce === undefined) continue;
      if (!places.take(key, quotas.sessionsAtOnce)) {
        free();
        throw tooManyAtOnce();
      }
      taken.push(key);
    }
    return free;
  };
  return {
    takePlaces,
    async checkElsewhere(subjects, except) {
      for (const { key, sessions, quotas } of subjects) {
        if (!others || sessions === undefined || quotas.sessionsAtOnce === undefined) continue;
        const elsewhere = await others.pool.heldElsewhere(sessions, others.nodeId, except).catch(() => 0);
        if (places.of(key) + elsewhere > quotas.sessionsAtOnce) throw tooManyAtOnce();
      }
    },
    async count(subjects) {
      const counted: Parameters<FixedWindowLimiter["giveBack"]>[] = [];
      for (const subject of subjects)
        for (const { key, most, seconds } of limitsOf(subject, clock.wallTime())) {
          const wait = await windows.take(key, most, seconds);
          if (wait === undefined) counted.push([key, seconds]);
          else {
            await Promise.all(counted.map((each) => windows.giveBack(...each)));
            throw tooManyBegun(wait);
          }
        }
    },
  };
}

interface StartLimit {
  readonly key: string;
  readonly most: number;
  readonly seconds: number;
}

function limitsOf({ key, quotas }: Subject, now: number): readonly StartLimit[] {
  const { sessionsPerHour, sessionsPerDay }: Quotas = quotas;
  return [
    ...(sessionsPerHour === undefined
      ? []
      : [{ key: `sessions an hour ${key}`, most: sessionsPerHour, seconds: hourSeconds }]),
    ...(sessionsPerDay === undefined
      ? []
      : [{ key: `${dayOf(now)} sessions ${key}`, most: sessionsPerDay, seconds: secondsLeftOfDay(now) }]),
  ];
}
