/** What was used, and what administrators did. */
import { z } from "zod";
import type { AuditRecord } from "../../../../store/queries/audit-queries.ts";
import { nextSchema, pageQuery, timeSchema, toTime } from "../../../http/common-schemas.ts";
import { exampleOwner, exampleSession, nameSchema } from "../../../operations/live-schemas.ts";

const sums = {
  sessions: z.number().meta({ description: "That were begun." }),
  turns: z.number(),
  audioSeconds: z.number().meta({ description: "Of the users' speech." }),
  inputTokens: z.number(),
  outputTokens: z.number(),
  characters: z.number().meta({ description: "That were spoken." }),
  cost: z.number().meta({ description: "In the currency of the configured prices." }),
};
const exampleSums = {
  sessions: 31,
  turns: 402,
  audioSeconds: 2160.5,
  inputTokens: 182_000,
  outputTokens: 21_000,
  characters: 64_000,
  cost: 0.42,
};
const day = z.iso.date().meta({ examples: ["2026-11-23"] });

export const usageQuery = z.object({
  from: day.optional().meta({ description: "First day (UTC); default: 29 days before the last." }),
  to: day.optional().meta({ description: "Last day; default: today." }),
  ownerId: nameSchema.optional().meta({ description: "Only this user's." }),
});

export const usageSchema = z
  .object({
    from: day,
    to: day,
    days: z
      .array(z.object({ day, owners: z.int().meta({ description: "Who used something." }), ...sums }))
      .meta({ description: "Oldest first; days without use are left out." }),
    top: z
      .array(z.object({ ownerId: z.string(), ...sums }))
      .meta({ description: "Who used most over these days: by cost, then tokens, then speech." }),
  })
  .meta({
    id: "Usage",
    examples: [
      {
        from: "2026-11-22",
        to: "2026-11-23",
        days: [{ day: "2026-11-23", owners: 7, ...exampleSums }],
        top: [{ ownerId: exampleOwner, ...exampleSums }],
      },
    ],
  });

const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => Date.parse(text));

export const auditQuery = pageQuery.extend({
  actorId: nameSchema.optional().meta({ description: "Only what this administrator did." }),
  ownerId: nameSchema.optional().meta({ description: "Only what was done to this user." }),
  action: z
    .string()
    .regex(/^[a-z]+\.[a-z_]+$/)
    .optional()
    .meta({ examples: ["session.messages"] }),
  from: moment.optional().meta({ description: "At or after this: a date (UTC) or a point in time." }),
  to: moment.optional().meta({ description: "Before this." }),
});

const auditEntrySchema = z.object({
  id: z.string(),
  at: timeSchema,
  actorId: z.string(),
  action: z.string(),
  ownerId: z.string().optional(),
  target: z.string().optional(),
  detail: z.looseObject({}).optional(),
});

/** An entry as answers tell it. */
export function toAuditEntry({ at, ...record }: AuditRecord): z.input<typeof auditEntrySchema> {
  return { ...record, at: toTime(at), ...(record.detail && { detail: { ...record.detail } }) };
}

export const auditSchema = z.object({ entries: z.array(auditEntrySchema), next: nextSchema }).meta({
  id: "Audit",
  examples: [
    {
      entries: [
        {
          id: "audit_0198c1f26c3e7d419a573f1f2a9b8c73",
          at: "2026-11-23T09:30:00.000Z",
          actorId: "user_0198c1f26c3e7d419a573f1f2a9b8c74",
          action: "session.messages",
          ownerId: exampleOwner,
          target: exampleSession,
        },
      ],
    },
  ],
});
