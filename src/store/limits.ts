/** What the store allows itself; every figure can be set. */
export interface StoreLimits {
  /** Connections to a PostgreSQL; PGlite has one. */
  readonly connections: number;
  /** A database that takes longer to connect or to answer counts as away, ms. */
  readonly databaseTimeoutMs: number;
  /** How long the start waits for a database that is away, ms. */
  readonly startMs: number;
  /** How long a change waits for others to go with, ms. */
  readonly gatherMs: number;
  /** A batch takes whole sessions until it has this many rows or bytes. */
  readonly batchRows: number;
  readonly batchBytes: number;
  /** What the journals may hold while the database is away, bytes. */
  readonly waitingBytes: number;
  /** Between tries to reach the database: the first pause, doubled up to the last, ms. */
  readonly retryFirstMs: number;
  readonly retryMostMs: number;
  /** How often a node says that it lives, and how long it is believed, ms. */
  readonly heartbeatMs: number;
  readonly aliveMs: number;
  /** How often PGlite is asked whether it still answers; one that twice does not is begun again, ms. */
  readonly watchMs: number;
  /** How long `close` waits for what is still to be stored, ms. */
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
