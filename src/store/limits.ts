/** Limits and intervals of the store. */
export interface StoreLimits {
  /** Connections to a PostgreSQL of each pool (`Database`); PGlite has one for all. */
  readonly connections: number;
  readonly journalConnections: number;
  readonly backgroundConnections: number;
  /** Time to connect or to answer after which the database counts as away, ms. */
  readonly databaseTimeoutMs: number;
  /** Time that the start's first try to connect may take, ms; each further one has twice as long, up to the time above. */
  readonly firstConnectMs: number;
  /** Time that the start waits for a database that is away, ms. */
  readonly startMs: number;
  /** Time that a change waits for others of the same batch, ms. */
  readonly gatherMs: number;
  /** Size of a batch, which others wait for; halved while batches fail. */
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Most that one session has in a batch; the rest of its changes is written with later ones. */
  readonly partRows: number;
  readonly partBytes: number;
  /** Size at which a session's changes that are stored whole take no more of those that follow (`ChangeSets`). */
  readonly setRows: number;
  readonly setBytes: number;
  /**
   * Limits of changes waiting in the journals, bytes: of all sessions, of one owner's, of one. What clients hand in may
   * take half of each; the rest is for what is spoken.
   */
  readonly waitingBytes: number;
  readonly ownerWaitingBytes: number;
  readonly sessionWaitingBytes: number;
  /** Changes of one session that may wait for a working database before its client is to pause, bytes. */
  readonly behindBytes: number;
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
  journalConnections: 2,
  backgroundConnections: 3,
  databaseTimeoutMs: 10_000,
  firstConnectMs: 1_500,
  startMs: 15_000,
  gatherMs: 3,
  batchRows: 1000,
  batchBytes: 512 * 1024,
  partRows: 200,
  partBytes: 256 * 1024,
  setRows: 16,
  setBytes: 32 * 1024,
  waitingBytes: 64 * 1024 * 1024,
  ownerWaitingBytes: 24 * 1024 * 1024,
  sessionWaitingBytes: 8 * 1024 * 1024,
  behindBytes: 2 * 1024 * 1024,
  retryFirstMs: 200,
  retryMostMs: 2000,
  heartbeatMs: 10_000,
  aliveMs: 30_000,
  watchMs: 10_000,
  closeMs: 5000,
};
