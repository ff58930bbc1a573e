/** Counts requests under way, so that a server being stopped can wait for them. */
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../lib/clock.ts";
import { settlesWithin } from "../../lib/timeout.ts";

/** Waits until no request is under way, for `deadlineMs` at most. Never rejects. */
export type LetEnd = (deadlineMs: number) => Promise<void>;

/** Counts the requests from here on. */
export function countRequests(app: FastifyInstance, clock: Clock): LetEnd {
  let underWay = 0;
  let none = Promise.withResolvers<void>();
  app.addHook("onRequest", async (_request, reply) => {
    if (underWay++ === 0) none = Promise.withResolvers();
    // Comes once, whether the answer was sent or the client has gone.
    reply.raw.once("close", () => {
      underWay--;
      if (underWay === 0) none.resolve();
    });
  });
  return async (deadlineMs) => {
    if (underWay > 0) await settlesWithin(clock, deadlineMs, none.promise);
  };
}
