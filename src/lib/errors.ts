/** The one error class that providers throw to the rest of the server. */

export type Stage = "transcribe" | "reply" | "synthesize";

/**
 * Kind of a provider's failure: `unavailable` (unreachable or down), `timeout`, `rate_limited`,
 * `rejected` (the provider refused this request), `malformed` (unreadable answer), `unsupported`.
 */
export type StageErrorKind =
  | "unavailable"
  | "timeout"
  | "rate_limited"
  | "rejected"
  | "malformed"
  | "unsupported";

/** A provider's failure: ends the reply, never the session. `cause` is for logs and never reaches a client. */
export class StageError extends Error {
  override readonly name = "StageError";
  readonly stage: Stage;
  readonly kind: StageErrorKind;
  readonly retryable: boolean;
  constructor(stage: Stage, kind: StageErrorKind, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(`${stage} failed: ${kind}`, { cause: options.cause });
    this.stage = stage;
    this.kind = kind;
    this.retryable =
      options.retryable ?? (kind === "unavailable" || kind === "timeout" || kind === "rate_limited");
  }
}
