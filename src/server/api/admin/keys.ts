/** Everybody's API keys for administrators: listed, revoked. */

import { z } from "zod";
import type { KeyRecord } from "../../../store/queries/key-queries.ts";
import {
  named,
  nextSchema,
  pageQuery,
  timeSchema,
  toOptionalTime,
  toTime,
} from "../../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../../http/envelope.ts";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import { writeDown } from "../../operations/audit-log.ts";
import { exampleOwner, nameSchema } from "../../operations/live-schemas.ts";
import type { AdminServices } from "./admin-services.ts";
import { readNames } from "./names.ts";
import { endAll } from "./revocation.ts";

const tags = ["Administration"];

const exampleKey = "key_0198c1f26c3e7d419a573f1f2a9b8c72";

const keyParams = z.object({ id: nameSchema.meta({ examples: [exampleKey] }) });

const keysQuery = pageQuery.extend({
  ownerId: nameSchema.optional().describe("Only this user's."),
});

const keySchema = z.object({
  id: z.string(),
  ownerId: z.string(),
  ownerName: z.string().optional(),
  name: z.string(),
  prefix: z.string().describe("Its first characters, to tell it by."),
  scopes: z.array(z.string()),
  createdAt: timeSchema,
  expiresAt: timeSchema.optional(),
  revokedAt: timeSchema.optional(),
  lastUsedAt: timeSchema.optional(),
});

/** A key as answers tell it. */
function toKey(record: KeyRecord): z.input<typeof keySchema> {
  const { id, ownerId, name, prefix, scopes, createdAt, expiresAt, revokedAt, lastUsedAt } = record;
  return {
    id,
    ownerId,
    name,
    prefix,
    scopes: [...scopes],
    createdAt: toTime(createdAt),
    expiresAt: toOptionalTime(expiresAt),
    revokedAt: toOptionalTime(revokedAt),
    lastUsedAt: toOptionalTime(lastUsedAt),
  };
}

const keyListSchema = z.object({ keys: z.array(keySchema), next: nextSchema }).meta(
  named("AllKeys", {
    keys: [
      {
        id: exampleKey,
        ownerId: exampleOwner,
        name: "nightly report",
        prefix: "kk_3f78",
        scopes: ["read"],
        createdAt: "2026-11-01T08:00:00.000Z",
      },
    ],
  }),
);

const revokedSchema = z
  .object({ id: z.string(), revoked: z.literal(true), ended: z.int(), silent: z.array(z.string()) })
  .meta(named("RevokedKey", { id: exampleKey, revoked: true, ended: 0, silent: [] }));

/** `GET /api/admin/keys`, `DELETE /api/admin/keys/{id}`. */
export function keyRoutes(app: App, admin: AdminServices): void {
  keysRoute(app, admin);
  revokeRoute(app, admin);
}

function keysRoute(app: App, admin: AdminServices): void {
  const { queries } = admin;
  app.get("/api/admin/keys", {
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
        cursor,
        ownerId,
      });
      const nameOf = await readNames(
        admin,
        entries.map((key) => key.ownerId),
      );
      const keys = entries.map((key) => ({ ...toKey(key), ownerName: nameOf(key.ownerId) }));
      return success({ keys, next });
    },
  });
}

function revokeRoute(app: App, admin: AdminServices): void {
  app.delete("/api/admin/keys/:id", {
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
