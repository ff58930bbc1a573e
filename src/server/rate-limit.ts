/** Step 2 of a turn, before decoding: how fast a client may send. Pure token buckets over the clock's time. */

/** A bucket that fills at a steady rate and empties as it is taken from. */
export interface TokenBucket {
  /** Takes `amount` if that much is there. False: it is not, and nothing was taken. `now` in ms, never going back. */
  take(amount: number, now: number): boolean;
}

/**
 * Makes a full bucket.
 * @param capacity how much may be taken at once after a rest, > 0
 * @param perSecond how much comes back each second, ≥ 0
 */
export function tokenBucket(capacity: number, perSecond: number, now: number): TokenBucket {
  let level = capacity;
  let filledAt = now;
  return {
    take(amount, at) {
      if (at > filledAt) {
        level = Math.min(capacity, level + ((at - filledAt) * perSecond) / 1000);
        filledAt = at;
      }
      if (amount > level) return false;
      level -= amount;
      return true;
    },
  };
}

/** What one connection may send. */
export interface RateLimits {
  /** Audio messages a second, sustained. */
  readonly audioMessagesPerSecond: number;
  /** Events other than audio a second, sustained. */
  readonly eventsPerSecond: number;
  /** Audio may come this many times faster than real time, … */
  readonly audioSpeedRatio: number;
  /** … beyond this many seconds of it (messages have a burst of the same length). */
  readonly burstSeconds: number;
}

/** Whether a message is taken: `ok`; `excess`: drop it and say so; `abuse`: this has gone on too long, close. */
export type RateVerdict = "ok" | "excess" | "abuse";

/** Why audio was refused: too many messages, or more audio than time. */
export type AudioVerdict = RateVerdict | "too_fast";

/** Refusals in a row of this many a client survives, … */
const forgivenRefusals = 100;
/** … and this many come back each second, so that a slightly fast clock is never cut off. */
const forgivenPerSecond = 5;

/** The rate limits of one connection. */
export interface ConnectionRate {
  /** An event that is not audio. */
  event(now: number): RateVerdict;
  /** A message that carries `ms` milliseconds of audio. */
  audio(ms: number, now: number): AudioVerdict;
}

/** Opens the buckets of one connection, all full. */
export function connectionRate(limits: RateLimits, now: number): ConnectionRate {
  const burst = limits.burstSeconds;
  const events = tokenBucket(limits.eventsPerSecond * burst, limits.eventsPerSecond, now);
  const messages = tokenBucket(limits.audioMessagesPerSecond * burst, limits.audioMessagesPerSecond, now);
  const audioMs = tokenBucket(burst * 1000, limits.audioSpeedRatio * 1000, now);
  const refusals = tokenBucket(forgivenRefusals, forgivenPerSecond, now);
  const refuse = <Verdict extends string>(verdict: Verdict, at: number): Verdict | "abuse" =>
    refusals.take(1, at) ? verdict : "abuse";
  return {
    event: (at) => (events.take(1, at) ? "ok" : refuse("excess", at)),
    audio(ms, at) {
      if (!messages.take(1, at)) return refuse("excess", at);
      if (!audioMs.take(ms, at)) return refuse("too_fast", at);
      return "ok";
    },
  };
}
