/** Brings the tables up to date at the start, one node at a time. */
import { fileURLToPath } from "node:url";
import { type MigrationMeta, readMigrationFiles } from "drizzle-orm/migrator";
import type pg from "pg";
import { sqlState } from "../failures.ts";
import type { StoreLog } from "../log.ts";

const migrationsFolder = fileURLToPath(new URL("migrations", import.meta.url));

/** Id of the advisory lock; no other lock in this database has it. */
const lock = 5_858_310_417;
/** SQLSTATE of a lock that was not to be had within `lock_timeout`. */
const lockNotAvailable = "55P03";

/**
 * Begins a migration. The lock is the transaction's and ends with it: one of the session would stay with the connection,
 * which a pooler keeps. A holder that stands still loses it after a minute. Nothing here outlasts the transaction.
 */
const begin = `begin;
  set local lock_timeout = '5s';
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = '60s'`;

const createRecords = `create schema if not exists kuku;
  create table if not exists kuku.migrations (id serial primary key, hash text not null, created_at bigint)`;

/**
 * Applies the migrations that are missing, all or none. Nodes that start together wait for each other, and the log says
 * so every five seconds.
 * @throws the database's error
 */
export async function migrateDatabase(client: pg.Client, log: StoreLog): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder });
  for (;;) {
    try {
      return await applyMissing(client, migrations);
    } catch (error) {
      if (sqlState(error) !== lockNotAvailable) throw error;
      await client.query("rollback");
      log.warn({}, "migration waits: another process migrates, or uses the tables; trying again");
    }
  }
}

async function applyMissing(client: pg.Client, migrations: readonly MigrationMeta[]): Promise<void> {
  await client.query(begin);
  await client.query("select pg_advisory_xact_lock($1)", [lock]);
  await client.query(createRecords);
  const { rows } = await client.query<{ last: string | null }>(
    "select max(created_at) as last from kuku.migrations",
  );
  const last = Number(rows[0]?.last ?? 0);
  for (const { sql, hash, folderMillis } of migrations) {
    if (folderMillis <= last) continue;
    for (const statement of sql) await client.query(statement);
    await client.query("insert into kuku.migrations (hash, created_at) values ($1, $2)", [
      hash,
      folderMillis,
    ]);
  }
  await client.query("commit");
}
