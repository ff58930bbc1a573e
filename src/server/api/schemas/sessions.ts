/** Sessions as requests name them and answers tell them. */
import { z } from "zod";
import type { Flag } from "../../../coach/care/care.ts";
import { careKinds } from "../../../coach/care/kinds.ts";
import type { SessionRecord } from "../../../store/records.ts";
import { exampleId, nextSchema, pageQuery, timeSchema, toTime } from "../../http/common-schemas.ts";

const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => Date.parse(text));

export const listSessionsQuery = pageQuery.extend({
  status: z.enum(["active", "ended"]).optional(),
  from: moment.optional().meta({ description: "Made at or after this: a date (UTC) or a point in time." }),
  to: moment.optional().meta({ description: "Made before this." }),
});

export const createSessionBody = z
  .strictObject({
    persona: z
      .string()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: "Who coaches; default: the server's." }),
    language: z
      .string()
      .max(35)
      .regex(/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/, "is no language tag (BCP 47)")
      .optional()
      .meta({ description: "BCP 47; default: the persona's." }),
  })
  .optional()
  .meta({ examples: [{ persona: "kuku", language: "en-US" }] });

export const sessionSchema = z
  .object({
    sessionId: z.string(),
    status: z.enum(["active", "ended"]),
    persona: z.string(),
    language: z.string(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    endedAt: timeSchema.optional(),
    messageCount: z.int().meta({ description: "Of the user and the coach." }),
    stage: z
      .string()
      .optional()
      .meta({ description: "Of T-GROW; absent in a drill and before the first message." }),
    awaitingWrapUpConfirmation: z
      .boolean()
      .meta({ description: "The coach has asked whether to end, and waits for the answer." }),
    rating: z.int().optional().meta({ description: "1–5, once it was rated." }),
  })
  .meta({
    id: "Session",
    examples: [
      {
        sessionId: exampleId,
        status: "active",
        persona: "kuku",
        language: "en-US",
        createdAt: "2026-11-23T09:30:00.000Z",
        updatedAt: "2026-11-23T09:31:12.000Z",
        messageCount: 4,
        stage: "goal",
        awaitingWrapUpConfirmation: false,
      },
    ],
  });

/** A stored session as answers tell it. */
export function toSession(record: SessionRecord): z.input<typeof sessionSchema> {
  const { id, status, persona, language, messageCount, stage, awaitingWrapUp, rating, endedAt } = record;
  return {
    sessionId: id,
    status,
    persona,
    language,
    createdAt: toTime(record.createdAt),
    updatedAt: toTime(record.updatedAt),
    ...(endedAt !== undefined && { endedAt: toTime(endedAt) }),
    messageCount,
    ...(stage !== undefined && { stage }),
    awaitingWrapUpConfirmation: awaitingWrapUp,
    ...(rating !== undefined && { rating }),
  };
}

/** One session, looked at by itself. */
export const oneSessionSchema = sessionSchema
  .extend({
    care: z
      .object({
        kind: z.enum(careKinds).meta({ description: "The most urgent sign so far." }),
        since: timeSchema.optional().meta({ description: "When the first one was heard." }),
      })
      .optional()
      .meta({ description: "There was a sign of crisis in what was said; absent where there was none." }),
  })
  .meta({
    id: "OneSession",
    examples: [
      {
        sessionId: exampleId,
        status: "active",
        persona: "kuku",
        language: "en-US",
        createdAt: "2026-11-23T09:30:00.000Z",
        updatedAt: "2026-11-23T09:31:12.000Z",
        messageCount: 4,
        stage: "goal",
        awaitingWrapUpConfirmation: false,
        care: { kind: "self_harm", since: "2026-11-23T09:31:10.000Z" },
      },
    ],
  });

/** The same with what only its state tells. */
export function toOneSession(record: SessionRecord, flag?: Flag): z.input<typeof oneSessionSchema> {
  if (!flag) return toSession(record);
  const { kind, at } = flag;
  return { ...toSession(record), care: { kind, ...(at !== undefined && { since: toTime(at) }) } };
}

export const sessionListSchema = z
  .object({ sessions: z.array(sessionSchema), next: nextSchema })
  .meta({ id: "SessionList", examples: [{ sessions: [] }] });

export const erasedSchema = z
  .object({ sessionId: z.string(), erased: z.literal(true) })
  .meta({ id: "Erased", examples: [{ sessionId: exampleId, erased: true }] });

export const endedSchema = z
  .object({
    sessionId: z.string(),
    summary: z.string().meta({ description: "The report, with its headings." }),
    duration: z.int().meta({ description: "From its beginning to its end, s." }),
    messageCount: z.int(),
  })
  .meta({
    id: "EndedSession",
    examples: [
      {
        sessionId: exampleId,
        summary:
          "KEY DISCUSSION POINTS:\n- …\n\nMAIN BREAKTHROUGHS:\n- …\n\nACTION PLAN:\n1. …\n\nFinal Note:\n…",
        duration: 641,
        messageCount: 18,
      },
    ],
  });

export const ratingBody = z
  .strictObject({
    rating: z.int().min(1).max(5).meta({ description: "1–5." }),
    feedback: z.string().max(5000).optional().meta({ description: "In the user's own words." }),
  })
  .meta({ id: "NewRating", examples: [{ rating: 5, feedback: "That helped." }] });

export const ratingSchema = z
  .object({ hasRating: z.boolean(), rating: z.int().optional(), feedback: z.string().optional() })
  .meta({ id: "Rating", examples: [{ hasRating: true, rating: 5, feedback: "That helped." }] });
