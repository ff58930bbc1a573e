/** A session's report, as text and as data. */

import { z } from "zod";
import { named, sessionParams, timeSchema, toTime } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";
import { noSession, ofSession, ownSession, sessionActive } from "./own-session.ts";

export const reportSchema = z
  .object({
    sessionId: z.string(),
    status: z.enum(["pending", "ready", "failed"]),
    createdAt: timeSchema,
    text: z
      .string()
      .optional()
      .describe("With its headings, which go by the kind of practice; absent until it is ready."),
    data: z
      .looseObject({})
      .optional()
      .describe(
        "The same as data: title, topic, goal, insights, actions, quotes, delivery; evidence: each claim with the items that bear it out.",
      ),
  })
  .meta(
    named("Report", {
      sessionId: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d",
      status: "ready",
      createdAt: "2026-11-23T09:41:00.000Z",
      text: "KEY DISCUSSION POINTS:\n- …\n\nMAIN BREAKTHROUGHS:\n- …\n\nACTION PLAN:\n1. …\n\nFinal Note:\n…",
      data: { topic: "a full desk", insights: [], actions: [], quotes: [] },
    }),
  );

/** `GET /api/sessions/{id}/report`. */
export function reportRoutes(app: App, services: RestServices): void {
  app.get("/api/sessions/:id/report", {
    schema: {
      operationId: "getReport",
      tags: ["Outcome"],
      summary: "A session's report",
      description: "As text and as data. One that is due is written before this answers.",
      params: sessionParams,
      response: {
        200: dataAnswer("The report.", reportSchema),
        ...failures({ ...noSession, 409: "The session has not ended yet." }),
      },
    },
    config: ofSession,
    handler: async (request) => {
      const session = await ownSession(services, principalOf(request), request.params.id);
      if (session.status === "active") throw sessionActive();
      return success(await readReport(services, session.id));
    },
  });
}

/**
 * The report of a session that has ended; one that is due is written first.
 * @throws HttpError 404 where there is none
 */
export async function readReport(
  { reports }: Pick<RestServices, "reports">,
  id: string,
): Promise<z.input<typeof reportSchema>> {
  const report = await reports.make(id);
  if (!report) throw new HttpError(404, "REPORT_NOT_FOUND", "There is no report of this session.");
  const { sessionId, status, text, data, createdAt } = report;
  return {
    sessionId,
    status,
    createdAt: toTime(createdAt),
    text,
    data: isObject(data) ? data : undefined,
  };
}

function isObject(data: unknown): data is Record<string, unknown> {
  return typeof data === "object" && data !== null;
}
