/** Routes of one's own API keys: made, listed, revoked; by people alone, so that no key makes another. */
import type { Clock } from "../../lib/clock.ts";
import { type Keys, mostKeys } from "../access/api-keys/api-keys.ts";
import { administers } from "../access/principal.ts";
import { dataAnswer, failures, success } from "../http/envelope.ts";
import { principalOf } from "../http/route-access.ts";
import type { App } from "../http/typed-app.ts";
import { HttpError } from "../net/http-error.ts";
import {
  keyListSchema,
  keyParams,
  madeKeySchema,
  newKeyBody,
  revokedKeySchema,
  toKey,
} from "./schemas/keys.ts";
import { toQuotas } from "./schemas/quotas.ts";

export interface KeyServices {
  readonly keys: Pick<Keys, "make" | "list" | "revoke">;
  readonly clock: Clock;
}

/** `GET` and `POST /api/keys`, `DELETE /api/keys/{id}`. */
export function keyRoutes(app: App, services: KeyServices): void {
  const { keys } = services;
  app.route({
    method: "GET",
    url: "/api/keys",
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

  makeRoute(app, services);

  app.route({
    method: "DELETE",
    url: "/api/keys/:id",
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

function makeRoute(app: App, { keys, clock }: KeyServices): void {
  app.route({
    method: "POST",
    url: "/api/keys",
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
        ...(expiresAt !== undefined && { expiresAt }),
        ...(quotas && { limits: quotas }),
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
