/** The database: pools of `pg` to a PostgreSQL, or one to PGlite in a worker thread. */
import pg from "pg";
import type { CancelTimer, Clock } from "../lib/clock.ts";
import { sleep } from "../lib/clock.ts";
import { settlesWithin } from "../lib/timeout.ts";
import { openCheckpoints } from "./embedded/checkpoints.ts";
import { type Embedded, startEmbedded } from "./embedded/engine.ts";
import { describeError, isOutage, sqlState } from "./failures.ts";
import type { StoreLimits } from "./limits.ts";
import type { StoreLog } from "./log.ts";
import { migrateDatabase } from "./schema/migrate.ts";
import { StoreError } from "./store.ts";

/**
 * Connections, each pool's bounded for itself, so that no request waits behind what is written in bulk. With PGlite, which
 * has one session, all are the same pool.
 */
export interface Database {
  /** Of whatever somebody waits for. */
  readonly pool: pg.Pool;
  /** Of the journals' batches, one at a time, and of the node's heartbeat. */
  readonly journalPool: pg.Pool;
  /** Of background work: jobs, reports of ended sessions, usage, vacuum. */
  readonly backgroundPool: pg.Pool;
  /** Whether it is PGlite, whose single connection must not be held while a second is asked for. */
  readonly embedded: boolean;
  /** Whether other nodes may use it: every PostgreSQL, and a PGlite that runs in another process. */
  readonly shared: boolean;
  /** Address of a PGlite; undefined: it is a PostgreSQL. */
  readonly embeddedAt?: Embedded["connection"] | undefined;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** URL of a PostgreSQL; default: PGlite, with its data in `<dataDir>/database`. */
  readonly databaseUrl?: string;
  /** Address of another process's PGlite; default: one is started. */
  readonly embeddedAt?: Embedded["connection"] | undefined;
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
  const started =
    databaseUrl || options.embeddedAt ? undefined : await startEmbedded({ dataDir, clock, log });
  const embeddedAt = started?.connection ?? options.embeddedAt;
  const embedded = embeddedAt !== undefined;
  const config: pg.PoolConfig = {
    ...(embeddedAt ?? { connectionString: databaseUrl }),
    application_name: "kuku",
    keepAlive: true,
    connectionTimeoutMillis: limits.databaseTimeoutMs,
  };
  let timeouts: Timeouts;
  try {
    timeouts = await prepareWithRetries(config, embedded, options);
  } catch (error) {
    await started?.stop();
    throw error;
  }
  const settings = { ...config, ...timeouts, query_timeout: limits.databaseTimeoutMs };
  // PGlite has one session, which its socket lends to one connection at a time: further ones of one process would wait
  // there, where no timeout distinguishes a queue from a hang.
  const pool = openPool({ ...settings, max: embedded ? 1 : limits.connections }, log);
  const further = (max: number) => (embedded ? pool : openPool({ ...settings, max }, log));
  const journalPool = further(limits.journalConnections);
  const backgroundPool = further(limits.backgroundConnections);
  const stopWatch = started && watchEmbedded(pool, started, options);
  return {
    pool,
    journalPool,
    backgroundPool,
    embedded,
    shared: started === undefined,
    embeddedAt,
    async close() {
      stopWatch?.();
      const ends = [...new Set([pool, journalPool, backgroundPool])].map((each) => each.end());
      if (!(await settlesWithin(clock, limits.closeMs, Promise.all(ends))))
        log.warn({}, "closing the database connections timed out");
      await started?.stop();
    },
  };
}

function openPool(config: pg.PoolConfig, log: StoreLog): pg.Pool {
  const pool = new pg.Pool(config);
  // A connection in use also rejects its query; without a listener the error would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  pool.on("error", (error) => log.warn({ error: error.message }, "idle database connection lost"));
  return pool;
}

/**
 * Restarts PGlite when it does not answer twice in a row: nothing else ends a hanging thread. Keeps its log short.
 * Returns a function that stops this.
 */
