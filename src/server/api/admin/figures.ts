/** Routes of figures: what was used, how providers do, what went wrong, who did what. */

import { dataAnswer, success } from "../../http/envelope.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { errorsSchema, providersSchema } from "../../operations/live-schemas.ts";
import type { AdminServices } from "./admin-services.ts";
import { auditQuery, auditSchema, toAuditEntry, usageQuery, usageSchema } from "./schemas/figures.ts";

const tags = ["Administration"];
const dayMs = 86_400_000;
/** Days of one answer. */
const mostDays = 366;
/** Users that are named. */
const mostOwners = 20;

/** `GET /api/admin/usage`, `/providers`, `/errors`, `/audit`. */
export function figureRoutes(app: App, admin: AdminServices): void {
  usageRoute(app, admin);
  providersRoute(app, admin);
  errorsRoute(app, admin);
  auditRoute(app, admin);
}

function usageRoute(app: App, { queries, clock }: AdminServices): void {
  app.route({
    method: "GET",
    url: "/api/admin/usage",
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
      const to = request.query.to ?? toDay(clock.wallTime());
      const from = request.query.from ?? toDay(Date.parse(to) - 29 * dayMs);
      const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
      if (days < 1 || days > mostDays)
        throw new HttpError(400, "INVALID_RANGE", `\`from\` to \`to\` must be 1 to ${mostDays} days.`);
      const query = { from, to, ...(ownerId !== undefined && { ownerId }) };
      const byDay = await queries.usageByDay(query);
      const top = await queries.usageByOwner({ ...query, limit: mostOwners });
      return success({ from, to, days: [...byDay], top: [...top] });
    },
  });
}

function toDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function providersRoute(app: App, { nodes }: AdminServices): void {
  app.route({
    method: "GET",
    url: "/api/admin/providers",
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
  app.route({
    method: "GET",
    url: "/api/admin/errors",
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

function auditRoute(app: App, { audit }: AdminServices): void {
  app.route({
    method: "GET",
    url: "/api/admin/audit",
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
        ...(cursor !== undefined && { cursor }),
        ...(actorId !== undefined && { actorId }),
        ...(ownerId !== undefined && { ownerId }),
        ...(action !== undefined && { action }),
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      });
      return success({ entries: entries.map(toAuditEntry), ...(next !== undefined && { next }) });
    },
  });
}
