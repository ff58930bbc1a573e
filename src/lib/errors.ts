/** The one error that crosses from a provider into the rest of the house. */

export type Stage = "transcribe" | "reply" | "synthesize";

/**
 * What went wrong, from a closed list: `unavailable` (cannot be reached or down), `timeout`, `rate_limited`,
 * `rejected` (the provider refused this request), `malformed` (it answered nonsense), `unsupported`.
 */
export type StageErrorKind =
  | "unavailable"
  | "timeout"
  | "rate_limited"
  | "rejected"
  | "malformed"
  | "unsupported";

/** A provider's failure. It ends the reply, never the session; the cause is for logs and never reaches a client. */
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
