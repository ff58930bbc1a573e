/** Assembles the store: the database, the journals of this node, and the queries. */
import { sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/node-postgres";
import type { CancelTimer, Clock } from "../lib/clock.ts";
import { type Database, openDatabase } from "./database.ts";
import { allWithStoreErrors, describeError } from "./failures.ts";
import { recordHeartbeat, removeDeadNodes, removeNode } from "./journal/claim.ts";
import { openJournals } from "./journal/journals.ts";
import { type StoreLimits, storeLimits } from "./limits.ts";
import { type StoreLog, silentLog } from "./log.ts";
import { audioQueries } from "./queries/audio-queries.ts";
import { itemQueries } from "./queries/item-queries.ts";
import { reportQueries } from "./queries/report-queries.ts";
import type { Queries } from "./queries/rows.ts";
import { sessionQueries } from "./queries/session-queries.ts";
import type { Store } from "./store.ts";

export interface StoreOptions {
  /** URL of a PostgreSQL; default: PGlite, with its data in `<dataDir>/database`. */
  readonly databaseUrl?: string;
  /** Address of another process's PGlite; default: one is started. */
  readonly embeddedAt?: Database["embeddedAt"];
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log?: StoreLog;
  /** Id of this process among those that share the database; a new one for each start. */
  readonly nodeId: string;
  readonly limits?: Partial<StoreLimits>;
}

/** The store and its database, which jobs use as well. */
export interface OpenStore extends Store {
  readonly database: Database;
}

/**
 * Opens the store, its tables brought up to date. The first start of a new PGlite takes seconds.
 * @throws StoreError when the database cannot be reached, or another process uses the folder
 */
export async function openStore(options: StoreOptions): Promise<OpenStore> {
  const { databaseUrl, embeddedAt, dataDir, clock, nodeId } = options;
  const limits = { ...storeLimits, ...options.limits };
  const log = options.log ?? silentLog;
  const database = await openDatabase({ databaseUrl, embeddedAt, dataDir, clock, log, limits });
  const db = drizzle(database.pool);
  const journals = openJournals({ database, clock, log, limits });
  const heartbeatDb = drizzle(database.journalPool);
  const stopHeartbeat = await startHeartbeat({ db: heartbeatDb, clock, log, limits, nodeId });
  return {
    database,
    journals,
    ...allWithStoreErrors({
      ...sessionQueries(database.pool, limits.aliveMs),
      ...itemQueries(db),
      ...reportQueries(database, clock),
      ...audioQueries(db, limits.aliveMs),
      ping: async () => void (await db.execute(sql`select 1`)),
    }),
    async close() {
      stopHeartbeat();
      const drained = await journals.drain(limits.closeMs);
      const { waiting, bytes: size } = journals.state;
      if (!drained) log.error({ waiting, size }, "store closed with unstored changes");
      journals.stop();
      if (drained) await removeNode(heartbeatDb, nodeId).catch(() => {}); // without heartbeats it is taken for dead later
      await database.close();
    },
  };
}

/** Records this node's heartbeat, now and every `heartbeatMs`. Returns a function that stops it. */
async function startHeartbeat(options: {
  readonly db: Queries;
  readonly clock: Clock;
  readonly log: StoreLog;
  readonly limits: StoreLimits;
  readonly nodeId: string;
}): Promise<() => void> {
  const { db, clock, log, limits, nodeId } = options;
  let stopped = false;
  let cancelTimer: CancelTimer = () => {};
  const next = async () => {
    await recordHeartbeat(db, nodeId).catch((error: unknown) =>
      log.warn({ error: describeError(error) }, "node heartbeat failed"),
    );
    if (!stopped) cancelTimer = clock.after(limits.heartbeatMs, () => void next());
  };
  await next();
  await removeDeadNodes(db).catch(() => {}); // tried again at the next start
  return () => {
    stopped = true;
    cancelTimer();
  };
}
