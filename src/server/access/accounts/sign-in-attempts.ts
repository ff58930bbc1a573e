/** Attempts to sign in, counted as failed or succeeded by how the call ends. */
import { HttpError } from "../../net/http-error.ts";
import type { Attempt, Limiter } from "../quotas/limiter.ts";

/**
 * Runs a call whose success tells that a password or link was right.
 * @throws HttpError what the call throws; `rate_limit_exceeded` after too many failures
 */
export type RunAttempt = <T>(attempt: Attempt, call: () => Promise<T>) => Promise<T>;

/** Codes of a wrong password or link. */
const failures = ["INVALID_CREDENTIALS", "WRONG_PASSWORD", "INVALID_LINK"];
/** Codes that only follow a right one. */
const successes = ["EMAIL_NOT_VERIFIED", "ACCOUNT_BLOCKED"];

export function openSignInAttempts(limiter: Pick<Limiter, "attempt" | "failed" | "succeeded">): RunAttempt {
  return async (attempt, call) => {
    await limiter.attempt(attempt);
    try {
      const result = await call();
      await limiter.succeeded(attempt);
      return result;
    } catch (error) {
      const code = error instanceof HttpError ? error.code : "";
      if (failures.includes(code)) await limiter.failed(attempt);
      if (successes.includes(code)) await limiter.succeeded(attempt);
      throw error;
    }
  };
}
