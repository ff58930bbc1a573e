/** Administrators' queries about accounts, keys and usage. */
import { and, asc, desc, eq, getTableColumns, gte, inArray, isNull, lte, or, sql, sum } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import type { Database } from "../database.ts";
import { allWithStoreErrors } from "../failures.ts";
import { plainText } from "../journal/plain-json.ts";
import type { Page } from "../records.ts";
import { apiKeys, signIns, usageDays, users } from "../schema/accounts-schema.ts";
import { sessions } from "../schema/schema.ts";
import type { KeyRecord as StoredKey } from "./key-queries.ts";
import { fromCursor, present, type Queries, toPage } from "./rows.ts";
import type { UsageQuery, UsageSums } from "./usage-queries.ts";

/** An account as an administrator sees it. Times are wall-clock ms. */
export interface UserRecord {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly role: "user" | "admin";
  readonly blocked: boolean;
  readonly blockReason?: string;
  readonly createdAt: number;
}

export interface UserCounts {
  /** Valid sign-ins. */
  readonly signIns: number;
  /** Keys that are neither revoked nor expired. */
  readonly keys: number;
  /** Stored conversations. */
  readonly sessions: number;
}

/** A key as an administrator sees it, without its limits. */
type KeyRecord = Omit<StoredKey, "limits">;

interface PageQuery {
  /** 1–100. */
  readonly limit: number;
  /** `next` of the previous page. */
  readonly cursor?: string;
}

/** Every method throws StoreError where the database cannot be reached. */
export interface AdminQueries {
  /** Lists users, newest first; `email`: part of their address; `search`: part of their address or name. */
  listUsers(
    query: PageQuery & { readonly email?: string; readonly search?: string },
  ): Promise<Page<UserRecord>>;
  /** Names and addresses of those of the ids that have an account. */
  namesOf(ids: readonly string[]): Promise<readonly Pick<UserRecord, "id" | "name" | "email">[]>;
  findUser(id: string, now: number): Promise<(UserRecord & UserCounts) | undefined>;
  /** Blocks a user and deletes all sign-ins. False: there is no such user. */
  blockUser(id: string, reason: string | undefined): Promise<boolean>;
  unblockUser(id: string): Promise<boolean>;
  setRole(id: string, role: UserRecord["role"]): Promise<boolean>;
  /** Newest first. */
  listKeys(query: PageQuery & { readonly ownerId?: string }): Promise<Page<KeyRecord>>;
  findKey(id: string): Promise<KeyRecord | undefined>;
  /** Revokes a key; the time of an earlier revocation stays. */
  revokeKey(id: string, at: number): Promise<void>;
  /** Oldest day first; `owners`: number of users with usage. Days without usage are left out. */
  usageByDay(
    query: UsageQuery,
  ): Promise<readonly (UsageSums & { readonly day: string; readonly owners: number })[]>;
  /** Highest cost first, then most tokens, then most audio. */
  usageByOwner(
    query: UsageQuery & { readonly limit: number },
  ): Promise<readonly (UsageSums & { readonly ownerId: string })[]>;
}

/** Opens the queries on the store's database. */
export function openAdminQueries(database: Database): AdminQueries {
  const db = drizzle(database.pool);
  return allWithStoreErrors<AdminQueries>({
    listUsers: (query) => listUsers(db, query),
    async namesOf(ids) {
      const { id, name, email } = users;
      return db
        .select({ id, name, email })
        .from(users)
        .where(inArray(id, [...ids]));
    },
    findUser: (id, now) => findUser(db, id, now),
    blockUser: (id, reason) => block(db, id, reason),
    unblockUser: (id) => change(db, id, { banned: false, banReason: null, banExpires: null }),
    setRole: (id, role) => change(db, id, { role }),
    listKeys: (query) => listKeys(db, query),
    async findKey(id) {
      const [row] = await db.select(keyColumns).from(apiKeys).where(eq(apiKeys.id, id));
      return row && present(row);
    },
    async revokeKey(id, at) {
      const revokedAt = Math.round(at);
      const isUnrevoked = and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt));
      await db.update(apiKeys).set({ revokedAt }).where(isUnrevoked);
    },
    async usageByDay(query) {
      const { day, ownerId } = usageDays;
      return db
        .select({ day, owners: sql<number>`count(distinct ${ownerId})::integer`, ...sums })
        .from(usageDays)
        .where(usageWhere(query))
        .groupBy(day)
        .orderBy(asc(day));
    },
    async usageByOwner({ limit, ...query }) {
      const { ownerId, cost, inputTokens, outputTokens, audioSeconds } = usageDays;
      const tokens = sql`sum(${inputTokens} + ${outputTokens})`;
      return db
        .select({ ownerId, ...sums })
        .from(usageDays)
        .where(usageWhere(query))
        .groupBy(ownerId)
        .orderBy(desc(sum(cost)), desc(tokens), desc(sum(audioSeconds)), asc(ownerId))
        .limit(limit);
    },
  });
}

const { hash: _hash, limits: _limits, ...keyColumns } = getTableColumns(apiKeys);

