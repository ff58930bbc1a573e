/** The way into the database: one pool of `pg`, whether PostgreSQL answers at its end or PGlite in a thread of ours. */
import pg from "pg";
import type { CancelTimer, Clock } from "../lib/clock.ts";
import { sleep } from "../lib/clock.ts";
import { settlesWithin } from "../lib/timeout.ts";
import { type Embedded, startEmbedded } from "./embedded/engine.ts";
import type { StoreLimits } from "./limits.ts";
import type { StoreLog } from "./log.ts";
import { migrateDatabase } from "./schema/migrate.ts";
import { StoreError } from "./store.ts";

export interface Database {
  readonly pool: pg.Pool;
  /** PGlite: there is one connection, which nobody may hold while asking for a second. */
  readonly embedded: boolean;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Of a PostgreSQL; without it PGlite keeps the data in `<dataDir>/database`. */
  readonly databaseUrl?: string;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: StoreLog;
  readonly limits: StoreLimits;
}

/**
 * Opens the database and brings its tables up to date.
 * @throws StoreError when it cannot be reached within `startMs`, or another process uses the folder.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, dataDir, clock, log, limits } = options;
  const embedded = databaseUrl ? undefined : await startEmbedded({ dataDir, clock, log });
  const config: pg.PoolConfig = {
    ...(embedded ? embedded.connection : { connectionString: databaseUrl }),
    application_name: "kuku",
    keepAlive: true,
    connectionTimeoutMillis: limits.databaseTimeoutMs,
  };
  try {
    await untilMigrated(config, options);
  } catch (error) {
    await embedded?.stop();
    throw error;
  }
  const pool = new pg.Pool({
    ...config,
    // PGlite has one session, which its socket lends to one connection at a time: more of them would only wait there,
    // where no timeout of ours tells a queue from a hang.
    max: embedded ? 1 : limits.connections,
    query_timeout: limits.databaseTimeoutMs,
    ...(!embedded && {
      statement_timeout: limits.databaseTimeoutMs,
      idle_in_transaction_session_timeout: limits.databaseTimeoutMs,
    }),
  });
  // A connection in use tells whoever uses it; without a listener it would end the process, too.
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("error", (error) => log.warn({ error: error.message }, "an idle database connection was lost"));
  const stopWatch = embedded && watchOver(pool, embedded, options);
  return {
    pool,
    embedded: embedded !== undefined,
    async close() {
      stopWatch?.();
      if (!(await settlesWithin(clock, limits.closeMs, pool.end())))
        log.warn({}, "the database does not let go; its connections are left");
      await embedded?.stop();
    },
  };
}

/** PGlite may hang where a PostgreSQL would lose one connection: nobody else ends its thread. */
function watchOver(pool: pg.Pool, embedded: Embedded, options: DatabaseOptions): () => void {
  const { clock, limits, log } = options;
  let failures = 0;
  let cancel: CancelTimer = () => {};
  let stopped = false;
  const look = async () => {
    try {
      await pool.query("select 1");
      failures = 0;
    } catch (error) {
      if (!stopped && ++failures >= 2) {
        log.error({ error: String(error) }, "the embedded database does not answer; it is begun again");
        failures = 0;
        await embedded.restart();
      }
    }
    next();
  };
  const next = () => {
    if (!stopped) cancel = clock.after(limits.watchMs, () => void look());
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
}

/** Migrates, waiting for a database that is still starting. */
async function untilMigrated(config: pg.ClientConfig, options: DatabaseOptions): Promise<void> {
  const { clock, limits, log } = options;
  const until = clock.now() + limits.startMs;
  for (let pause = limits.retryFirstMs; ; pause = Math.min(2 * pause, limits.retryMostMs)) {
    try {
      return await migrateDatabase(config);
    } catch (error) {
      if (clock.now() + pause > until)
        throw new StoreError("the database cannot be opened", { cause: error });
      log.warn({ error: String(error) }, "the database cannot be reached yet");
      await sleep(clock, pause);
    }
  }
}
