/** Accounts for administrators: found, blocked, promoted. */

import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { UserCounts, UserRecord } from "../../../store/queries/admin-queries.ts";
import { named, nextSchema, pageQuery, timeSchema, toTime } from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { writeDown } from "../../operations/audit-log.ts";
import { exampleOwner, nameSchema } from "../../operations/live-schemas.ts";
import { listSessionsQuery, sessionListSchema, sessionPage } from "../sessions/sessions.ts";
import type { AdminServices } from "./admin-services.ts";
import { endAll } from "./revocation.ts";

const tags = ["Administration"];

const ofUser = { access: "admin", invalid: { "params.id": "INVALID_USER_ID" } } as const;

const noUser = { 404: "There is no such user." } as const;

const notSelf = { ...noUser, 409: "It is oneself." } as const;

const exampleUser = {
  id: exampleOwner,
  name: "Ann Example",
  email: "ann@example.org",
  emailVerified: true,
  role: "user" as const,
  blocked: false,
  createdAt: "2026-11-01T08:00:00.000Z",
};

const userParams = z.object({ id: nameSchema.meta({ examples: [exampleOwner] }) });

const usersQuery = pageQuery.extend({
  email: z.string().min(1).max(320).optional().describe("Part of the address."),
  search: z.string().min(1).max(320).optional().describe("Part of the address or of the name."),
});

const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    role: z.enum(["user", "admin"]),
    blocked: z.boolean().describe("May not come in any more."),
    blockReason: z.string().optional(),
    createdAt: timeSchema,
  })
  .meta(named("User", exampleUser));

/** An account as answers tell it. */
function toUser({ createdAt, ...user }: UserRecord): z.input<typeof userSchema> {
  return { ...user, createdAt: toTime(createdAt) };
}

const userListSchema = z
  .object({ users: z.array(userSchema), next: nextSchema })
  .meta(named("UserList", { users: [exampleUser] }));

const oneUserSchema = userSchema
  .extend({
    signIns: z.int().describe("Places where they are signed in."),
    keys: z.int().describe("Keys of theirs that work."),
    sessions: z.int().describe("Conversations that are stored."),
  })
  .meta(named("OneUser", { ...exampleUser, signIns: 1, keys: 0, sessions: 12 }));

/** One account, looked at by itself. */
function toOneUser(user: UserRecord & UserCounts): z.input<typeof oneUserSchema> {
  const { signIns, keys, sessions, ...record } = user;
  return { ...toUser(record), signIns, keys, sessions };
}

const blockBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(500).optional().describe("For other administrators."),
  })
  .optional()
  .meta({ examples: [{ reason: "Shared their key." }] });

/** Outcome of a block or an unblock for the user's open sessions. */
const blockedSchema = z
  .object({
    id: z.string(),
    blocked: z.boolean(),
    ended: z.int().describe("Live sessions that were ended."),
    silent: z
      .array(z.string())
      .describe("Nodes that did not say in time whether they ended theirs; they will."),
  })
  .meta(named("Blocked", { id: exampleOwner, blocked: true, ended: 1, silent: [] }));

const roleBody = z
  .strictObject({ role: z.enum(["user", "admin"]) })
  .meta(named("NewRole", { role: "admin" }));

const roleSchema = z
  .object({ id: z.string(), role: z.enum(["user", "admin"]) })
  .meta(named("Role", { id: exampleOwner, role: "admin" }));

/** `GET /api/admin/users`, `…/{id}`, `…/{id}/sessions`, `POST …/{id}/block`, `…/unblock`, `…/role`. */
export function userRoutes(app: App, admin: AdminServices): void {
  usersRoute(app, admin);
  userRoute(app, admin);
  userSessionsRoute(app, admin);
  blockRoute(app, admin);
  unblockRoute(app, admin);
  roleRoute(app, admin);
}

function usersRoute(app: App, { queries }: AdminServices): void {
  app.get("/api/admin/users", {
    schema: {
      operationId: "listUsers",
      tags,
      summary: "Accounts",
      description: "Newest first, page by page.",
      querystring: usersQuery,
      response: { 200: dataAnswer("A page of them.", userListSchema) },
    },
    config: { access: "admin" },
    handler: async (request) => {
      const { email, search, limit, cursor } = request.query;
      const { entries, next } = await queries.listUsers({
        limit,
        cursor,
        email,
        search,
      });
      return success({ users: entries.map(toUser), next });
    },
  });
}

