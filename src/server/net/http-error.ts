/** The one HTTP error class: what a route or an upgrade throws to be answered with a status, a code and one sentence. */
import { type ErrorCode, errorCodes } from "../../protocol/errors.ts";

export interface HttpErrorOptions {
  /** Seconds after which to come again, where that helps. */
  readonly retryAfter?: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log alone. */
  readonly cause?: unknown;
}

export class HttpError extends Error {
  override readonly name = "HttpError";
  /** An HTTP status, 400–599. */
  readonly status: number;
  /** For programs, in capitals: `SESSION_NOT_FOUND`. */
  readonly code: string;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message one sentence for people; never a vendor's text */
  constructor(status: number, code: string, message: string, options: HttpErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.status = status;
    this.code = code;
    this.retryAfter = options.retryAfter;
    this.headers = options.headers ?? {};
  }

  /** The code as the realtime protocol, its metrics and its logs spell it: `session_not_found`. */
  get protocolCode(): string {
    return this.code.toLowerCase();
  }
}

/**
 * Makes the HTTP error of one of the protocol's codes.
 * @param options.status the code's own status by default; 400 where it has none
 */
export function protocolError(
  code: ErrorCode,
  message: string,
  { status, ...options }: HttpErrorOptions & { readonly status?: number } = {},
): HttpError {
  return new HttpError(status ?? errorCodes[code].status ?? 400, code.toUpperCase(), message, options);
}

/** A path or a thing that is not there. */
export function notFound(): HttpError {
  return new HttpError(404, "NOT_FOUND", "There is nothing at this path.");
}
