/**
 * Wrong passwords, keys, tokens and links: counted, and from so many on passwords are refused unread from where they came,
 * and looked at slowly from everywhere else.
 */
import type { Clock } from "../../../lib/clock.ts";
import { hashSecret } from "../../../lib/ids.ts";
import { countedAddress } from "../../net/addresses.ts";
import type { Attempt } from "./limiter.ts";
import { SlowLane } from "./slow-lane.ts";
import type { WindowStore } from "./window-store.ts";

/** Failures are counted for so long, and then so long nothing more is looked at, s. */
const windowSeconds = 900;
/** An attempt that has not been told right or wrong within this was given up, ms. */
const givenUpMs = 30_000;
/**
 * Failures of an account from anywhere, and of an address for any account, as a multiple of those of an account from one
 * address: whoever guesses somebody's password keeps neither them nor their own neighbours out.
 */
const looseFactor = 10;
/** Time that an address is known as one that an account was signed in to from, s. */
const knownSeconds = 20 * 86_400;

/** A counter, and the failures that it allows. */
interface Count {
  readonly key: string;
  readonly most: number;
}

export interface FailedAttemptsOptions {
  /** Counts in this process; wrong keys and tokens, which may come with every request, are counted there. */
  readonly own: WindowStore;
  /** Counts passwords for all nodes. */
  readonly shared: WindowStore;
  /** Failures that are allowed of one account from one address, of one sign-in, and of keys and tokens from one address, ≥ 1. */
  readonly most: number;
  readonly clock: Clock;
}

export class FailedAttempts {
  readonly #own: WindowStore;
  readonly #shared: WindowStore;
  readonly #most: number;
  readonly #underWay: ReturnType<typeof openUnderWay>;
  readonly #slowLane: SlowLane;

  constructor({ own, shared, most, clock }: FailedAttemptsOptions) {
    this.#own = own;
    this.#shared = shared;
    this.#most = most;
    this.#underWay = openUnderWay(clock);
    this.#slowLane = new SlowLane(clock);
  }

  /**
   * Undefined: it may be looked at, and `failed` or `succeeded` is to follow; otherwise in how many seconds to come again.
   * Waits for some seconds where the account has had too many wrong ones from elsewhere.
   */
  async begin(attempt: Attempt): Promise<number | undefined> {
    // Of many guesses sent at once, no more may be looked at than may be wrong.
    const counts = passwordCounts(attempt, this.#most);
    const keys = counts.map(({ key }) => key);
    this.#underWay.take(keys);
    const longest = Math.max(0, ...(await this.#waitsOf(attempt, counts)));
    if (longest === 0) return undefined;
    this.#underWay.give(keys);
    return longest;
  }

  /**
   * Returns in how many seconds to come again, where the address has shown too many wrong keys, tokens or links; they are
   * looked at all the same, so that those that are right are let in.
   */
  async failed(attempt: Attempt): Promise<number | undefined> {
    const counts = passwordCounts(attempt, this.#most);
    if (counts.length === 0) {
      const key = `failures token ${countedAddress(attempt.address)}`;
      return countFailure(this.#own, { key, most: this.#most });
    }
    await Promise.all(counts.map((count) => countFailure(this.#shared, count)));
    this.#underWay.give(counts.map(({ key }) => key));
    return undefined;
  }

  async succeeded(attempt: Attempt): Promise<void> {
    const shared = this.#shared;
    const counts = passwordCounts(attempt, this.#most);
    this.#underWay.give(counts.map(({ key }) => key));
    await Promise.all(counts.filter(({ key }) => !isOfAddress(key)).map(({ key }) => shared.forget(key)));
    const ofAccount = counts.find(({ key }) => isOfAccount(key));
    if (ofAccount) await shared.hold(knownKey(ofAccount.key, attempt), 1, knownSeconds);
  }

  /** Waits of the counters, s; an account's own failures from anywhere do not refuse, they slow down. */
  async #waitsOf(attempt: Attempt, counts: readonly Count[]): Promise<readonly number[]> {
    const waits = await Promise.all(counts.map((count) => this.#waitFor(count)));
    const slowed = counts.findIndex(({ key }, index) => isOfAccount(key) && waits[index] !== undefined);
    const others = waits.map((seconds, index) => (index === slowed ? 0 : (seconds ?? 0)));
    const key = counts[slowed]?.key;
    const known = () => this.#shared.look(knownKey(key as string, attempt));
    if (key === undefined || Math.max(...others) > 0 || (await known())) return others;
    return [(await this.#slowLane.pass(key)) ?? 0];
  }

  /** Counts the attempts that are being looked at just now as failures. */
  async #waitFor({ key, most }: Count): Promise<number | undefined> {
    const beside = this.#underWay.of(key);
    const { count, seconds } = (await this.#shared.look(key)) ?? { count: 0, seconds: 1 };
    if (count >= most) return seconds;
    return count + beside > most ? 1 : undefined;
  }
}

/** The last failure that is allowed begins the time in which none is. Returns the seconds of that time which are left. */
async function countFailure(windows: WindowStore, { key, most }: Count): Promise<number | undefined> {
  const { count, seconds } = await windows.count(key, windowSeconds);
  if (count === most) await windows.hold(key, count, windowSeconds);
  return count > most ? seconds : undefined;
}

const addressKey = (address: string | undefined) => `failures address ${countedAddress(address)}`;

/** Whether a counter is of an address alone, which one right password does not forgive. */
function isOfAddress(key: string): boolean {
  return key.startsWith("failures address ");
}

/** Whether a counter is of an account, from whatever address. */
function isOfAccount(key: string): boolean {
  return /^failures account \S+$/.test(key);
}

/** Name of the note that an account was signed in to from an address. */
function knownKey(accountKey: string, { address }: Attempt): string {
  return `${accountKey.replace("failures", "known")} ${countedAddress(address)}`;
}

/** The counters of a password; none: it is not of one. */
function passwordCounts({ address, account, signIn }: Attempt, most: number): readonly Count[] {
  // Who is signed in is in nobody's way, and nobody in theirs.
  if (signIn !== undefined) return [{ key: `failures sign-in ${signIn}`, most }];
  if (account === undefined) return [];
  // Whose account it is stands nowhere.
  const accountKey = `failures account ${hashSecret(account)}`;
  return [
    { key: `${accountKey} ${countedAddress(address)}`, most },
    { key: accountKey, most: most * looseFactor },
    { key: addressKey(address), most: most * looseFactor },
  ];
}

/** Counts the attempts under way of each key. */
function openUnderWay(clock: Clock) {
  /** In the order in which they were last taken. */
  const entries = new Map<string, { readonly count: number; readonly at: number }>();
  const forgetGivenUp = () => {
    const before = clock.now() - givenUpMs;
    for (const [key, { at }] of entries)
      if (at <= before) entries.delete(key);
      else return;
  };
  const of = (key: string) => entries.get(key)?.count ?? 0;
  return {
    of,
    take(keys: readonly string[]): void {
      forgetGivenUp();
      for (const key of keys) {
        const count = of(key) + 1;
        entries.delete(key);
        entries.set(key, { count, at: clock.now() });
      }
    },
    give(keys: readonly string[]): void {
      for (const key of keys) {
        const entry = entries.get(key);
        if (entry && entry.count > 1) entries.set(key, { ...entry, count: entry.count - 1 });
        else entries.delete(key);
      }
    },
  };
}
