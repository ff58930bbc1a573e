/** Counts requests under way, so that a server being stopped can wait for them. */
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../lib/clock.ts";

/** Waits until no request is under way, for `deadlineMs` at most. Never rejects. */
export type LetEnd = (deadlineMs: number) => Promise<void>;

/** Counts the requests from here on. */
export function countRequests(app: FastifyInstance, clock: Clock): LetEnd {
  let underWay = 0;
  let onNone: (() => void) | undefined;
  app.addHook("onRequest", async (_request, reply) => {
    underWay++;
    // Comes once, whether the answer was sent or the client has gone.
    reply.raw.once("close", () => {
      underWay--;
      if (underWay === 0) onNone?.();
    });
  });
  return (deadlineMs) =>
    new Promise((resolve) => {
      if (underWay === 0) return resolve();
      const cancel = clock.after(deadlineMs, resolve);
      onNone = () => {
        cancel();
        resolve();
      };
    });
}
