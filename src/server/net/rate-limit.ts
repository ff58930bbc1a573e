/** Rate limits of a session's client, checked before a message is decoded: token buckets, pure functions of the given time. */

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

/** Limits of the client of one session, over whichever sockets. */
export interface RateLimits {
  /** Audio messages a second, sustained. */
  readonly audioMessagesPerSecond: number;
  /** Events other than audio a second, sustained. */
  readonly eventsPerSecond: number;
  /** Bytes of text messages a second, sustained: each is parsed, and costs by its length. */
  readonly textBytesPerSecond: number;
  /** Audio may come this many times faster than real time, … */
  readonly audioSpeedRatio: number;
  /** … beyond this many seconds of it. */
  readonly burstSeconds: number;
}

/** Messages, events and bytes of text may come at once as many as their rates allow in this many seconds. */
const messageBurstSeconds = 15;

/** Verdict on a message: `ok`: take it; `excess`: drop it with an error; `abuse`: close its socket. */
type RateVerdict = "ok" | "excess" | "abuse";

/** Verdict on audio; `too_fast`: more than real time allows. */
export type AudioVerdict = RateVerdict | "too_fast";

/** Refusals allowed at once before its socket is closed, … */
const forgivenRefusals = 100;
/** … and refusals allowed per second, so that a client with a slightly fast clock is never closed. */
const forgivenPerSecond = 5;

/** Longest time after which a rate that nobody used counts as new, whatever its limits, ms. */
const longestRefillMs = 600_000;

/** Time in which all buckets of a session are full again, ms. */
export function refillMs({ burstSeconds, audioSpeedRatio }: RateLimits): number {
  const seconds = Math.max(
    messageBurstSeconds,
    forgivenRefusals / forgivenPerSecond,
    burstSeconds / audioSpeedRatio,
  );
  return Math.min(seconds * 1000, longestRefillMs);
}

/**
 * The rate limits of one session's client. The two buckets of audio are fields rather than objects, since every chunk of
 * audio is counted in both.
 */
export class SessionRate {
  #filledAt: number;
  #messages: number;
  #audioMs: number;
  readonly #messagesPerMs: number;
  readonly #mostMessages: number;
  readonly #speed: number;
  readonly #mostAudioMs: number;
  readonly #events: TokenBucket;
  readonly #text: TokenBucket;
  readonly #refusals: TokenBucket;
  #unreadable = 0;

  /** Opens the buckets, all full. */
  constructor(limits: RateLimits, now: number) {
    const { burstSeconds, audioMessagesPerSecond, audioSpeedRatio, eventsPerSecond } = limits;
    const { textBytesPerSecond } = limits;
    this.#filledAt = now;
    this.#messages = this.#mostMessages = audioMessagesPerSecond * messageBurstSeconds;
    this.#audioMs = this.#mostAudioMs = burstSeconds * 1000;
    this.#messagesPerMs = audioMessagesPerSecond / 1000;
    this.#speed = audioSpeedRatio;
    this.#events = tokenBucket(eventsPerSecond * messageBurstSeconds, eventsPerSecond, now);
    this.#text = tokenBucket(textBytesPerSecond * messageBurstSeconds, textBytesPerSecond, now);
    this.#refusals = tokenBucket(forgivenRefusals, forgivenPerSecond, now);
  }

  /** An event that is not audio. */
  event(now: number): RateVerdict {
    return this.#events.take(1, now) ? "ok" : this.#refuse("excess", now);
  }

  /** A text message of this many bytes, before it is parsed. */
  text(bytes: number, now: number): RateVerdict {
    return this.#text.take(bytes, now) ? "ok" : this.#refuse("excess", now);
  }

  /** A message that carries `ms` milliseconds of audio. */
  audio(ms: number, now: number): AudioVerdict {
    const passed = now - this.#filledAt;
    if (passed > 0) {
      this.#messages = Math.min(this.#mostMessages, this.#messages + passed * this.#messagesPerMs);
      this.#audioMs = Math.min(this.#mostAudioMs, this.#audioMs + passed * this.#speed);
      this.#filledAt = now;
    }
    if (this.#messages < 1) return this.#refuse("excess", now);
    this.#messages -= 1;
    if (this.#audioMs < ms) return this.#refuse("too_fast", now);
    this.#audioMs -= ms;
    return "ok";
  }

  /** A message that is refused for another reason, such as its length: `excess`, or `abuse` where it is one of too many. */
  refused(now: number): RateVerdict {
    return this.#refuse("excess", now);
  }

  /** Counts a message that could not be read; returns how many came in a row. */
  unreadable(): number {
    return ++this.#unreadable;
  }

  /** Notes a message that could be read. */
  readable(): void {
    this.#unreadable = 0;
  }

  #refuse<Verdict extends string>(verdict: Verdict, now: number): Verdict | "abuse" {
    return this.#refusals.take(1, now) ? verdict : "abuse";
  }
}