function userRoute(app: App, admin: AdminServices): void {
  app.get("/api/admin/users/:id", {
    schema: {
      operationId: "getUser",
      tags,
      summary: "An account",
      description: "And how much there is of theirs.",
      params: userParams,
      response: { 200: dataAnswer("The account.", oneUserSchema), ...failures(noUser) },
    },
    config: ofUser,
    handler: async (request) => success(toOneUser(await knownUser(admin, request.params.id))),
  });
}

function userSessionsRoute(app: App, { services: { store } }: AdminServices): void {
  app.get("/api/admin/users/:id/sessions", {
    schema: {
      operationId: "listSessionsOfUser",
      tags,
      summary: "Somebody's sessions",
      description: "Those that are stored, newest first; none of their words. Also of guests and of `local`.",
      params: userParams,
      querystring: listSessionsQuery,
      response: { 200: dataAnswer("A page of them.", sessionListSchema) },
    },
    config: ofUser,
    handler: async (request) =>
      success(await sessionPage(store, { ownerId: request.params.id }, request.query)),
  });
}

function blockRoute(app: App, admin: AdminServices): void {
  app.post("/api/admin/users/:id/block", {
    schema: {
      operationId: "blockUser",
      tags,
      summary: "Block somebody",
      description: "They are signed out everywhere, what they have open ends, and they do not come in again.",
      params: userParams,
      body: blockBody,
      response: { 200: dataAnswer("They are blocked.", blockedSchema), ...failures(notSelf) },
    },
    config: ofUser,
    handler: async (request) => {
      const { id } = request.params;
      const reason = request.body?.reason;
      await knownOther(admin, request, id);
      const detail = reason === undefined ? {} : { detail: { reason } };
      await writeDown(admin, request, "user.block", { ownerId: id, target: id, ...detail });
      if (!(await admin.queries.blockUser(id, reason))) throw userNotFound();
      return success({ id, blocked: true, ...(await endAll(admin, { type: "revoke", ownerId: id })) });
    },
  });
}

function unblockRoute(app: App, admin: AdminServices): void {
  app.post("/api/admin/users/:id/unblock", {
    schema: {
      operationId: "unblockUser",
      tags,
      summary: "Let somebody in again",
      description: "They have to sign in anew.",
      params: userParams,
      response: { 200: dataAnswer("They may come in.", blockedSchema), ...failures(noUser) },
    },
    config: ofUser,
    handler: async (request) => {
      const { id } = request.params;
      await knownUser(admin, id);
      await writeDown(admin, request, "user.unblock", { ownerId: id, target: id });
      if (!(await admin.queries.unblockUser(id))) throw userNotFound();
      return success({ id, blocked: false, ended: 0, silent: [] });
    },
  });
}

function roleRoute(app: App, admin: AdminServices): void {
  app.post("/api/admin/users/:id/role", {
    schema: {
      operationId: "setRole",
      tags,
      summary: "Make somebody an administrator, or no longer",
      description: "Holds from their next request.",
      params: userParams,
      body: roleBody,
      response: { 200: dataAnswer("So it is.", roleSchema), ...failures(notSelf) },
    },
    config: { ...ofUser, invalid: { ...ofUser.invalid, "body.role": "INVALID_ROLE" } },
    handler: async (request) => {
      const { id } = request.params;
      const { role } = request.body;
      const before = await knownOther(admin, request, id);
      const detail = { from: before.role, to: role };
      await writeDown(admin, request, "user.role", { ownerId: id, target: id, detail });
      if (!(await admin.queries.setRole(id, role))) throw userNotFound();
      if (role === "user") await admin.nodes.askAll({ type: "unwatch", ownerId: id });
      return success({ id, role });
    },
  });
}

async function knownUser({ queries, clock }: AdminServices, id: string): Promise<UserRecord & UserCounts> {
  const user = await queries.findUser(id, clock.wallTime());
  if (!user) throw userNotFound();
  return user;
}

/** Reads a user other than the one who asks: nobody locks themselves out, so that an administrator is left. */
async function knownOther(admin: AdminServices, request: FastifyRequest, id: string): Promise<UserRecord> {
  if (principalOf(request).id === id)
    throw new HttpError(409, "OWN_ACCOUNT", "Another administrator has to do this to you.");
  return knownUser(admin, id);
}

function userNotFound(): HttpError {
  return new HttpError(404, "USER_NOT_FOUND", "There is no such user.");
}
