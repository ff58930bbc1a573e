/** Tables of access: accounts as better-auth keeps them, keys, usage, limits, audit and directives between nodes. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  primaryKey,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import { kuku } from "./kuku-schema.ts";

const time = (name: string) => bigint(name, { mode: "number" });
/** A time as better-auth gives and takes it. */
const date = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

export const users = kuku.table("users", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull().unique(),
  emailVerified: boolean("email_verified").notNull().default(false),
  image: text("image"),
  role: text("role").notNull().default("user"),
  /** Whether access is blocked. */
  banned: boolean("banned").notNull().default(false),
  banReason: text("ban_reason"),
  banExpires: date("ban_expires"),
  createdAt: date("created_at").notNull().defaultNow(),
  updatedAt: date("updated_at").notNull().defaultNow(),
});

const user = () =>
  text("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

/** Sign-ins of users; not to be confused with the conversations of `sessions`. */
export const signIns = kuku.table(
  "sign_ins",
  {
    id: text("id").primaryKey(),
    token: text("token").notNull().unique(),
    userId: user(),
    expiresAt: date("expires_at").notNull(),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    impersonatedBy: text("impersonated_by"),
    createdAt: date("created_at").notNull().defaultNow(),
    updatedAt: date("updated_at").notNull().defaultNow(),
  },
  (table) => [index("sign_ins_user").on(table.userId)],
);

/** Credentials for signing in: here a password hash. */
export const credentials = kuku.table(
  "credentials",
  {
    id: text("id").primaryKey(),
    accountId: text("account_id").notNull(),
    providerId: text("provider_id").notNull(),
    userId: user(),
    accessToken: text("access_token"),
    refreshToken: text("refresh_token"),
    idToken: text("id_token"),
    accessTokenExpiresAt: date("access_token_expires_at"),
    refreshTokenExpiresAt: date("refresh_token_expires_at"),
    scope: text("scope"),
    password: text("password"),
    createdAt: date("created_at").notNull().defaultNow(),
    updatedAt: date("updated_at").notNull().defaultNow(),
  },
  (table) => [index("credentials_user").on(table.userId)],
);

/** Mailed links, until they are used or expire. */
export const verifications = kuku.table(
  "verifications",
  {
    id: text("id").primaryKey(),
    identifier: text("identifier").notNull(),
    value: text("value").notNull(),
    expiresAt: date("expires_at").notNull(),
    createdAt: date("created_at").notNull().defaultNow(),
    updatedAt: date("updated_at").notNull().defaultNow(),
  },
  (table) => [
    index("verifications_identifier").on(table.identifier),
    index("verifications_expiry").on(table.expiresAt),
  ],
);

export const apiKeys = kuku.table(
  "api_keys",
  {
    id: text("id").primaryKey(),
    ownerId: text("owner_id").notNull(),
    name: text("name").notNull(),
    /** First characters of the key, for recognition. */
    prefix: text("prefix").notNull(),
    /** SHA-256 (hex) of the whole key. */
    hash: text("hash").notNull().unique(),
    scopes: text("scopes").array().notNull(),
    /** The key's own limits, below those of its owner. */
    limits: jsonb("limits").$type<Record<string, number>>(),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at"),
    revokedAt: time("revoked_at"),
    lastUsedAt: time("last_used_at"),
  },
  (table) => [index("api_keys_owner").on(table.ownerId, table.createdAt)],
);

/** Usage by day (UTC), owner and API key (empty: none). */
export const usageDays = kuku.table(
  "usage_days",
  {
    day: text("day").notNull(),
    ownerId: text("owner_id").notNull(),
    keyId: text("key_id").notNull().default(""),
    sessions: integer("sessions").notNull().default(0),
    turns: integer("turns").notNull().default(0),
    /** Input audio. */
    audioSeconds: doublePrecision("audio_seconds").notNull().default(0),
    inputTokens: bigint("input_tokens", { mode: "number" }).notNull().default(0),
    outputTokens: bigint("output_tokens", { mode: "number" }).notNull().default(0),
    characters: bigint("characters", { mode: "number" }).notNull().default(0),
    /** In the currency of the configured prices. */
    cost: doublePrecision("cost").notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.day, table.ownerId, table.keyId] }),
    index("usage_days_owner").on(table.ownerId, table.day),
  ],
);

/** Counters in the layout of rate-limiter-flexible. */
export const rateLimits = kuku.table(
  "rate_limits",
  {
    key: text("key").primaryKey(),
    points: bigint("points", { mode: "number" }).notNull().default(0),
    expire: bigint("expire", { mode: "number" }),
  },
  (table) => [index("rate_limits_expire").on(table.expire)],
);

/** Audit log of administrators' actions. */
export const audit = kuku.table(
  "audit",
  {
    id: text("id").primaryKey(),
    at: time("at").notNull(),
    /** The administrator. */
    actorId: text("actor_id").notNull(),
    /** Action, such as `session.read`. */
    action: text("action").notNull(),
    /** Owner of the target. */
    ownerId: text("owner_id"),
    /** Object of the action, such as a session's id. */
    target: text("target"),
    detail: jsonb("detail"),
  },
  (table) => [index("audit_at").on(table.at, table.id), index("audit_owner").on(table.ownerId, table.at)],
);

/** Directives from one node to another, carried out in order and then marked as done. */
export const directives = kuku.table(
  "directives",
  {
    id: text("id").primaryKey(),
    nodeId: text("node_id").notNull(),
    at: time("at").notNull(),
    /** Plain JSON. */
    directive: jsonb("directive").notNull(),
    doneAt: time("done_at"),
    outcome: jsonb("outcome"),
  },
  (table) => [index("directives_open").on(table.nodeId, table.at).where(sql`${table.doneAt} is null`)],
);
