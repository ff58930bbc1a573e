/** The one HTTP error class: what a route or an upgrade throws to be answered with a status, a code and one sentence. */
import { type ErrorCode, errorCodes } from "../../protocol/errors.ts";

/** Why an upgrade gets an HTTP answer instead of a socket. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;
  readonly code: ErrorCode;
  /** Seconds after which to come again, where that helps. */
  readonly retryAfter: number | undefined;
  constructor(code: ErrorCode, message: string, options: { status?: number; retryAfter?: number } = {}) {
    super(message);
    this.code = code;
    const entry = errorCodes[code];
    this.status = options.status ?? ("status" in entry ? entry.status : 400);
    this.retryAfter = options.retryAfter;
  }
}

export interface ProblemOptions {
  /** Seconds after which to come again, where that helps. */
  readonly retryAfter?: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log alone. */
  readonly cause?: unknown;
}

/** What a route throws to be answered by the failure envelope. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** An HTTP status, 400–599. */
  readonly status: number;
  /** For programs, in capitals: `SESSION_NOT_FOUND`. */
  readonly code: string;
  readonly retryAfter: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** @param message one sentence for people; never a vendor's text */
  constructor(status: number, code: string, message: string, options: ProblemOptions = {}) {
    super(message, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.headers = options.headers ?? {};
  }
}

/** A path or a thing that is not there. */
export function notFound(): Problem {
  return new Problem(404, "NOT_FOUND", "There is nothing at this path.");
}
