/** Maps failures of an OpenAI-compatible upstream to the closed list of StageError kinds. */
import { APIConnectionError, APIConnectionTimeoutError, APIError } from "openai";
import { type Stage, StageError, type StageErrorKind } from "../../lib/errors.ts";
import { CallNotMade } from "../call-not-made.ts";

/**
 * The cause of a StageError: what the upstream said, for logs. It holds no request, no headers and no body, and its
 * message was cleaned of keys.
 */
export class UpstreamFailure extends Error {
  override readonly name = "UpstreamFailure";
  /** HTTP status. */
  readonly status?: number;
  /** The upstream's own code, or the socket's. */
  readonly code?: string;
  /** The request's field that the upstream complains of. */
  readonly param?: string;
  /** Pause that the upstream asked for, ms. */
  readonly retryAfterMs?: number;
  constructor(
    message: string,
    facts: { status?: number; code?: string | null; param?: string; retryAfterMs?: number } = {},
  ) {
    super(message);
    const { status, code, param, retryAfterMs } = facts;
    if (status !== undefined) this.status = status;
    if (code) this.code = code;
    if (param !== undefined) this.param = param;
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** A StageError whose cause is what the upstream did wrong. */
export function upstreamError(
  stage: Stage,
  kind: StageErrorKind,
  message: string,
  facts?: ConstructorParameters<typeof UpstreamFailure>[1],
): StageError {
  return new StageError(stage, kind, { cause: new UpstreamFailure(message, facts) });
}

/** Why a model is not asked: its server said a while ago that it has none of that name. */
export class ModelGone extends CallNotMade {
  override readonly name = "ModelGone";
}

/** Longest message of an upstream that is kept. */
const LONGEST_MESSAGE = 300;

/** Takes `secrets`, and anything that looks like a key, out of an upstream's text, and cuts it short. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== "") clean = clean.replaceAll(secret, "[redacted]");
  // Upstreams quote a wrong key with its middle starred out.
  clean = clean.replaceAll(/\b(sk|ek)[-_][\w*-]{6,}/g, "$1-[redacted]");
  return clean.replaceAll(/\bBearer\s+\S+/gi, "Bearer [redacted]").slice(0, LONGEST_MESSAGE);
}

/** A StageError for whatever an upstream request threw; a StageError passes through. */
export function toStageError(stage: Stage, error: unknown, secrets: readonly string[] = []): StageError {
  if (error instanceof StageError) return error;
  const facts = error instanceof APIError ? detailsOf(error) : {};
  const code = facts.code ?? socketCode(error);
  const message = redactSecrets(error instanceof Error ? error.message : String(error), secrets);
  return upstreamError(stage, kindOf(error, code), message, {
    ...facts,
    ...(code !== undefined && { code: redactSecrets(code, secrets) }),
  });
}

function detailsOf(error: APIError): {
  status?: number;
  code?: string;
  param?: string;
  retryAfterMs?: number;
} {
  const retryAfterMs = readRetryAfter(error.headers);
  return {
    status: error.status,
    ...(typeof error.code === "string" && { code: error.code }),
    ...(typeof error.param === "string" && { param: error.param }),
    retryAfterMs,
  };
}

/** `Retry-After` in ms, from seconds; a date there counts as unknown, since no upstream of this kind sends one. */
function readRetryAfter(headers: Headers | undefined): number | undefined {
  const exact = Number.parseFloat(headers?.get("retry-after-ms") ?? "");
  if (exact >= 0) return exact;
  const seconds = headers?.get("retry-after") ?? "";
  return /^\d+(\.\d+)?$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

/** The socket's code, from as deep as fetch and the package bury it. */
function socketCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === "string") return code;
  }
  return undefined;
}

const timeoutCodes = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
  "ETIMEDOUT",
]);

function kindOf(error: unknown, code: string | undefined): StageErrorKind {
  if (code !== undefined && timeoutCodes.has(code)) return "timeout";
  if (error instanceof APIConnectionTimeoutError) return "timeout";
  if (error instanceof APIConnectionError) return "unavailable";
  if (error instanceof APIError)
    return error.status === undefined ? kindOfCode(error.type, code) : kindOfStatus(error.status);
  if (error instanceof SyntaxError) return "malformed";
  if (code !== undefined || (error instanceof TypeError && error.message === "terminated"))
    return "unavailable";
  return "malformed";
}

/** HTTP status → kind. */
export function kindOfStatus(status: number): StageErrorKind {
  if (status === 429) return "rate_limited";
  if (status === 408 || status === 504) return "timeout";
  if (status >= 500) return "unavailable";
  return status >= 400 ? "rejected" : "malformed";
}

/** The `type` and `code` of an error told inside a stream, where no status is → kind. */
export function kindOfCode(type: string | undefined | null, code: string | undefined | null): StageErrorKind {
  const words = `${type ?? ""} ${code ?? ""}`;
  if (/rate_limit|quota/.test(words)) return "rate_limited";
  if (/invalid|auth|permission|not_found|unsupported|buffer_commit_empty/.test(words)) return "rejected";
  return "unavailable";
}

/** Whether the upstream refused the request for the sake of one of its `fields`; which one. */
export function refusedField<Field extends string>(
  error: unknown,
  fields: readonly Field[],
): Field | undefined {
  if (!(error instanceof StageError) || error.kind !== "rejected") return undefined;
  const { cause } = error;
  if (!(cause instanceof UpstreamFailure)) return undefined;
  const named = fields.find((field) => cause.param === field || cause.param?.startsWith(`${field}.`));
  return named ?? fields.find((field) => new RegExp(`\\b${field}\\b`).test(cause.message));
}

const goneCodes = new Set(["model_not_found", "model_deprecated", "model_retired", "model_not_available"]);
/** Words of a shutdown notice. */
const GONE =
  /\bmodel\b.*\b(deprecated|retired|shut ?down|sunset|decommissioned|no longer (available|supported))\b/i;

/**
 * Whether the upstream said that it does not have the model, or no longer: 404, 410, its code for that, or a shutdown
 * notice. For requests whose route the upstream is known to serve.
 */
export function isModelGone(error: unknown): boolean {
  const status = failureOf(error)?.status;
  return status === 404 || status === 410 || tellsModelGone(error);
}

/**
 * As `isModelGone`, for routes that the upstream may lack: a 404 or 410 counts where its message names the model, other
 * than as part of the route.
 */
export function deniesModel(error: unknown, model: string): boolean {
  const { status, message = "" } = failureOf(error) ?? {};
  const named = message.includes(model) && !message.includes(`/models/`);
  return ((status === 404 || status === 410) && named) || tellsModelGone(error);
}

function tellsModelGone(error: unknown): boolean {
  const { code = "", message = "" } = failureOf(error) ?? {};
  return goneCodes.has(code) || GONE.test(message);
}

function failureOf(error: unknown): UpstreamFailure | undefined {
  const cause = error instanceof StageError ? error.cause : undefined;
  return cause instanceof UpstreamFailure ? cause : undefined;
}
