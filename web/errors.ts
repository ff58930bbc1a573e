/** Failures in words for people, in the page's language. */
import type { Closing } from "../src/client/closing.ts";
import { AskError } from "../src/client/report/kept.ts";
import { t } from "./messages/index.ts";

/** Where requests are refused for their number, `Retry-After` is in the message already. */
export const tooManyCode = "TOO_MANY";

/** Words for a failure's code; `message`: the server's own, in English. */
export function wordsForCode(code: string, message: string): string {
  const known = t.errors as unknown as Readonly<Record<string, unknown>>;
  const words = Object.hasOwn(known, code) ? known[code] : undefined;
  return typeof words === "string" ? words : t.errors.other(message, code);
}

export function wordsFor(error: unknown): string {
  if (error instanceof AskError)
    return error.code === tooManyCode ? error.message : wordsForCode(error.code, error.message);
  console.error(error);
  return t.errors.failed;
}

export function wordsForClosing({ code }: Pick<Closing, "code">): string {
  const known = t.closings as Readonly<Record<number, unknown>>;
  const words = known[code];
  return typeof words === "string" ? words : t.closings.other(code);
}
