/** Password hashes: scrypt in the thread pool, a few at a time, so that a flood of sign-ins leaves the talk its cores. */
import { hashPassword, verifyPassword } from "better-auth/crypto";
import { protocolError } from "../../net/http-error.ts";

/** A shorter password is refused, and a longer one (whose hash would cost more), characters. */
export const passwordLength = { least: 10, most: 128 };

const usual = {
  /** Hashes at once; each takes a thread of four for some 50 ms. */
  atOnce: 2,
  /** How many may wait for their turn: about two seconds of it. */
  mostWaiting: 64,
};

/** Each of the two costs one hash. */
export interface Passwords {
  /** @throws HttpError `overloaded` where too many wait */
  hash(password: string): Promise<string>;
  /** @throws HttpError `overloaded` where too many wait */
  verify(given: { readonly hash: string; readonly password: string }): Promise<boolean>;
}

/** `onHash` is told of each hash that is begun. */
export function openPasswords(
  options: Partial<typeof usual> & { readonly onHash?: () => void } = {},
): Passwords {
  const { atOnce, mostWaiting, onHash } = { ...usual, ...options };
  const waiting: (() => void)[] = [];
  let running = 0;
  const turn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= mostWaiting)
        throw protocolError("overloaded", "Too many people sign in just now.", { retryAfter: 5 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running++;
    try {
      onHash?.();
      return await work();
    } finally {
      // The place is handed on, so nobody who comes now takes it from who waited.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
  return {
    hash: (password) => turn(() => hashPassword(password)),
    verify: (given) => turn(() => verifyPassword(given)),
  };
}
