/** What is told of every answer to whoever counts them. */
import type { FastifyInstance, FastifyRequest } from "fastify";

/** One request that was answered. */
interface Answered {
  readonly method: string;
  /** The pattern: `/api/sessions/:id`; `none` where there is no such route. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** A recording came with it. */
  readonly upload?: {
    /** Of the whole request, as its header said; absent: it did not. */
    readonly bytes?: number;
  };
}

/** Is told of each, once. Never throws. */
export type OnAnswered = (answered: Answered) => void;

/** Tells of every answer from here on. */
export function tellAnswers(app: FastifyInstance, onAnswered: OnAnswered): void {
  app.addHook("onResponse", async (request, reply) => {
    const upload = uploadOf(request);
    onAnswered({
      method: request.method,
      route: request.routeOptions.url ?? "none",
      status: reply.statusCode,
      ms: reply.elapsedTime,
      upload,
    });
  });
}

function uploadOf({ headers, routeOptions }: FastifyRequest): Answered["upload"] {
  const takes = routeOptions.config?.upload !== undefined;
  if (!takes || !headers["content-type"]?.startsWith("multipart/")) return undefined;
  const bytes = Number(headers["content-length"]);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? { bytes } : {};
}
