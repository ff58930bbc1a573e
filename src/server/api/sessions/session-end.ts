/** Sessions: ended, erased. */

import { z } from "zod";
import { ownSessions, type Principal, requirePersona, requireSessionType } from "../../access/principal.ts";
import { exampleId, named, sessionParams } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";
import { noSession, ofSession, ownSession, requireOwnSession, sessionEnded } from "./own-session.ts";

const endedSchema = z
  .object({
    sessionId: z.string(),
    summary: z.string().describe("The report, with its headings."),
    duration: z.int().describe("From its beginning to its end, s."),
    messageCount: z.int(),
  })
  .meta(
    named("EndedSession", {
      sessionId: exampleId,
      summary:
        "KEY DISCUSSION POINTS:\n- …\n\nMAIN BREAKTHROUGHS:\n- …\n\nACTION PLAN:\n1. …\n\nFinal Note:\n…",
      duration: 641,
      messageCount: 18,
    }),
  );

const erasedSchema = z
  .object({ sessionId: z.string(), erased: z.literal(true) })
  .meta(named("Erased", { sessionId: exampleId, erased: true }));

/** `POST /api/sessions/{id}/end`, `DELETE /api/sessions/{id}`. */
export function sessionEndRoutes(app: App, services: RestServices): void {
  endRoute(app, services);
  eraseRoute(app, services);
}

function endRoute(app: App, services: RestServices): void {
  app.post("/api/sessions/:id/end", {
    schema: {
      operationId: "endSession",
      tags: ["Sessions"],
      summary: "End a session",
      description:
        "As its user would, also while a reply is under way. The report is written before this answers.",
      params: sessionParams,
      response: {
        200: dataAnswer("It has ended.", endedSchema),
        ...failures({ ...noSession, 409: "It had ended already, or another node holds it at the moment." }),
      },
    },
    config: ofSession,
    handler: async (request) => {
      const principal = principalOf(request);
      const { id } = request.params;
      const { ownerId, persona, type, status } = await ownSession(services, principal, id);
      if (status === "ended") throw sessionEnded();
      requirePersona(principal, persona);
      requireSessionType(principal, type);
      await services.messageExchange.end(id, ownerId);
      const report = await services.reports.make(id);
      const { createdAt, endedAt, messageCount } = await ownSession(services, principal, id);
      const until = endedAt ?? services.clock.wallTime();
      const duration = Math.max(0, Math.round((until - createdAt) / 1000));
      return success({ sessionId: id, summary: report?.text ?? "", duration, messageCount });
    },
  });
}

function eraseRoute(app: App, services: RestServices): void {
  app.delete("/api/sessions/:id", {
    schema: {
      operationId: "eraseSession",
      tags: ["Sessions"],
      summary: "Erase a session",
      description: "With all that was said, its report and its audio; one that is under way is ended first.",
      params: sessionParams,
      response: { 200: dataAnswer("Nothing of it is left.", erasedSchema), ...failures(noSession) },
    },
    config: ofSession,
    handler: async (request) => {
      const { id } = request.params;
      await requireOrForbid(services, principalOf(request), id);
      if (!(await services.accountData.erasure.session(id))) throw sessionLeftAudio();
      return success({ sessionId: id, erased: true as const });
    },
  });
}

/**
 * Checks that a session is there and the principal's. One that is not there is not stored later either, by a node that is
 * about to.
 * @throws HttpError 404; StoreError
 */
async function requireOrForbid(services: RestServices, principal: Principal, id: string): Promise<void> {
  try {
    await requireOwnSession(services, principal, id);
  } catch (error) {
    if (!(error instanceof HttpError) || error.status !== 404) throw error;
    await services.accountData.erasure.forbid(id, ownSessions(principal));
    // It may have been stored meanwhile; asked in any case, so that it takes as long for another's.
    await requireOwnSession(services, principal, id);
  }
}

function sessionLeftAudio(): HttpError {
  return new HttpError(500, "INTERNAL_ERROR", "The session is erased, but some of its audio not yet.");
}
