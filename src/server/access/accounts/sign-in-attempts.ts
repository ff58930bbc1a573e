import { HttpError } from "../../net/http-error.ts";
import type { Attempt, Limiter } from "../quotas/limiter.ts";

/** Runs what can be guessed at, as the limiter lets it. */
export type Guess = <T>(attempt: Attempt, work: () => Promise<T>) => Promise<T>;

/** Answers that mean that the guess was wrong; any other refusal comes after a right one. */
const wrong = ["INVALID_CREDENTIALS", "WRONG_PASSWORD", "INVALID_LINK"];
const right = ["EMAIL_NOT_VERIFIED", "ACCOUNT_BLOCKED"];

export function openSignInAttempts(limiter: Pick<Limiter, "attempt" | "failed" | "succeeded">): Guess {
  return async (attempt, work) => {
    await limiter.attempt(attempt);
    try {
      const result = await work();
      await limiter.succeeded(attempt);
      return result;
    } catch (error) {
      const code = error instanceof HttpError ? error.code : "";
      if (wrong.includes(code)) await limiter.failed(attempt);
      if (right.includes(code)) await limiter.succeeded(attempt);
      throw error;
    }
  };
}
