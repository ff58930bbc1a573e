/** Turns every error of a plain request into one answer: errors of routes, Fastify and schemas, and bugs. */

import { STATUS_CODES } from "node:http";
import { negotiate } from "@fastify/accept-negotiator";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { StageError } from "../../lib/errors.ts";
import { StoreError } from "../../store/store.ts";
import { HttpError, notFound } from "../net/http-error.ts";

/** Answers to Fastify's own errors, by code. */
const found: Readonly<Record<string, () => HttpError>> = {
  FST_ERR_BAD_URL: notFound,
  FST_ERR_MAX_PARAM_LENGTH: notFound,
  FST_ERR_NOT_FOUND: notFound,
  FST_ERR_CTP_INVALID_JSON_BODY: () => new HttpError(400, "INVALID_JSON", "The body is not valid JSON."),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    new HttpError(400, "INVALID_CONTENT_LENGTH", "The body is not as long as Content-Length says."),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () =>
    new HttpError(415, "UNSUPPORTED_MEDIA_TYPE", "This path does not take a body of this type."),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new HttpError(413, "PAYLOAD_TOO_LARGE", "The body is too large."),
};

/** Says what is to be answered to an error, whatever it is. Bugs become 500 and tell nothing. */
export function toHttpError(error: unknown, request: FastifyRequest): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof StageError)
    return new HttpError(503, "PROVIDER_UNAVAILABLE", "The speech service is not available right now.", {
      retryAfter: 5,
      cause: error,
    });
  if (error instanceof StoreError)
    return new HttpError(503, "STORE_UNAVAILABLE", "What is stored cannot be read just now.", {
      retryAfter: 5,
      cause: error,
    });
  if (hasZodFastifySchemaValidationErrors(error)) return invalid(error, request);
  // Nobody is there to read this, and whoever leaves is no fault of ours.
  if (request.raw.destroyed && (error as NodeJS.ErrnoException | undefined)?.code === "ECONNRESET")
    return new HttpError(400, "BODY_INCOMPLETE", "The body broke off.");
  const { code, statusCode } = (error ?? {}) as Partial<FastifyError>;
  // Only Fastify's own statuses are believed: other errors carry those of other servers.
  if (code?.startsWith("FST_") && statusCode !== undefined && statusCode < 500)
    return found[code]?.() ?? byStatus(statusCode);
  return new HttpError(500, "INTERNAL_ERROR", "Something went wrong on the server.", { cause: error });
}

function byStatus(status: number): HttpError {
  const words = STATUS_CODES[status] ?? "Bad Request";
  return new HttpError(status, words.toUpperCase().replaceAll(/[^A-Z]+/g, "_"), `${words}.`);
}

/** A request that its schema refuses: names the first field at fault, with the code its route has for it. */
function invalid(error: unknown, request: FastifyRequest): HttpError {
  const { validation = [], validationContext = "body" } = error as FastifyError;
  const first = validation[0];
  const place = `${validationContext}${first?.instancePath ?? ""}`.replace(/\/$/, "").replaceAll("/", ".");
  const code = request.routeOptions.config.invalid?.[place] ?? "INVALID_REQUEST";
  return new HttpError(400, code, `${place}: ${first?.message ?? "cannot be read"}`);
}

const noPageTexts = {
  en: { title: "Not found", heading: "There is no such page", practise: "Practise with Kuku" },
  fr: { title: "Introuvable", heading: "Cette page n'existe pas", practise: "S'exercer avec Kuku" },
};

/** The language among those of the texts that a browser wants first. */
function wantedLanguage({ headers }: FastifyRequest): keyof typeof noPageTexts {
  // Regions are left out: a French of any place is French.
  const wanted = (headers["accept-language"] ?? "").replaceAll(/\b([a-z]{2,3})-[\w-]+/gi, "$1").toLowerCase();
  return (negotiate(wanted, Object.keys(noPageTexts)) ?? "en") as keyof typeof noPageTexts;
}

/** What a browser shows at an address that has no page. */
function noPage(language: keyof typeof noPageTexts): string {
  const { title, heading, practise } = noPageTexts[language];
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>${title} – Kuku Coach</title></head>
<body><main><h1>${heading}</h1><p><a href="/">${practise}</a></p></main></body>
</html>
`;
}

/** Whether a person typed the address or followed a link; programs ask for JSON, or do not say. */
function isForEyes({ method, headers, url }: FastifyRequest): boolean {
  const wanted = headers.accept?.includes("text/html") === true;
  return method === "GET" && wanted && !/^\/(api|v1)\//.test(url);
}

/** The one error handler. */
export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toHttpError(thrown, request);
  logFailure(error, request);
  if (error.retryAfter !== undefined) reply.header("retry-after", String(error.retryAfter));
  if (error.status === 401) reply.header("www-authenticate", 'Bearer realm="kuku"');
  reply.code(error.status).headers(error.headers);
  if (error.status === 404 && isForEyes(request))
    return void reply.type("text/html; charset=utf-8").send(noPage(wantedLanguage(request)));
  reply
    .type("application/json; charset=utf-8")
    // A text is sent as it is, whatever schema the route has for this status.
    .send(JSON.stringify({ success: false, error: error.message, code: error.code }));
}

/** `error` and `warn` are for who runs the server: what was wrong with the request itself is neither. */
function logFailure(error: HttpError, { log }: FastifyRequest): void {
  if (error.status === 500) log.error({ err: error.cause ?? error }, "request failed");
  else if (error.cause !== undefined) {
    const level = error.status > 500 ? "warn" : "info";
    log[level]({ err: error.cause, code: error.code }, "request failed");
  }
}
