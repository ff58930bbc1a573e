/** Accounts and keys as an administrator sees them. */
import { z } from "zod";
import type { KeyRecord, UserCounts, UserRecord } from "../../../../store/queries/admin-queries.ts";
import { nextSchema, pageQuery, timeSchema, toTime } from "../../../http/common-schemas.ts";
import { exampleOwner, nameSchema } from "../../../operations/live-schemas.ts";

const exampleKey = "key_0198c1f26c3e7d419a573f1f2a9b8c72";
const exampleUser = {
  id: exampleOwner,
  name: "Ann Example",
  email: "ann@example.org",
  emailVerified: true,
  role: "user" as const,
  blocked: false,
  createdAt: "2026-11-01T08:00:00.000Z",
};

export const userParams = z.object({ id: nameSchema.meta({ examples: [exampleOwner] }) });
export const keyParams = z.object({ id: nameSchema.meta({ examples: [exampleKey] }) });

export const usersQuery = pageQuery.extend({
  email: z.string().min(1).max(320).optional().meta({ description: "Part of the address." }),
});

const userSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    emailVerified: z.boolean(),
    role: z.enum(["user", "admin"]),
    blocked: z.boolean().meta({ description: "May not come in any more." }),
    blockReason: z.string().optional(),
    createdAt: timeSchema,
  })
  .meta({ id: "User", examples: [exampleUser] });

/** An account as answers tell it. */
export function toUser({ createdAt, ...user }: UserRecord): z.input<typeof userSchema> {
  return { ...user, createdAt: toTime(createdAt) };
}

export const userListSchema = z
  .object({ users: z.array(userSchema), next: nextSchema })
  .meta({ id: "UserList", examples: [{ users: [exampleUser] }] });

export const oneUserSchema = userSchema
  .extend({
    signIns: z.int().meta({ description: "Places where they are signed in." }),
    keys: z.int().meta({ description: "Keys of theirs that work." }),
    sessions: z.int().meta({ description: "Conversations that are stored." }),
  })
  .meta({ id: "OneUser", examples: [{ ...exampleUser, signIns: 1, keys: 0, sessions: 12 }] });

/** One account, looked at by itself. */
export function toOneUser(user: UserRecord & UserCounts): z.input<typeof oneUserSchema> {
  const { signIns, keys, sessions, ...record } = user;
  return { ...toUser(record), signIns, keys, sessions };
}

export const blockBody = z
  .strictObject({
    reason: z.string().trim().min(1).max(500).optional().meta({ description: "For other administrators." }),
  })
  .optional()
  .meta({ examples: [{ reason: "Shared their key." }] });

/** What came of it for what they had open. */
export const blockedSchema = z
  .object({
    id: z.string(),
    blocked: z.boolean(),
    ended: z.int().meta({ description: "Live sessions that were ended." }),
    silent: z
      .array(z.string())
      .meta({ description: "Nodes that did not say in time whether they ended theirs; they will." }),
  })
  .meta({ id: "Blocked", examples: [{ id: exampleOwner, blocked: true, ended: 1, silent: [] }] });

export const roleBody = z
  .strictObject({ role: z.enum(["user", "admin"]) })
  .meta({ id: "NewRole", examples: [{ role: "admin" }] });
export const roleSchema = z
  .object({ id: z.string(), role: z.enum(["user", "admin"]) })
  .meta({ id: "Role", examples: [{ id: exampleOwner, role: "admin" }] });

export const keysQuery = pageQuery.extend({
  ownerId: nameSchema.optional().meta({ description: "Only this user's." }),
});

const keySchema = z.object({
  id: z.string(),
  ownerId: z.string(),
  name: z.string(),
  prefix: z.string().meta({ description: "Its first characters, to tell it by." }),
  scopes: z.array(z.string()),
  createdAt: timeSchema,
  expiresAt: timeSchema.optional(),
  revokedAt: timeSchema.optional(),
  lastUsedAt: timeSchema.optional(),
});

/** A key as answers tell it. */
export function toKey(record: KeyRecord): z.input<typeof keySchema> {
  const { id, ownerId, name, prefix, scopes, createdAt, expiresAt, revokedAt, lastUsedAt } = record;
  return {
    id,
    ownerId,
    name,
    prefix,
    scopes: [...scopes],
    createdAt: toTime(createdAt),
    ...(expiresAt !== undefined && { expiresAt: toTime(expiresAt) }),
    ...(revokedAt !== undefined && { revokedAt: toTime(revokedAt) }),
    ...(lastUsedAt !== undefined && { lastUsedAt: toTime(lastUsedAt) }),
  };
}

export const keyListSchema = z.object({ keys: z.array(keySchema), next: nextSchema }).meta({
  id: "AllKeys",
  examples: [
    {
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
    },
  ],
});

export const revokedSchema = z
  .object({ id: z.string(), revoked: z.literal(true), ended: z.int(), silent: z.array(z.string()) })
  .meta({ id: "RevokedKey", examples: [{ id: exampleKey, revoked: true, ended: 0, silent: [] }] });