/** Sum as a double: PostgreSQL's own sums are of wider types. */
const total = (column: AnyPgColumn) => sql<number>`sum(${column})::double precision`;
const sums = {
  sessions: total(usageDays.sessions),
  turns: total(usageDays.turns),
  audioSeconds: total(usageDays.audioSeconds),
  inputTokens: total(usageDays.inputTokens),
  outputTokens: total(usageDays.outputTokens),
  characters: total(usageDays.characters),
  cost: total(usageDays.cost),
};

function usageWhere({ from, to, ownerId }: UsageQuery) {
  return and(
    gte(usageDays.day, from),
    lte(usageDays.day, to),
    ownerId === undefined ? undefined : eq(usageDays.ownerId, ownerId),
  );
}

/** Microseconds since the epoch, the database's own resolution, so that pages neither overlap nor leave gaps. */
const madeAt = sql<string>`(extract(epoch from ${users.createdAt}) * 1000000)::bigint`;

const userColumns = {
  id: users.id,
  name: users.name,
  email: users.email,
  emailVerified: users.emailVerified,
  role: users.role,
  blocked: users.banned,
  blockReason: users.banReason,
  createdAt: users.createdAt,
};

type UserRow = Pick<typeof users.$inferSelect, "id" | "name" | "email" | "emailVerified" | "role"> & {
  readonly blocked: boolean;
  readonly blockReason: string | null;
  readonly createdAt: Date;
};

function toUser({ createdAt, role, ...row }: UserRow): UserRecord {
  return { ...present(row), role: role === "admin" ? "admin" : "user", createdAt: createdAt.getTime() };
}

/** Whether a column contains a text, upper and lower case alike; undefined: any. */
function contains(column: AnyPgColumn, text: string | undefined) {
  if (text === undefined) return undefined;
  return sql`position(${plainText(text).toLowerCase()} in lower(${column})) > 0`;
}

async function listUsers(
  db: Queries,
  { email, search, limit, cursor }: Parameters<AdminQueries["listUsers"]>[0],
): Promise<Page<UserRecord>> {
  const after = fromCursor(cursor, 2);
  const rows = await db
    .select({ ...userColumns, madeAt })
    .from(users)
    .where(
      and(
        contains(users.email, email),
        search === undefined ? undefined : or(contains(users.email, search), contains(users.name, search)),
        after && sql`(${madeAt}, ${users.id}) < (${after[0]}, ${after[1]})`,
      ),
    )
    .orderBy(desc(users.createdAt), desc(users.id))
    .limit(limit + 1);
  return toPage(rows, limit, {
    toEntry: ({ madeAt: _, ...row }) => toUser(row),
    keys: ({ madeAt, id }) => [Number(madeAt), id],
  });
}

/** Qualified id: the query builder omits table names in queries of a single table. */
const userId = sql.raw('"users"."id"');

async function findUser(db: Queries, id: string, now: number) {
  const [row] = await db
    .select({
      ...userColumns,
      signIns: sql<number>`(select count(*)::integer from ${signIns}
        where ${signIns.userId} = ${userId} and ${signIns.expiresAt} > to_timestamp(${now / 1000}::double precision))`,
      keys: sql<number>`(select count(*)::integer from ${apiKeys} where ${apiKeys.ownerId} = ${userId}
        and ${apiKeys.revokedAt} is null and coalesce(${apiKeys.expiresAt} > ${Math.round(now)}, true))`,
      sessions: sql<number>`(select count(*)::integer from ${sessions} where ${sessions.ownerId} = ${userId})`,
    })
    .from(users)
    .where(eq(users.id, id));
  if (!row) return undefined;
  const { signIns: places, keys, sessions: stored, ...user } = row;
  return { ...toUser(user), signIns: places, keys, sessions: stored };
}

/** Blocks a user in one statement, so that none is blocked and still signed in. */
async function block(db: Queries, id: string, reason: string | undefined): Promise<boolean> {
  const out = db
    .$with("out")
    .as(db.delete(signIns).where(eq(signIns.userId, id)).returning({ id: signIns.id }));
  const banReason = reason === undefined ? null : plainText(reason);
  const blocked = await db
    .with(out)
    .update(users)
    .set({ banned: true, banReason, banExpires: null, updatedAt: sql`now()` })
    .where(eq(users.id, id))
    .returning({ id: users.id });
  return blocked.length > 0;
}

async function change(db: Queries, id: string, set: Partial<typeof users.$inferInsert>): Promise<boolean> {
  const changed = await db
    .update(users)
    .set({ ...set, updatedAt: sql`now()` })
    .where(eq(users.id, id))
    .returning({ id: users.id });
  return changed.length > 0;
}

async function listKeys(
  db: Queries,
  { ownerId, limit, cursor }: Parameters<AdminQueries["listKeys"]>[0],
): Promise<Page<KeyRecord>> {
  const after = fromCursor(cursor, 2);
  const rows = await db
    .select(keyColumns)
    .from(apiKeys)
    .where(
      and(
        ownerId === undefined ? undefined : eq(apiKeys.ownerId, ownerId),
        after && sql`(${apiKeys.createdAt}, ${apiKeys.id}) < (${after[0]}, ${after[1]})`,
      ),
    )
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit + 1);
  return toPage(rows, limit, {
    toEntry: (row) => present(row),
    keys: ({ createdAt, id }) => [createdAt, id],
  });
}
