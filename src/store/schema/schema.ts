/**
 * The tables, for PGlite and PostgreSQL alike. After a change here `npx drizzle-kit generate` writes the migration.
 * Times are wall-clock milliseconds since the epoch, but for `nodes`, which goes by the database's own clock.
 */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  customType,
  doublePrecision,
  index,
  integer,
  jsonb,
  primaryKey,
  smallint,
  text,
  timestamp,
} from "drizzle-orm/pg-core";
import { kuku } from "./kuku-schema.ts";

const tsvector = customType<{ data: string }>({ dataType: () => "tsvector" });
const time = (name: string) => bigint(name, { mode: "number" });

export const nodes = kuku.table("nodes", {
  id: text("id").primaryKey(),
  /** By the database's clock, so that nodes need not agree on the time. */
  seenAt: timestamp("seen_at", { withTimezone: true }).notNull(),
  /** Published state for an administrator on another node; plain JSON, only while one watches. */
  live: jsonb("live"),
  /** Time until which an administrator watches. */
  watchedUntil: timestamp("watched_until", { withTimezone: true }),
});

export const sessions = kuku.table(
  "sessions",
  {
    id: text("id").primaryKey(),
    ownerId: text("owner_id").notNull(),
    /** The end user of the owner's application that it is of (see `SessionRecord.endUser`). */
    endUser: text("end_user"),
    persona: text("persona").notNull(),
    language: text("language").notNull(),
    status: text("status", { enum: ["active", "ended"] })
      .notNull()
      .default("active"),
    origin: text("origin", { enum: ["rest", "socket"] }).notNull(),
    type: text("type", { enum: ["realtime", "transcription"] })
      .notNull()
      .default("realtime"),
    stage: text("stage"),
    awaitingWrapUp: boolean("awaiting_wrap_up").notNull().default(false),
    messageCount: integer("message_count").notNull().default(0),
    recorded: boolean("recorded").notNull(),
    snapshot: jsonb("snapshot"),
    resumeHash: text("resume_hash"),
    /** The node that holds it live. */
    nodeId: text("node_id"),
    /** Number of its holders so far; writes under an earlier epoch are refused. */
    epoch: integer("epoch").notNull().default(1),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
    endedAt: time("ended_at"),
    endReason: text("end_reason"),
    rating: smallint("rating"),
    feedback: text("feedback"),
  },
  (table) => [
    index("sessions_owner").on(table.ownerId, table.createdAt, table.id),
    index("sessions_owner_status").on(table.ownerId, table.status, table.createdAt, table.id),
    index("sessions_end_user")
      .on(table.ownerId, table.endUser, table.createdAt, table.id)
      .where(sql`${table.endUser} is not null`),
    index("sessions_resume").on(table.resumeHash).where(sql`${table.resumeHash} is not null`),
    // Used for idle sessions as well: an index on `updated_at` would be written with every change.
    index("sessions_active").on(table.createdAt).where(sql`${table.status} = 'active'`),
  ],
);

const session = () =>
  text("session_id")
    .notNull()
    .references(() => sessions.id, { onDelete: "cascade" });

export const items = kuku.table(
  "items",
  {
    sessionId: session(),
    id: text("id").notNull(),
    ownerId: text("owner_id").notNull(),
    position: doublePrecision("position").notNull(),
    role: text("role", { enum: ["user", "assistant", "system", "tool"] }).notNull(),
    text: text("text").notNull(),
    entry: jsonb("entry").notNull(),
    createdAt: time("created_at").notNull(),
    audioKey: text("audio_key"),
    /**
     * Search index: the words as src/store/queries/words.ts makes them, and the owner as one more word, so that the index
     * itself selects one owner's items.
     */
    words: tsvector("words").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sessionId, table.id] }),
    index("items_words").using("gin", table.words),
    index("items_owner").on(table.ownerId, table.createdAt, table.sessionId, table.id),
  ],
);

export const turns = kuku.table(
  "turns",
  {
    sessionId: session(),
    id: text("id").notNull(),
    itemId: text("item_id"),
    status: text("status").notNull(),
    at: time("at").notNull(),
    latency: jsonb("latency").$type<Record<string, number>>(),
    usage: jsonb("usage"),
    cost: doublePrecision("cost"),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.id] })],
);

export const deliveries = kuku.table(
  "deliveries",
  {
    sessionId: session(),
    itemId: text("item_id").notNull(),
    at: time("at").notNull(),
    metrics: jsonb("metrics").$type<Record<string, number>>().notNull(),
    contour: jsonb("contour"),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.itemId] })],
);

/** Readings of a drill that were judged; what is due again is worked out from them. */
export const readings = kuku.table(
  "readings",
  {
    sessionId: session(),
    itemId: text("item_id").notNull(),
    at: time("at").notNull(),
    language: text("language").notNull(),
    kind: text("kind", { enum: ["sentence", "minimal_pairs", "pacing", "prosody"] }).notNull(),
    text: text("text").notNull(),
    score: doublePrecision("score").notNull(),
    slips: jsonb("slips").$type<string[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.sessionId, table.itemId] })],
);

export const audio = kuku.table(
  "audio",
  {
    key: text("key").primaryKey(),
    sessionId: session(),
    kind: text("kind", { enum: ["reply", "recording", "upload"] }).notNull(),
    itemId: text("item_id"),
    contentType: text("content_type").notNull(),
    bytes: bigint("bytes", { mode: "number" }).notNull(),
    durationMs: doublePrecision("duration_ms"),
    createdAt: time("created_at").notNull(),
    expiresAt: time("expires_at"),
  },
  (table) => [
    index("audio_session").on(table.sessionId),
    index("audio_expiry").on(table.expiresAt).where(sql`${table.expiresAt} is not null`),
  ],
);

export const reports = kuku.table(
  "reports",
  {
    sessionId: session().primaryKey(),
    status: text("status", { enum: ["pending", "ready", "failed"] }).notNull(),
    text: text("text"),
    data: jsonb("data"),
    createdAt: time("created_at").notNull(),
    updatedAt: time("updated_at").notNull(),
  },
  (table) => [index("reports_pending").on(table.createdAt).where(sql`${table.status} = 'pending'`)],
);

export const actions = kuku.table(
  "actions",
  {
    id: text("id").primaryKey(),
    sessionId: session(),
    ownerId: text("owner_id").notNull(),
    text: text("text").notNull(),
    when: text("due"),
    createdAt: time("created_at").notNull(),
    doneAt: time("done_at"),
  },
  (table) => [
    index("actions_session").on(table.sessionId),
    index("actions_open").on(table.ownerId, table.createdAt).where(sql`${table.doneAt} is null`),
    index("actions_done").on(table.ownerId).where(sql`${table.doneAt} is not null`),
  ],
);
