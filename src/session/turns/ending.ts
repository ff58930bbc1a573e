/** The end of a session. Part of `transition`. */
import type { CancelReason } from "../../lib/scope.ts";
import { closeCodes } from "../../protocol/close-codes.ts";
import type { ErrorCode } from "../../protocol/errors.ts";
import { patch, type StepContext, sendError } from "./step-context.ts";

/** Ends the session, its client told why. */
export function endWithError(
  context: StepContext,
  code: ErrorCode,
  message: string,
  reason: CancelReason,
  close: keyof typeof closeCodes,
): void {
  sendError(context, { code, message });
  end(context, reason, close, message);
}

/** Ends the session; nothing is sent after. */
export function end(
  context: StepContext,
  reason: CancelReason,
  close: keyof typeof closeCodes,
  why: string,
): void {
  patch(context, { ended: true });
  context.effects.push({ type: "end_session", reason, code: closeCodes[close].code, why });
}
