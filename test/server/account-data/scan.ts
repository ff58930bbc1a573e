/** Looks for words wherever they could be left: in every byte of a data folder, and in every row of every table. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";

/**
 * How a word may stand in a file: as it is, as UTF-16, within base64 wherever it begins, and as PostgreSQL compresses
 * long values, with a byte of its own between any eight of the word's.
 */
function shapesOf(word: string): RegExp[] {
  const plain = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.from(`${"\0".repeat(before)}${word}`)
      .toString("base64")
      .replace(/=+$/, "");
    // What the bytes before and behind it have a part in is left out.
    return plain(text.slice(before === 0 ? 0 : before + 1, -1));
  });
  return [
    new RegExp([...word].map(plain).join("[\\s\\S]?"), "i"),
    new RegExp(plain(Buffer.from(word, "utf16le").toString("latin1")), "i"),
    new RegExp(base64.join("|")),
  ];
}

/** What is looked for: a word, or bytes as they are. */
export type Trace = string | Buffer;

/** The files below `folder` in which each of the traces is found, in their contents or in their names. */
export async function filesWithEach(folder: string, traces: readonly Trace[]): Promise<string[][]> {
  const shapes = traces.map((trace) => (typeof trace === "string" ? shapesOf(trace) : []));
  const found = traces.map((): string[] => []);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // A recording under way has files that come and go.
    const bytes = await readFile(path).catch(() => undefined);
    if (!bytes) continue;
    const text = `${entry.name}\n${bytes.toString("latin1")}`;
    for (const [index, trace] of traces.entries())
      if (
        typeof trace === "string" ? shapes[index]?.some((shape) => shape.test(text)) : bytes.includes(trace)
      )
        found[index]?.push(path.slice(folder.length + 1));
  }
  return found;
}

/** The files in which any of them is found. */
export async function filesWith(folder: string, traces: readonly Trace[]): Promise<string[]> {
  return [...new Set((await filesWithEach(folder, traces)).flat())].sort();
}

/** The tables of every schema that is ours in which the word is found. */
export async function tablesWith(pool: pg.Pool, word: string): Promise<string[]> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await pool.query(
      `select from ${name} t where strpos(lower(t::text), $1) > 0 limit 1`,
      [word],
    );
    if (rowCount) found.push(name);
  }
  return found;
}

/** The tables of which the catalogue notes the word among frequent values. */
export async function notesWith(pool: pg.Pool, word: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select distinct format('%I.%I', schemaname, tablename) as name from pg_stats t
      where strpos(lower(t::text), $1) > 0 order by 1`,
    [word],
  );
  return rows.map(({ name }) => name);
}
