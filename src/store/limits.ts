/** Limits and intervals of the store. */
export interface StoreLimits {
  /** Connections to a PostgreSQL; PGlite has one. */
  readonly connections: number;
  /** Time to connect or to answer after which the database counts as away, ms. */
  readonly databaseTimeoutMs: number;
  /** Time that the start waits for a database that is away, ms. */
  readonly startMs: number;
  /** Time that a change waits for others of the same batch, ms. */
  readonly gatherMs: number;
  /** Size at which a batch takes no further session. */
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Limit of changes waiting in the journals, bytes. */
  readonly waitingBytes: number;
  /** Pauses between tries to reach the database: the first, doubled up to the last, ms. */
  readonly retryFirstMs: number;
  readonly retryMostMs: number;
  /** Interval of a node's heartbeats, and time after one during which it counts as alive, ms. */
  readonly heartbeatMs: number;
  readonly aliveMs: number;
  /** Interval of liveness checks of PGlite, which is restarted after two failures, ms. */
  readonly watchMs: number;
  /** Time that `close` has to store the changes that wait, ms. */
  readonly closeMs: number;
}

export const storeLimits: StoreLimits = {
  connections: 10,
  databaseTimeoutMs: 10_000,
  startMs: 15_000,
  gatherMs: 3,
  batchRows: 1000,
  batchBytes: 4 * 1024 * 1024,
  waitingBytes: 64 * 1024 * 1024,
  retryFirstMs: 200,
  retryMostMs: 2000,
  heartbeatMs: 10_000,
  aliveMs: 30_000,
  watchMs: 10_000,
  closeMs: 5000,
};
