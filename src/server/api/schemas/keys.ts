/** API keys as requests name them and answers tell them. */
import { z } from "zod";
import type { KeyRecord } from "../../../store/queries/key-queries.ts";
import { type Scope, scopes } from "../../access/principal.ts";
import { timeSchema, toTime } from "../../http/common-schemas.ts";
import { quotasSchema } from "./quotas.ts";

const exampleId = "key_0198c1f26c3e7d419a573f1f2a9b8c7d";

const scopesSchema = z
  .array(z.enum(scopes))
  .min(1)
  .max(scopes.length)
  .refine((given) => new Set(given).size === given.length, "has one of them twice");

export const keyParams = z.object({
  id: z
    .string()
    .regex(/^key_[0-9a-f]{32}$/, "is no key's id")
    .meta({ description: "Names a key.", examples: [exampleId] }),
});

export const newKeyBody = z
  .strictObject({
    name: z.string().trim().min(1).max(100).meta({ description: "To tell it by; what it is for." }),
    scopes: scopesSchema.default(["read", "talk"]).meta({
      description:
        "`read`: look at what is one's own; `talk`: sessions, messages, ratings, tokens for browsers; `erase`: DELETE; `admin`: all of /api/admin, for those who administer the server.",
    }),
    expiresAt: z.iso
      .datetime({ offset: true })
      .transform((text) => Date.parse(text))
      .optional()
      .meta({ description: "Default: good until it is revoked." }),
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

export const keySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string().meta({ description: "How the key begins." }),
    scopes: z.array(z.enum(scopes)),
    limits: z.record(z.string(), z.number()).optional(),
    createdAt: timeSchema,
    expiresAt: timeSchema.optional(),
    lastUsedAt: timeSchema.optional().meta({ description: "To the minute." }),
  })
  .meta({ id: "Key", examples: [exampleKey] });

export const keyListSchema = z
  .object({ keys: z.array(keySchema) })
  .meta({ id: "KeyList", examples: [{ keys: [exampleKey] }] });

export const madeKeySchema = keySchema
  .extend({ key: z.string().meta({ description: "The key itself. It is shown this once." }) })
  .meta({
    id: "MadeKey",
    examples: [{ ...exampleKey, key: "kk_3f786850e387_fdab836ed7e6dc881de23001b3f786850e387550" }],
  });

export const revokedKeySchema = z
  .object({ id: z.string(), revoked: z.literal(true) })
  .meta({ id: "RevokedKey", examples: [{ id: exampleId, revoked: true }] });

/** A stored key as answers tell it. */
export function toKey(record: KeyRecord): z.input<typeof keySchema> {
  const { id, name, prefix, limits, createdAt, expiresAt, lastUsedAt } = record;
  return {
    id,
    name,
    prefix,
    scopes: record.scopes as Scope[],
    ...(limits && { limits: { ...limits } }),
    createdAt: toTime(createdAt),
    ...(expiresAt !== undefined && { expiresAt: toTime(expiresAt) }),
    ...(lastUsedAt !== undefined && { lastUsedAt: toTime(lastUsedAt) }),
  };
}
