/** Wrong passwords, keys and tokens: counted by address and by account, and from so many on refused unread. */
import type { Clock } from "../../../lib/clock.ts";
import { hashSecret } from "../../../lib/ids.ts";
import { countedAddress } from "../../net/addresses.ts";
import type { Attempt } from "./limiter.ts";
import type { WindowStore } from "./window-store.ts";

/** Failures are counted for so long, and then so long nothing more is looked at, s. */
const windowSeconds = 900;
/** An attempt that has not been told right or wrong within this was given up, ms. */
const givenUpMs = 30_000;

export interface FailedAttempts {
  /** Undefined: it may be looked at, and `settle` is to follow; otherwise in how many seconds to come again. */
  begin(attempt: Attempt): Promise<number | undefined>;
  failed(attempt: Attempt): Promise<void>;
  succeeded(attempt: Attempt): Promise<void>;
}

/**
 * @param options.own counts in this process; keys and tokens, which come with every request, are looked up there alone
 * @param options.shared counts passwords for all nodes
 * @param options.most failures that are allowed, ≥ 1
 */
export function openFailedAttempts(options: {
  readonly own: WindowStore;
  readonly shared: WindowStore;
  readonly most: number;
  readonly clock: Clock;
}): FailedAttempts {
  const { own, shared, most, clock } = options;
  const underWay = openUnderWay(clock);
  const addressKey = ({ address }: Attempt) => `failures address ${countedAddress(address)}`;
  // Whose account it is stands nowhere.
  const accountKey = (account: string) => `failures account ${hashSecret(account)}`;
  const passwordKeys = (attempt: Attempt) =>
    attempt.account === undefined ? [] : [addressKey(attempt), accountKey(attempt.account)];

  /** `beside`: attempts that are being looked at just now, this one among them. */
  const waitFor = async (windows: WindowStore, key: string, beside = 0): Promise<number | undefined> => {
    const { count, seconds } = (await windows.look(key)) ?? { count: 0, seconds: 1 };
    if (count >= most) return seconds;
    return count + beside > most ? 1 : undefined;
  };
  /** The last that is allowed begins the time in which none is. */
  const fail = async (windows: WindowStore, key: string) => {
    const { count } = await windows.count(key, windowSeconds);
    if (count === most) await windows.hold(key, count, windowSeconds);
  };
  const distinct = (attempt: Attempt) =>
    attempt.account !== undefined && shared !== own ? [addressKey(attempt)] : [];

  return {
    async begin(attempt) {
      // Of many guesses sent at once, no more may be looked at than may be wrong.
      const keys = passwordKeys(attempt);
      underWay.take(keys);
      const waits = await Promise.all([
        waitFor(own, addressKey(attempt)),
        ...keys.map((key) => waitFor(shared, key, underWay.of(key))),
      ]);
      const longest = Math.max(...waits.map((seconds) => seconds ?? 0));
      if (longest === 0) return undefined;
      underWay.give(keys);
      return longest;
    },
    async failed(attempt) {
      const { account } = attempt;
      await Promise.all([
        fail(own, addressKey(attempt)),
        ...distinct(attempt).map((key) => fail(shared, key)),
        ...(account === undefined ? [] : [fail(shared, accountKey(account))]),
      ]);
      underWay.give(passwordKeys(attempt));
    },
    async succeeded(attempt) {
      const { account } = attempt;
      underWay.give(passwordKeys(attempt));
      if (account !== undefined) await shared.forget(accountKey(account));
    },
  };
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
