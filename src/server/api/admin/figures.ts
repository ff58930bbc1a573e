/** Figures for administrators: what was used, how providers do, what went wrong, who did what. */

import { z } from "zod";
import type { AuditRecord } from "../../../store/queries/audit-queries.ts";
import { dayMs, dayOf } from "../../access/quotas/days.ts";
import { momentSchema, named, nextSchema, pageQuery, timeSchema, toTime } from "../../http/common-schemas.ts";
import { dataAnswer, success } from "../../http/envelope.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import {
  errorsSchema,
  exampleOwner,
  exampleSession,
  nameSchema,
  providersSchema,
} from "../../operations/live-schemas.ts";
import type { AdminServices } from "./admin-services.ts";
import { readNames } from "./names.ts";

const tags = ["Administration"];

/** Days of one answer. */
const mostDays = 366;

/** Users that are named. */
const mostOwners = 20;

const sums = {
  sessions: z.number().describe("That were begun."),
  turns: z.number(),
  audioSeconds: z.number().describe("Of the users' speech."),
  inputTokens: z.number(),
  outputTokens: z.number(),
  characters: z.number().describe("That were spoken."),
  cost: z.number().describe("In the currency of the configured prices."),
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

const usageQuery = z.object({
  from: day.optional().describe("First day (UTC); default: 29 days before the last."),
  to: day.optional().describe("Last day; default: today."),
  ownerId: nameSchema.optional().describe("Only this user's."),
});

const usageSchema = z
  .object({
    from: day,
    to: day,
    days: z
      .array(z.object({ day, owners: z.int().describe("Who used something."), ...sums }))
      .describe("Oldest first; days without use are left out."),
    top: z
      .array(z.object({ ownerId: z.string(), ownerName: z.string().optional(), ...sums }))
      .describe("Who used most over these days: by cost, then tokens, then speech."),
  })
  .meta(
    named("Usage", {
      from: "2026-11-22",
      to: "2026-11-23",
      days: [{ day: "2026-11-23", owners: 7, ...exampleSums }],
      top: [{ ownerId: exampleOwner, ownerName: "Ann Example", ...exampleSums }],
    }),
  );

const auditQuery = pageQuery.extend({
  actorId: nameSchema.optional().describe("Only what this administrator did."),
  ownerId: nameSchema.optional().describe("Only what was done to this user."),
  action: z
    .string()
    .regex(/^[a-z]+\.[a-z_]+$/)
    .optional()
    .meta({ examples: ["session.messages"] }),
  from: momentSchema.optional().describe("At or after this: a date (UTC) or a point in time."),
  to: momentSchema.optional().describe("Before this."),
});

const auditEntrySchema = z.object({
  id: z.string(),
  at: timeSchema,
  actorId: z.string(),
  actorName: z.string().optional(),
  action: z.string(),
  ownerId: z.string().optional(),
  ownerName: z.string().optional(),
  target: z.string().optional(),
  detail: z.looseObject({}).optional(),
});

/** An entry as answers tell it. */
function toAuditEntry({ at, ...record }: AuditRecord): z.input<typeof auditEntrySchema> {
  return { ...record, at: toTime(at), detail: record.detail && { ...record.detail } };
}

const auditSchema = z.object({ entries: z.array(auditEntrySchema), next: nextSchema }).meta(
  named("Audit", {
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
  }),
);

/** `GET /api/admin/usage`, `/providers`, `/errors`, `/audit`. */
export function figureRoutes(app: App, admin: AdminServices): void {
  usageRoute(app, admin);
  providersRoute(app, admin);
  errorsRoute(app, admin);
  auditRoute(app, admin);
}

function usageRoute(app: App, admin: AdminServices): void {
  const { queries, clock } = admin;
  app.get("/api/admin/usage", {
    schema: {
      operationId: "getUsage",
      tags,
      summary: "What was used",
      description: "Day by day (UTC), a year and a day at most, and by whom most.",
      querystring: usageQuery,
      response: { 200: dataAnswer("The figures.", usageSchema) },
    },
    config: { access: "admin" },
    handler: async (request) => {
      const { ownerId } = request.query;
      const to = request.query.to ?? dayOf(clock.wallTime());
      const from = request.query.from ?? dayOf(Date.parse(to) - 29 * dayMs);
      const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
      if (days < 1 || days > mostDays)
        throw new HttpError(400, "INVALID_RANGE", `\`from\` to \`to\` must be 1 to ${mostDays} days.`);
      const query = { from, to, ownerId };
      const byDay = await queries.usageByDay(query);
      const top = await queries.usageByOwner({ ...query, limit: mostOwners });
      const nameOf = await readNames(
        admin,
        top.map(({ ownerId: id }) => id),
      );
      const named = top.map((used) => ({ ...used, ownerName: nameOf(used.ownerId) }));
      return success({ from, to, days: [...byDay], top: named });
    },
  });
}

function providersRoute(app: App, { nodes }: AdminServices): void {
  app.get("/api/admin/providers", {
    schema: {
      operationId: "getProviders",
      tags,
      summary: "How providers do",
      description: "Of each stage and on each node: what failed, and whether a circuit is open.",
      response: { 200: dataAnswer("By node.", providersSchema) },
    },
    config: { access: "admin" },
    handler: async () => {
      const { reports, silent } = await nodes.reports({ wait: true });
      const told = reports.map(({ node, providers }) => ({ node, providers }));
      return success({ nodes: told, silent: [...silent] });
    },
  });
}

function errorsRoute(app: App, { nodes }: AdminServices): void {
  app.get("/api/admin/errors", {
    schema: {
      operationId: "listErrors",
      tags,
      summary: "Recent errors",
      description: "The last that each node logged since its start, newest first; redacted as the log is.",
      response: { 200: dataAnswer("The errors.", errorsSchema) },
    },
    config: { access: "admin" },
    handler: async () => {
      const { reports, silent } = await nodes.reports({ wait: true });
      const errors = reports
        .flatMap(({ node, errors: told }) => told.map((error) => ({ ...error, node })))
        .sort((a, b) => b.at.localeCompare(a.at));
      return success({ errors, silent: [...silent] });
    },
  });
}

function auditRoute(app: App, admin: AdminServices): void {
  const { audit } = admin;
  app.get("/api/admin/audit", {
    schema: {
      operationId: "listAudit",
      tags,
      summary: "What administrators did",
      description:
        "And whose words they read; newest first, page by page. Each was written before it was done.",
      querystring: auditQuery,
      response: { 200: dataAnswer("A page of it.", auditSchema) },
    },
    config: { access: "admin" },
    handler: async (request) => {
      const { cursor, actorId, ownerId, action, from, to, limit } = request.query;
      const { entries, next } = await audit.list({
        limit,
        cursor,
        actorId,
        ownerId,
        action,
        from,
        to,
      });
      const nameOf = await readNames(
        admin,
        entries.flatMap((entry) => [entry.actorId, entry.ownerId]),
      );
      const named = entries.map((entry) => ({
        ...toAuditEntry(entry),
        actorName: nameOf(entry.actorId),
        ownerName: nameOf(entry.ownerId),
      }));
      return success({ entries: named, next });
    },
  });
}
