/** Options that every call of an engine takes. */
import type { OnUsage } from "./usage.ts";

/** Options common to the calls of all three ports. */
export interface Call {
  readonly signal: AbortSignal;
  /**
   * Called with the usage of each request made for this call: retried, hedged and failed-over ones too, and abandoned
   * ones, as estimates. A finished request is reported before the call ends, and before its `final` or `end`; an aborted
   * one, a moment after the abort, maybe after the call has ended. Engines that charge nothing report nothing. Must not
   * throw.
   */
  readonly onUsage?: OnUsage;
}
