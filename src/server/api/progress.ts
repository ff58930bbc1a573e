/** One's own progress: figures over time, days in a row, open actions. */

import { z } from "zod";
import { ownSessions } from "../access/principal.ts";
import { named, timeSchema, toTime } from "../http/common-schemas.ts";
import { dataAnswer, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { endUserQuery, ofEndUser } from "./end-users.ts";
import type { RestServices } from "./services.ts";
import { figuresSchema } from "./sessions/delivery.ts";

const progressQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe("Sessions, and open actions, at most."),
  user: endUserQuery,
});

const progressSchema = z
  .object({
    sessions: z.int().describe("All of one's own."),
    streakDays: z.int().describe("Days in a row with a session, up to today or yesterday (UTC)."),
    points: z
      .array(
        z.object({
          sessionId: z.string(),
          timestamp: timeSchema,
          persona: z.string(),
          metrics: figuresSchema,
        }),
      )
      .describe("One a session that was spoken in, newest first: the means of its utterances."),
    openActions: z.array(
      z.object({
        id: z.string(),
        sessionId: z.string(),
        text: z.string(),
        when: z.string().optional().describe("In the user's words."),
        createdAt: timeSchema,
      }),
    ),
    doneActions: z.int(),
  })
  .meta(
    named("Progress", {
      sessions: 3,
      streakDays: 2,
      points: [],
      openActions: [
        {
          id: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d-1",
          sessionId: "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d",
          text: "Clear the desk",
          when: "by Friday",
          createdAt: "2026-11-23T09:41:00.000Z",
        },
      ],
      doneActions: 1,
    }),
  );

/** `GET /api/me/progress`. */
export function progressRoutes(app: App, { store, clock }: RestServices): void {
  app.get("/api/me/progress", {
    schema: {
      operationId: "getProgress",
      tags: ["Outcome"],
      summary: "One's own progress",
      description: "Figures over time, days in a row, and what one has committed to.",
      querystring: progressQuery,
      response: { 200: dataAnswer("The progress.", progressSchema) },
    },
    config: { access: "user", secrets: true },
    handler: async (request) => {
      const progress = await store.progress({
        ...ofEndUser(ownSessions(principalOf(request)), request.query.user),
        now: clock.wallTime(),
        limit: request.query.limit,
      });
      const { sessions, streakDays, doneActions } = progress;
      const points = progress.points.map(({ sessionId, at, persona, metrics }) => ({
        sessionId,
        timestamp: toTime(at),
        persona,
        metrics: { ...metrics },
      }));
      const openActions = progress.openActions.map(({ id, sessionId, text, when, createdAt }) => ({
        id,
        sessionId,
        text,
        when,
        createdAt: toTime(createdAt),
      }));
      return success({ sessions, streakDays, points, openActions, doneActions });
    },
  });
}