function watchEmbedded(pool: pg.Pool, embedded: Embedded, options: DatabaseOptions): () => void {
  const { clock, limits, log } = options;
  const makeCheckpoint = openCheckpoints(pool);
  let failures = 0;
  let cancel: CancelTimer = () => {};
  let stopped = false;
  const check = async () => {
    try {
      await pool.query("select 1");
      failures = 0;
    } catch (error) {
      if (!stopped && ++failures >= 2) {
        log.error({ error: String(error) }, "embedded database not answering; restarting it");
        failures = 0;
        await embedded.restart();
      }
    }
    if (failures === 0)
      await makeCheckpoint().catch((error: unknown) => {
        if (!stopped) log.warn({ error: describeError(error) }, "checkpoint failed");
      });
    next();
  };
  const next = () => {
    if (!stopped) cancel = clock.after(limits.watchMs, () => void check());
  };
  next();
  return () => {
    stopped = true;
    cancel();
  };
}

/** Timeouts that a connection carries from its start, ms; 0: none; undefined: transactions set them for themselves. */
type Timeouts = Pick<pg.ClientConfig, "statement_timeout" | "idle_in_transaction_session_timeout">;

/** PGlite's one session is ended by its own watch. */
const noTimeouts: Timeouts = { statement_timeout: 0, idle_in_transaction_session_timeout: 0 };

/**
 * Migrates the tables, retrying while the database is still starting. Returns what further connections may carry.
 * @throws StoreError with the reason, at once where another try would not help
 */
async function prepareWithRetries(
  config: pg.ClientConfig,
  embedded: boolean,
  options: DatabaseOptions,
): Promise<Timeouts> {
  const { clock, limits, log, databaseUrl } = options;
  const ms = limits.databaseTimeoutMs;
  const wanted = embedded ? noTimeouts : { statement_timeout: ms, idle_in_transaction_session_timeout: ms };
  const until = clock.now() + limits.startMs;
  let connectMs = embedded ? ms : Math.min(ms, limits.firstConnectMs);
  for (let pause = limits.retryFirstMs; ; pause = Math.min(2 * pause, limits.retryMostMs)) {
    try {
      return await prepare({ ...config, connectionTimeoutMillis: connectMs }, wanted, log);
    } catch (error) {
      const reason = reasonOf(error, connectMs);
      connectMs = Math.min(ms, 2 * connectMs);
      const mayPass = databaseUrl !== undefined && isOutage(error);
      if (!mayPass || clock.now() + pause > until)
        throw new StoreError(`the database${hostOf(databaseUrl)} cannot be used: ${reason}`, {
          cause: error,
        });
      log.warn({ error: reason }, "database not reachable yet");
      await sleep(clock, pause);
    }
  }
}

/**
 * Migrates the tables over a connection of its own, which shows whether timeouts reach the database.
 * @throws the database's error
 */
async function prepare(config: pg.ClientConfig, wanted: Timeouts, log: StoreLog): Promise<Timeouts> {
  const { client, refused } = await connectFirst(config, wanted);
  try {
    const { statement_timeout: ms } = wanted;
    const carried = !refused && (!ms || (await hasTimeout(client, ms)));
    if (!carried) log.info({}, "connection pooler found: timeouts hold within transactions");
    await migrateDatabase(client, log);
    return carried ? wanted : {};
  } finally {
    await client.end();
  }
}

/** Connects with the timeouts, or without where they are refused. */
async function connectFirst(config: pg.ClientConfig, wanted: Timeouts) {
  try {
    return { client: await connect({ ...config, ...wanted }), refused: false };
  } catch (error) {
    if (!isParameterRefusal(error)) throw error;
    return { client: await connect(config), refused: true };
  }
}

async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on("error", () => {}); // pending queries reject as well
  await client.connect();
  return client;
}

/** Whether a pooler refused a start-up parameter: PgBouncer's `unsupported startup parameter`, a protocol violation. */
function isParameterRefusal(error: unknown): boolean {
  return sqlState(error) === "08P01" && /startup parameter/i.test(String(error));
}

async function hasTimeout(client: pg.Client, ms: number): Promise<boolean> {
  const { rows } = await client.query<{ setting: string }>(
    "select setting from pg_settings where name = 'statement_timeout'",
  );
  return Number(rows[0]?.setting) === ms;
}

/** Describes why a try failed; the driver says of a host without an answer only that a time is over. */
function reasonOf(error: unknown, connectMs: number): string {
  const reason = describeError(error).replace(/^error: /i, "");
  return /^timeout expired$|due to connection timeout/.test(reason)
    ? `no answer within ${connectMs} ms`
    : reason;
}

/** Names the database's host, without user and password. */
function hostOf(url: string | undefined): string {
  return url === undefined ? "" : ` at ${new URL(url).host}`;
}
