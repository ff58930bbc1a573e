/** Routes of accounts and keys: found, blocked, promoted, revoked. */
import type { FastifyRequest } from "fastify";
import type { UserCounts, UserRecord } from "../../../store/queries/admin-queries.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import { principalOf } from "../../http/route-access.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { writeDown } from "../../operations/audit-log.ts";
import type { Directive } from "../../operations/directives.ts";
import { listSessionsQuery, sessionListSchema } from "../schemas/sessions.ts";
import { sessionPage } from "../session-page.ts";
import type { AdminServices } from "./admin-services.ts";
import {
  blockBody,
  blockedSchema,
  keyListSchema,
  keyParams,
  keysQuery,
  oneUserSchema,
  revokedSchema,
  roleBody,
  roleSchema,
  toKey,
  toOneUser,
  toUser,
  userListSchema,
  userParams,
  usersQuery,
} from "./schemas/people.ts";

const tags = ["Administration"];
const ofUser = { access: "admin", invalid: { "params.id": "INVALID_USER_ID" } } as const;
const noUser = { 404: "There is no such user." } as const;
const notSelf = { ...noUser, 409: "It is oneself." } as const;

/** `GET /api/admin/users`, `…/{id}`, `…/{id}/sessions`, `POST …/{id}/block`, `…/unblock`, `…/role`, and keys. */
export function peopleRoutes(app: App, admin: AdminServices): void {
  usersRoute(app, admin);
  userRoute(app, admin);
  userSessionsRoute(app, admin);
  blockRoute(app, admin);
  unblockRoute(app, admin);
  roleRoute(app, admin);
  keysRoute(app, admin);
  revokeRoute(app, admin);
}

function usersRoute(app: App, { queries }: AdminServices): void {
  app.route({
    method: "GET",
    url: "/api/admin/users",
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
      const { email, limit, cursor } = request.query;
      const { entries, next } = await queries.listUsers({
        limit,
        ...(cursor !== undefined && { cursor }),
        ...(email !== undefined && { email }),
      });
      return success({ users: entries.map(toUser), ...(next !== undefined && { next }) });
    },
  });
}

function userRoute(app: App, admin: AdminServices): void {
  app.route({
    method: "GET",
    url: "/api/admin/users/:id",
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
  app.route({
    method: "GET",
    url: "/api/admin/users/:id/sessions",
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
    handler: async (request) => success(await sessionPage(store, request.params.id, request.query)),
  });
}

function blockRoute(app: App, admin: AdminServices): void {
  app.route({
    method: "POST",
    url: "/api/admin/users/:id/block",
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
  app.route({
    method: "POST",
    url: "/api/admin/users/:id/unblock",
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
  app.route({
    method: "POST",
    url: "/api/admin/users/:id/role",
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

function keysRoute(app: App, { queries }: AdminServices): void {
  app.route({
    method: "GET",
    url: "/api/admin/keys",
    schema: {
      operationId: "listAllKeys",
      tags,
      summary: "API keys",
      description: "Everybody's, newest first, those that were revoked as well; never the keys themselves.",
      querystring: keysQuery,
      response: { 200: dataAnswer("A page of them.", keyListSchema) },
    },
    config: { access: "admin" },
    handler: async (request) => {
      const { ownerId, limit, cursor } = request.query;
      const { entries, next } = await queries.listKeys({
        limit,
        ...(cursor !== undefined && { cursor }),
        ...(ownerId !== undefined && { ownerId }),
      });
      return success({ keys: entries.map(toKey), ...(next !== undefined && { next }) });
    },
  });
}

function revokeRoute(app: App, admin: AdminServices): void {
  app.route({
    method: "DELETE",
    url: "/api/admin/keys/:id",
    schema: {
      operationId: "revokeAnyKey",
      tags,
      summary: "Revoke somebody's key",
      description: "It opens nothing any more, and what was opened with it ends. Again: nothing.",
      params: keyParams,
      response: {
        200: dataAnswer("It is revoked.", revokedSchema),
        ...failures({ 404: "There is no such key." }),
      },
    },
    config: { access: "admin", invalid: { "params.id": "INVALID_KEY_ID" } },
    handler: async (request) => {
      const { id } = request.params;
      const key = await admin.queries.findKey(id);
      if (!key) throw new HttpError(404, "KEY_NOT_FOUND", "There is no such key.");
      const { ownerId } = key;
      await writeDown(admin, request, "key.revoke", { ownerId, target: id });
      await admin.queries.revokeKey(id, admin.clock.wallTime());
      const ended = await endAll(admin, { type: "revoke", ownerId, keyId: id });
      return success({ id, revoked: true as const, ...ended });
    },
  });
}

/** Ends what somebody has open, on all nodes. */
async function endAll({ nodes }: AdminServices, directive: Directive & { type: "revoke" }) {
  const { outcomes, silent } = await nodes.askAll(directive);
  const counts = outcomes.map((outcome) => (outcome.result === "done" ? (outcome.ended ?? 0) : 0));
  return { ended: counts.reduce((sum, count) => sum + count, 0), silent: [...silent] };
}

async function knownUser({ queries, clock }: AdminServices, id: string): Promise<UserRecord & UserCounts> {
  const user = await queries.findUser(id, clock.wallTime());
  if (!user) throw userNotFound();
  return user;
}

/** Nobody locks themselves out: whoever is left is an administrator. */
async function knownOther(admin: AdminServices, request: FastifyRequest, id: string): Promise<UserRecord> {
  if (principalOf(request).id === id)
    throw new HttpError(409, "OWN_ACCOUNT", "Another administrator has to do this to you.");
  return knownUser(admin, id);
}

function userNotFound(): HttpError {
  return new HttpError(404, "USER_NOT_FOUND", "There is no such user.");
}
