/** Queries about API keys, and about the accounts that credentials belong to. */
import { and, desc, eq, getTableColumns, isNull, type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { Database } from "../database.ts";
import { allWithStoreErrors } from "../failures.ts";
import { plainText } from "../journal/plain-json.ts";
import { apiKeys, users } from "../schema/accounts-schema.ts";
import { present } from "./rows.ts";

/** A stored key, without its hash. Times are wall-clock ms. */
export interface KeyRecord {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  /** First characters of the key, for recognition. */
  readonly prefix: string;
  readonly scopes: readonly string[];
  /** The key's own limits, by the names of `Quotas`. */
  readonly limits?: Readonly<Record<string, number>>;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
}

/** Current state of an account. */
export interface Standing {
  /** Whether the account exists. */
  readonly known: boolean;
  readonly admin: boolean;
  /** Whether access is blocked. */
  readonly banned: boolean;
}

export interface FoundKey {
  readonly key: KeyRecord;
  readonly owner: Standing;
}

/** Every method throws StoreError where the database cannot be reached. `now`: wall-clock ms. */
export interface KeyQueries {
  /** Stores a key. False: the owner has `most` unrevoked keys already. */
  add(key: KeyRecord & { readonly hash: string }, most: number): Promise<boolean>;
  find(by: { readonly hash: string } | { readonly id: string }, now: number): Promise<FoundKey | undefined>;
  /** Reads an account's state; with `signInId`, known only while that sign-in exists. */
  standing(ownerId: string, now: number, signInId?: string): Promise<Standing>;
  /** Lists unrevoked keys, newest first. */
  list(ownerId: string): Promise<readonly KeyRecord[]>;
  /** Revokes a key of one owner, or without `ownerId` of any. Undefined: no such key, or revoked already. */
  revoke(id: string, at: number, ownerId?: string): Promise<KeyRecord | undefined>;
  /** Revokes all keys of an owner; returns their ids. */
  revokeAll(ownerId: string, at: number): Promise<readonly string[]>;
  used(id: string, at: number): Promise<void>;
  /** Returns those credentials that are no longer valid: revoked, expired, blocked or deleted. */
  ended(of: WaysIn, now: number): Promise<WaysIn>;
}

/** Credentials that live sessions depend on, by id. */
export interface WaysIn {
  readonly keys: readonly string[];
  readonly owners: readonly string[];
  readonly signIns: readonly string[];
}

/** Opens the queries on the store's database. */
export function openKeyQueries({ pool }: Database): KeyQueries {
  const db = drizzle(pool);
  const isUnrevoked = isNull(apiKeys.revokedAt);
  return allWithStoreErrors<KeyQueries>({
    add: (key, most) => add(db, key, most),
    find: (by, now) => find(db, by, now),
    standing: (ownerId, now, signInId) => standing(db, ownerId, now, signInId),
    async list(ownerId) {
      const rows = await db
        .select(keyColumns)
        .from(apiKeys)
        .where(and(eq(apiKeys.ownerId, ownerId), isUnrevoked))
        .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
      return rows.map(toKey);
    },
    async revoke(id, at, ownerId) {
      const own = ownerId === undefined ? undefined : eq(apiKeys.ownerId, ownerId);
      const [row] = await db
        .update(apiKeys)
        .set({ revokedAt: Math.round(at) })
        .where(and(eq(apiKeys.id, id), own, isUnrevoked))
        .returning(keyColumns);
      return row && toKey(row);
    },
    async revokeAll(ownerId, at) {
      const rows = await db
        .update(apiKeys)
        .set({ revokedAt: Math.round(at) })
        .where(and(eq(apiKeys.ownerId, ownerId), isUnrevoked))
        .returning({ id: apiKeys.id });
      return rows.map(({ id }) => id);
    },
    async used(id, at) {
      const lastUsedAt = Math.round(at);
      await db.update(apiKeys).set({ lastUsedAt }).where(eq(apiKeys.id, id));
    },
    ended: (of, now) => ended(db, of, now),
  });
}

type Db = ReturnType<typeof drizzle>;

const { hash: _hash, ...keyColumns } = getTableColumns(apiKeys);

function toKey(row: Omit<typeof apiKeys.$inferSelect, "hash">): KeyRecord {
  return present(row);
}

const moment = (now: number) => sql`to_timestamp(${now}::double precision / 1000)`;

const isBanned = (now: number): SQL =>
  sql`(${users.banned} and (${users.banExpires} is null or ${users.banExpires} > ${moment(now)}))`;

const standingOf = (now: number) => ({
  known: sql<boolean>`${users.id} is not null`,
  admin: sql<boolean>`coalesce(${users.role} = 'admin', false)`,
  banned: sql<boolean>`coalesce(${isBanned(now)}, false)`,
});

/** Counted and added in one statement. */
async function add(db: Db, key: KeyRecord & { readonly hash: string }, most: number): Promise<boolean> {
  const { limits = null, expiresAt = null } = key;
  const added = await db.execute(sql`
    insert into kuku.api_keys (id, owner_id, name, prefix, hash, scopes, limits, created_at, expires_at)
    select ${key.id}, ${key.ownerId}, ${plainText(key.name)}, ${key.prefix}, ${key.hash},
      array(select jsonb_array_elements_text(${JSON.stringify(key.scopes)}::jsonb)),
      ${limits === null ? null : JSON.stringify(limits)}::jsonb,
      ${Math.round(key.createdAt)}::bigint, ${expiresAt === null ? null : Math.round(expiresAt)}::bigint
    where (
      select count(*) from kuku.api_keys where owner_id = ${key.ownerId} and revoked_at is null
    ) < ${most}::integer`);
  return (added.rowCount ?? 0) > 0;
}

async function find(
  db: Db,
  by: Parameters<KeyQueries["find"]>[0],
  now: number,
): Promise<FoundKey | undefined> {
  const named = "hash" in by ? eq(apiKeys.hash, by.hash) : eq(apiKeys.id, by.id);
  const [row] = await db
    .select({ key: keyColumns, ...standingOf(now) })
    .from(apiKeys)
    .leftJoin(users, eq(users.id, apiKeys.ownerId))
    .where(named);
  if (!row) return undefined;
  const { key, ...owner } = row;
  return { key: toKey(key), owner };
}

async function standing(db: Db, ownerId: string, now: number, signInId?: string): Promise<Standing> {
  const signedIn =
    signInId === undefined
      ? undefined
      : sql`exists (select from kuku.sign_ins s where s.id = ${signInId} and s.user_id = ${users.id}
          and s.expires_at > ${moment(now)})`;
  const [row] = await db
    .select(standingOf(now))
    .from(users)
    .where(and(eq(users.id, ownerId), signedIn));
  return row ?? { known: false, admin: false, banned: false };
}

async function ended(db: Db, { keys, owners, signIns }: WaysIn, now: number): Promise<WaysIn> {
  const found = await db.execute<{ kind: string; id: string }>(sql`
    select 'key' as kind, named.id from jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb) as named(id)
    left join kuku.api_keys k on k.id = named.id
    where k.id is null or k.revoked_at is not null or k.expires_at <= ${Math.round(now)}::bigint
    union all
    select 'owner', named.id from jsonb_array_elements_text(${JSON.stringify(owners)}::jsonb) as named(id)
    left join ${users} on ${users.id} = named.id
    where ${users.id} is null or ${isBanned(now)}
    union all
    select 'sign-in', named.id from jsonb_array_elements_text(${JSON.stringify(signIns)}::jsonb) as named(id)
    left join kuku.sign_ins s on s.id = named.id
    where s.id is null or s.expires_at <= ${moment(now)}`);
  const of = (kind: string) => found.rows.filter((row) => row.kind === kind).map(({ id }) => id);
  return { keys: of("key"), owners: of("owner"), signIns: of("sign-in") };
}
