/** Facts of every answer, reported to a listener that counts them. */
import type { FastifyInstance, FastifyRequest } from "fastify";

/** One request that was answered. */
interface Answered {
  readonly method: string;
  /** The pattern: `/api/sessions/:id`; `none` where there is no such route. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** Present when a recording was uploaded. */
  readonly upload?: {
    /** Content-Length of the whole request; absent where the header was. */
    readonly bytes?: number;
  };
}

/** Called once for each answer. Never throws. */
export type OnAnswered = (answered: Answered) => void;

/** Reports every answer from here on. */
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
