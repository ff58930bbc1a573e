/** One's own API keys: made, listed, revoked by people alone, so that no key makes another. */

import { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import type { KeyRecord } from "../../store/queries/key-queries.ts";
import { type Keys, mostKeys } from "../access/api-keys/api-keys.ts";
import { administers, type Scope, scopes } from "../access/principal.ts";
import { named, timeSchema, toOptionalTime, toTime } from "../http/common-schemas.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import { quotasSchema, toQuotas } from "./quotas.ts";

const exampleId = "key_0198c1f26c3e7d419a573f1f2a9b8c7d";

const scopesSchema = z
  .array(z.enum(scopes))
  .min(1)
  .max(scopes.length)
  .refine((given) => new Set(given).size === given.length, "has one of them twice");

const keyParams = z.object({
  id: z
    .string()
    .regex(/^key_[0-9a-f]{32}$/, "is no key's id")
    .meta({ description: "Names a key.", examples: [exampleId] }),
});

const newKeyBody = z
  .strictObject({
    name: z.string().trim().min(1).max(100).describe("To tell it by; what it is for."),
    scopes: scopesSchema
      .default(["read", "talk"])
      .describe(
        "`read`: look at what is one's own; `talk`: sessions, messages, ratings, tokens for browsers; `erase`: DELETE; `admin`: all of /api/admin, for those who administer the server.",
      ),
    expiresAt: z.iso
      .datetime({ offset: true })
      .transform((text) => Date.parse(text))
      .optional()
      .describe("Default: good until it is revoked."),
    limits: quotasSchema.optional(),
  })
  // Not `examples`: those of what is transformed are left out of the document.
  .meta({ id: "NewKey", example: { name: "Kiosk in the hall", scopes: ["read", "talk"] } });

const exampleKey = {
  id: exampleId,
  name: "Kiosk in the hall",
  prefix: "kk_3f786850e387",
  scopes: ["read", "talk"] as Scope[],
  createdAt: "2026-11-23T09:30:00.000Z",
};

const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe("How the key begins."),
    scopes: z.array(z.enum(scopes)),
    limits: z.record(z.string(), z.number()).optional(),
    createdAt: timeSchema,
    expiresAt: timeSchema.optional(),
    lastUsedAt: timeSchema.optional().describe("To the minute."),
  })
  .meta(named("Key", exampleKey));

const keyListSchema = z.object({ keys: z.array(keySchema) }).meta(named("KeyList", { keys: [exampleKey] }));

const madeKeySchema = keySchema
  .extend({ key: z.string().describe("The key itself. It is shown this once.") })
  .meta(named("MadeKey", { ...exampleKey, key: "kk_3f786850e387_fdab836ed7e6dc881de23001b3f786850e387550" }));

const revokedKeySchema = z
  .object({ id: z.string(), revoked: z.literal(true) })
  .meta(named("RevokedKey", { id: exampleId, revoked: true }));

/** A stored key as answers tell it. */
function toKey(record: KeyRecord): z.input<typeof keySchema> {
  const { id, name, prefix, limits, createdAt, expiresAt, lastUsedAt } = record;
  return {
    id,
    name,
    prefix,
    scopes: record.scopes as Scope[],
    limits: limits && { ...limits },
    createdAt: toTime(createdAt),
    expiresAt: toOptionalTime(expiresAt),
    lastUsedAt: toOptionalTime(lastUsedAt),
  };
}

export interface KeyServices {
  readonly keys: Pick<Keys, "make" | "list" | "revoke">;
  readonly clock: Clock;
}

/** `GET` and `POST /api/keys`, `DELETE /api/keys/{id}`. */
export function keyRoutes(app: App, services: KeyServices): void {
  listRoute(app, services);
  createRoute(app, services);
  revokeRoute(app, services);
}

function listRoute(app: App, { keys }: KeyServices): void {
  app.get("/api/keys", {
    schema: {
      operationId: "listKeys",
      tags: ["Access"],
      summary: "One's own API keys",
      description: "Newest first, without those that were revoked. What opens anything is not told again.",
      response: { 200: dataAnswer("All of them.", keyListSchema) },
    },
    config: { access: "account" },
    handler: async (request) => {
      const all = await keys.list(principalOf(request).id);
      return success({ keys: all.map(toKey) });
    },
  });
}

function createRoute(app: App, { keys, clock }: KeyServices): void {
  app.post("/api/keys", {
    schema: {
      operationId: "createKey",
      tags: ["Access"],
      summary: "Make an API key",
      description:
        "For a program that acts for whoever makes it. The key is in this answer and nowhere else: only its hash is kept.",
      body: newKeyBody,
      response: {
        201: dataAnswer("It is there.", madeKeySchema),
        ...failures({ 409: "There are as many as one may have." }),
      },
    },
    config: {
      access: "account",
      invalid: { "body.scopes": "INVALID_SCOPES", "body.limits": "INVALID_LIMITS" },
    },
    handler: async (request, reply) => {
      const principal = principalOf(request);
      const { name, scopes, expiresAt, limits } = request.body;
      if (scopes.includes("admin") && !administers(principal))
        throw new HttpError(403, "FORBIDDEN", "Only who administers the server can make such a key.");
      if (expiresAt !== undefined && expiresAt <= clock.wallTime())
        throw new HttpError(400, "INVALID_EXPIRY", "body.expiresAt: is in the past");
      const quotas = toQuotas(limits);
      const made = await keys.make(principal.id, {
        name,
        scopes,
        expiresAt,
        limits: quotas,
      });
      if (!made)
        throw new HttpError(
          409,
          "TOO_MANY_KEYS",
          `There are ${mostKeys} keys; revoke one that is not needed.`,
        );
      reply.code(201);
      return success({ ...toKey(made.key), key: made.token });
    },
  });
}

function revokeRoute(app: App, { keys }: KeyServices): void {
  app.delete("/api/keys/:id", {
    schema: {
      operationId: "revokeKey",
      tags: ["Access"],
      summary: "Revoke an API key",
      description:
        "At once; tokens for browsers that were made with it go with it, and its live sessions within seconds.",
      params: keyParams,
      response: {
        200: dataAnswer("It opens nothing any more.", revokedKeySchema),
        ...failures({ 404: "There is no such key, it is not one's own, or it is revoked already." }),
      },
    },
    config: { access: "account", invalid: { "params.id": "INVALID_KEY_ID" } },
    handler: async (request) => {
      const { id } = request.params;
      if (!(await keys.revoke(id, principalOf(request).id)))
        throw new HttpError(404, "KEY_NOT_FOUND", "There is no such key of yours.");
      return success({ id, revoked: true as const });
    },
  });
}
