/** Options that every call of an engine takes. */
import type { OnUsage } from "./usage.ts";

/** What the calls of all three ports have in common. */
export interface Call {
  readonly signal: AbortSignal;
  /**
   * Is told what each request made for this call used: retried, hedged and stand-in ones too, and those given up on, as
   * estimates. One that finished is told before the call ends, and before a `final` or `end` is given; one that was
   * aborted, a moment after the abort, which may be after the call has ended. Engines that charge nothing tell nothing. Must not throw.
   */
  readonly onUsage?: OnUsage;
}
