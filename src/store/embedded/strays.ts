/** Orphaned files of the embedded database, left by a killed process in the middle of a write. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";

/** `16384`, `16384_fsm`, `16384.1`; with a `t…_` before it, a temporary table's. */
const relationFile = /^(t\d+_)?(\d+)(_[a-z]+)?(\.\d+)?$/;

/** Removes the files that belong to no table; to be called before the database is used. `folder`: the database's. */
export async function removeStrays(db: PGlite, folder: string): Promise<void> {
  const { rows } = await db.query<{ database: number; files: number[] }>(
    `select (select oid::int from pg_database where datname = current_database()) as database,
      array(select pg_relation_filenode(oid)::int from pg_class where pg_relation_filenode(oid) is not null) as files`,
  );
  const [found] = rows;
  if (!found) return;
  const known = new Set(found.files);
  const place = join(folder, "base", String(found.database));
  for (const name of await readdir(place)) {
    const [, temporary, file] = relationFile.exec(name) ?? [];
    if (file === undefined || (temporary === undefined && known.has(Number(file)))) continue;
    await rm(join(place, name), { force: true });
  }
}
