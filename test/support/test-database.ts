/** Databases for the tests of one file, copied from the run's templates; see `global-setup.ts`. */
import { randomUUID } from "node:crypto";
import { cpSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { inject } from "vitest";

/**
 * Makes an empty database with all its tables (about 0.1 s); its URL.
 * @param of URL of the database that it copies, on the same server; default: the run's
 */
export async function testDatabase(of: string = inject("databaseTemplate")): Promise<string> {
  const url = new URL(of);
  const template = url.pathname.slice(1);
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  url.pathname = "/postgres";
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`create database ${name} template ${template}`);
  } finally {
    await client.end();
  }
  url.pathname = `/${name}`;
  return url.href;
}

/** Settings of a server with an empty PostgreSQL database and an empty data folder. */
export async function testStorage(): Promise<{ readonly DATABASE_URL: string; readonly DATA_DIR: string }> {
  return { DATABASE_URL: await testDatabase(), DATA_DIR: newFolder() };
}

/** Makes an empty folder, which goes with the run: servers that tests kill cannot remove theirs. */
const newFolder = () => mkdtempSync(join(inject("runFolder"), "data-"));

/** Makes a data folder with an empty embedded database, which is seconds faster than a new one. */
export function testDataDir(): string {
  const folder = newFolder();
  cpSync(inject("dataTemplate"), folder, { recursive: true });
  return folder;
}
