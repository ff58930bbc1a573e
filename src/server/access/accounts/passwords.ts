/** Password hashes: scrypt in the thread pool, a few at a time, so that a flood of sign-ins leaves CPU time for speech. */
import { hashPassword, verifyPassword } from "better-auth/crypto";
import PQueue from "p-queue";
import { protocolError } from "../../net/http-error.ts";

const defaults = {
  /** Hashes at once; each takes a thread of four for some 50 ms. */
  atOnce: 2,
  /** Calls that may wait: about two seconds. */
  mostWaiting: 64,
};

/** Each call costs one hash. */
export interface Passwords {
  /** @throws HttpError `overloaded` where too many wait */
  hash(password: string): Promise<string>;
  /** @throws HttpError `overloaded` where too many wait */
  verify(given: { readonly hash: string; readonly password: string }): Promise<boolean>;
}

/** @param options.onHash called as each hash begins */
export function openPasswords(
  options: Partial<typeof defaults> & { readonly onHash?: () => void } = {},
): Passwords {
  const { atOnce, mostWaiting, onHash } = { ...defaults, ...options };
  const queue = new PQueue({ concurrency: atOnce });
  const enqueue = async <T>(work: () => Promise<T>): Promise<T> => {
    if (queue.pending + queue.size >= atOnce + mostWaiting)
      throw protocolError("overloaded", "Too many people sign in just now.", { retryAfter: 5 });
    return queue.add(() => {
      onHash?.();
      return work();
    });
  };
  return {
    hash: (password) => enqueue(() => hashPassword(password)),
    verify: (given) => enqueue(() => verifyPassword(given)),
  };
}
