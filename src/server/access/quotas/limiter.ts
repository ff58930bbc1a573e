/** The limits as the gateway, the REST API and the sign-in apply them. */
import type { Meter } from "../../../session/meter.ts";
import type { Principal } from "../principal.ts";

/**
 * An attempt to get in. With `account`: by its password. With `signIn`: a password that somebody who is signed in is asked
 * for once more. With neither: by a key, token or link, which cannot be guessed.
 */
export interface Attempt {
  /** The client's address; undefined: not known, as in a test without a socket. */
  readonly address?: string | undefined;
  /** The e-mail address that was tried, in lower case. */
  readonly account?: string;
  /** Id of the sign-in. */
  readonly signIn?: string;
}

/** Leave for a session to be, or for engines to be used outside of one. */
export interface Lease {
  readonly meter: Meter;
  /** The session has ended, or the engines were used. Calling again does nothing. */
  release(): void;
}

export interface Limiter {
  /**
   * A request or an upgrade has come, and nothing of it has been looked at. Does not wait: a flood must cost little.
   * @throws HttpError `rate_limit_exceeded` with `retryAfter`
   */
  arrive(address: string | undefined): void;
  /**
   * A request by somebody known.
   * @throws HttpError `rate_limit_exceeded` with `retryAfter`
   */
  request(principal: Principal): Promise<void>;
  /**
   * Before a password is looked at.
   * @throws HttpError `rate_limit_exceeded` with `retryAfter`, the same whether the account exists or not
   */
  attempt(attempt: Attempt): Promise<void>;
  /**
   * Counts a failed attempt.
   * @throws HttpError `rate_limit_exceeded` with `retryAfter`, where it was a key, token or link and its address has shown
   * too many wrong ones; those that are right are let in all the same
   */
  failed(attempt: Attempt): Promise<void>;
  /** Notes a successful attempt: the account's failures are forgiven, its address's are not. */
  succeeded(attempt: Attempt): Promise<void>;
  /**
   * A session is to begin, or a stored one is to become live here. `resumes`: the id of the latter, which began before,
   * perhaps on a node that still holds it, and is not counted a second time.
   * @throws HttpError `too_many_sessions` (at once), `rate_limit_exceeded` (begun too many), `quota_exceeded` (the day's
   * quota is used up), each with `retryAfter`
   */
  begin(principal: Principal, address: string | undefined, resumes?: string): Promise<Lease>;
  /**
   * A session is to be made that is not live yet; it counts as begun.
   * @throws HttpError `rate_limit_exceeded` with `retryAfter`
   */
  create(principal: Principal, address: string | undefined): Promise<void>;
  /**
   * Engines are to be used outside of a live session; no session is counted.
   * @throws HttpError `quota_exceeded` with `retryAfter`
   */
  spend(principal: Principal, address: string | undefined): Promise<Lease>;
  /**
   * A recording is to be received. Returns a function to be called once it is received and read.
   * @throws HttpError `TOO_MANY_UPLOADS`, `OVERLOADED`, each with `retryAfter`
   */
  upload(principal: Principal, address: string | undefined): () => void;
}
