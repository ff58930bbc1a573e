/** Request ids, and one log line a request: its route and status, never its path or query. */
import type { IncomingMessage } from "node:http";
import { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { newId } from "../../lib/ids.ts";

/** Ids that clients may give their requests. */
const givenId = /^[\w.:-]{1,128}$/;

/** The client's own `x-request-id` where it is a plain word, otherwise a new one. */
export function nameRequest({ headers }: Pick<IncomingMessage, "headers">): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && givenId.test(given) ? given : newId("req");
}

/** A session's id as it was given out; whatever else stands in its place is not for the log. */
const sessionId = /^session-[\da-f-]{36}$/;

/** The session that a path is about. */
function sessionOf({ params, routeOptions }: FastifyRequest): { session?: string } {
  if (!/^\/api\/(admin\/)?sessions\/:id/.test(routeOptions.url ?? "")) return {};
  const { id } = params as { id?: unknown };
  return typeof id === "string" && sessionId.test(id) ? { session: id } : {};
}

/** Error codes of a connection whose client has gone away. */
const leavings = new Set(["ECONNRESET", "EPIPE", "ERR_STREAM_PREMATURE_CLOSE"]);

function isClientGone(error: Error): boolean {
  return leavings.has((error as NodeJS.ErrnoException).code ?? "");
}

/** Fastify's own lines would hold paths and queries: keys of recordings, words that were searched for. */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: "request" });
  }

  override incomingRequest(): void {}

  override routeNotFound(): void {}

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply) {
    const { url, config } = request.routeOptions;
    const line = {
      method: request.method,
      route: url ?? "none",
      status: reply.statusCode,
      ...sessionOf(request),
      ms: Math.round(reply.elapsedTime),
    };
    if (error && !isClientGone(error)) request.log.warn({ ...line, err: error }, "answer failed");
    else if (config.access === "public") request.log.debug(line, "request");
    else request.log.info(line, "request");
  }

  override streamError(error: Error, request: FastifyRequest): void {
    // Whoever stops listening closes the stream; that is no fault.
    if (isClientGone(error)) request.log.debug("client left");
    else request.log.warn({ err: error }, "answer broke off");
  }

  override writeHeadError(error: Error, request: FastifyRequest): void {
    request.log.error({ err: error }, "sending headers failed");
  }
}
