/** Which indexes the database goes by for what the store asks. */
import pg from "pg";

interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/** The queries that `work` sends. */
export async function watchStatements(work: () => Promise<unknown>): Promise<Statement[]> {
  const seen: Statement[] = [];
  const query = pg.Client.prototype.query;
  const watched = function (this: pg.Client, ...args: unknown[]): unknown {
    const [config, values] = args as [string | { text: string }, unknown[] | undefined];
    const text = typeof config === "string" ? config : config.text;
    const given = values ?? (config as { values?: unknown[] }).values ?? [];
    if (/^\s*(with|select)/i.test(text)) seen.push({ text, values: Array.isArray(given) ? given : [] });
    return Reflect.apply(query, this, args);
  };
  pg.Client.prototype.query = watched as typeof query;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = query;
  }
  return seen;
}

/** The names of the indexes in the statements' plans as they ran, and the tables read from end to end. */
export async function usedIndexes(pool: pg.Pool, statements: readonly Statement[]): Promise<string[]> {
  const names = new Set<string>();
  for (const { text, values } of statements) {
    const { rows } = await pool.query<{ "QUERY PLAN": string }>(`explain (analyze) ${text}`, values);
    for (const row of rows) {
      const line = row["QUERY PLAN"];
      const index = line.match(/Index (?:Only )?Scan(?: Backward)? (?:using|on) (\w+)/)?.[1];
      if (index) names.add(index);
      const table = line.match(/Seq Scan on (\w+)/)?.[1];
      if (table) names.add(`all of ${table}`);
    }
  }
  return [...names].sort();
}
