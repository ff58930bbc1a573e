/** Jobs in the database for work that must survive this process: run at least once, by whichever node is free. */
import { type Db, PgBoss } from "pg-boss";
import { onAbort } from "../lib/abort.ts";
import type { CancelTimer, Clock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import { isCancellation, openScope, type Scope } from "../lib/scope.ts";
import { settlesWithin } from "../lib/timeout.ts";
import type { Database } from "./database.ts";
import { describeError, withStoreErrors } from "./failures.ts";
import { type StoreLog, silentLog } from "./log.ts";

export interface JobLimits {
  /** Interval at which each idle worker polls for jobs of other nodes, s (0.5 or more). */
  readonly pollSeconds: number;
  /** Time without a heartbeat after which a job is given to another process, s (10 or more, whole). */
  readonly heartbeatSeconds: number;
  /** Interval at which such jobs are looked for, s (1 or more, whole). */
  readonly superviseSeconds: number;
}

/**
 * A job of a killed process runs again within heartbeat + supervise + first retry + poll: about 90 s. This node's own
 * jobs wait for no poll: a worker is woken when one is sent, due, or to be tried again.
 */
const jobLimits: JobLimits = { pollSeconds: 30, heartbeatSeconds: 30, superviseSeconds: 30 };

/** Tries of a job after the first, the pause before the first of them, and the longest pause, s. */
const retries = { limit: 5, seconds: 2, mostSeconds: 300 };
/** Time by which the database's clock may be behind a timer of ours, ms. */
const clockSlackMs = 100;

/** Time that `stop` may take beyond its deadline, ms. */
const handBackMs = 1000;

interface WorkOptions {
  /** Jobs run at once on this node; default 1. */
  readonly concurrency?: number;
  /** Tries after the first that failed; default 5. */
  readonly retryLimit?: number;
  /** Pause before the first retry, doubled for each up to `retryMostSeconds`, with jitter; default 2 and 300. */
  readonly retrySeconds?: number;
  readonly retryMostSeconds?: number;
  /** Longest duration of a try, after which it is aborted and counts as failed; default 900. */
  readonly timeoutSeconds?: number;
}

interface JobContext {
  /** Aborted when the jobs stop, the try took too long, or another process was given the job. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
}

/** Runs one job; must be idempotent. Throwing fails the try. */
type JobHandler<Data extends object> = (data: Data, context: JobContext) => Promise<void>;

interface SendOptions {
  /** Key of which at most one job waits or runs; another is refused. */
  readonly key?: string;
  readonly startAfterMs?: number;
}

export interface Jobs {
  /** Registers the handler for the jobs of a name; before `start`. */
  work<Data extends object>(name: string, options: WorkOptions, handler: JobHandler<Data>): void;
  /**
   * Stores a job. False: one with its key waits or runs already. After `start`.
   * @throws StoreError when the database cannot be reached
   */
  send(name: string, data: object, options?: SendOptions): Promise<boolean>;
  /** Sends a job with no data every `everyMs` (1000 or more) while a node lives: one for all nodes together. Before `start`. */
  schedule(name: string, everyMs: number): void;
  /** Creates missing tables and begins to work. @throws StoreError when the database cannot be reached */
  start(): Promise<void>;
  /** Stops taking jobs. Running ones are aborted, have `deadlineMs` (1000 or more) to end, and are tried again later. */
  stop(deadlineMs: number): Promise<void>;
}

interface Work {
  readonly options: WorkOptions;
  readonly handler: JobHandler<object>;
}

interface JobsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log?: StoreLog;
  readonly limits?: Partial<JobLimits>;
}

/** Opens the jobs of this node on the store's database. */
export function openJobs(options: JobsOptions): Jobs {
  return new NodeJobs(options);
}

class NodeJobs implements Jobs {
  readonly #clock: Clock;
  readonly #log: StoreLog;
  readonly #limits: JobLimits;
  readonly #boss: PgBoss;
  /** Database by which jobs are sent, which somebody waits for. */
  readonly #requestDatabase: Db;
  readonly #works = new Map<string, Work>();
  /** Interval of each scheduled job, ms. */
  readonly #schedules = new Map<string, number>();
  /** Ids of the workers of each name, to be woken. */
  readonly #workers = new Map<string, string[]>();
  readonly #queues = new Map<string, Promise<void>>();
  readonly #timers = new Map<string, CancelTimer>();
  /** Timers that wake the workers of a job that is due later. */
  readonly #wakes = new Set<CancelTimer>();
  readonly #scope = openScope();
  #running = false;

  constructor({ database, clock, log = silentLog, limits }: JobsOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#limits = { ...jobLimits, ...limits };
    this.#boss = openBoss(database, this.#limits);
    this.#requestDatabase = toJobDatabase(database.pool);
    // Its timers try again; an outage is no reason to fail.
    this.#boss.on("error", (error) => log.warn({ error: describeError(error) }, "job polling failed"));
  }

  work<Data extends object>(name: string, options: WorkOptions, handler: JobHandler<Data>): void {
    this.#works.set(name, { options, handler: handler as JobHandler<object> });
  }

  schedule(name: string, everyMs: number): void {
    this.#schedules.set(name, everyMs);
  }

  async send(name: string, data: object, { key, startAfterMs }: SendOptions = {}): Promise<boolean> {
    const id = await withStoreErrors(async () => {
      await this.#ensureQueue(name);
      return this.#boss.send(name, data, {
        singletonKey: key ?? newId("req"), // unique without a key
        db: this.#requestDatabase,
        ...(startAfterMs && { startAfter: Math.ceil(startAfterMs / 1000) }),
      });
    });
    if (id !== null) this.#wakeAfter(name, startAfterMs ? 1000 * Math.ceil(startAfterMs / 1000) : 0);
    return id !== null;
  }

  async start(): Promise<void> {
    await withStoreErrors(() => this.#boss.start());
    this.#running = true;
    for (const [name, work] of this.#works) await withStoreErrors(() => this.#startWorkers(name, work));
    for (const [name, everyMs] of this.#schedules) void this.#tick(name, everyMs);
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#running = false;
    for (const cancel of [...this.#timers.values(), ...this.#wakes]) cancel();
    this.#wakes.clear();
    this.#scope.cancel("draining");
    const stopped = this.#boss
      .stop({ graceful: true, timeout: deadlineMs, close: false })
      .catch((error: unknown) => this.#log.warn({ error: describeError(error) }, "stopping the jobs failed"));
    // After its own deadline pg-boss puts unfinished jobs back, for which the database must answer.
    if (!(await settlesWithin(this.#clock, deadlineMs + handBackMs, stopped)))
      this.#log.warn({}, "unfinished jobs left; they run again once their heartbeat is missed");
  }

  #ensureQueue(name: string): Promise<void> {
    const known = this.#queues.get(name);
    if (known) return known;
    const made = makeQueue(this.#boss, name, this.#works.get(name)?.options, this.#limits);
    this.#queues.set(name, made);
    made.catch(() => this.#queues.delete(name));
    return made;
  }

  async #startWorkers(name: string, { options, handler }: Work): Promise<void> {
    await this.#ensureQueue(name);
    const { pollSeconds, heartbeatSeconds } = this.#limits;
    const polling = {
      pollingIntervalSeconds: pollSeconds,
      heartbeatRefreshSeconds: heartbeatSeconds / 3,
    };
    const ids: string[] = [];
    // One job each, so that each can be woken.
    for (let worker = 0; worker < (options.concurrency ?? 1); worker++)
      ids.push(
        await this.#boss.work<object>(name, polling, async ([job]) => {
          if (!job) return;
          const context = { signal: job.signal, attempt: job.retryCount + 1 };
          await this.#run(name, job.data, context, handler);
        }),
      );
    this.#workers.set(name, ids);
  }

  async #run(name: string, data: object, context: JobContext, handler: JobHandler<object>): Promise<void> {
    try {
      await runInScope(this.#scope, data, context, handler);
    } catch (error) {
      const fields = { job: name, attempt: context.attempt, error: describeError(error) };
      if (isCancellation(error)) this.#log.info(fields, "job put off");
      else this.#log.warn(fields, "job failed");
      this.#wakeAfter(name, longestPauseMs(context.attempt, this.#works.get(name)?.options));
      throw error;
    }
  }

  /** Sends a scheduled job. All nodes do; the database keeps one for each interval. */
  async #tick(name: string, everyMs: number): Promise<void> {
    try {
      await this.#ensureQueue(name);
      const singletonSeconds = Math.ceil(everyMs / 1000);
      await this.#boss.send(name, {}, { singletonKey: "schedule", singletonSeconds });
      this.#wake(name);
    } catch (error) {
      this.#log.warn({ job: name, error: describeError(error) }, "job scheduling failed");
    }
    if (!this.#running) return;
    const next = () => void this.#tick(name, everyMs);
    this.#timers.set(name, this.#clock.after(everyMs, next));
  }

  #wakeAfter(name: string, ms: number): void {
    if (ms === 0) return this.#wake(name);
    if (!this.#running) return;
    const cancel = this.#clock.after(ms + clockSlackMs, () => {
      this.#wakes.delete(cancel);
      this.#wake(name);
    });
    this.#wakes.add(cancel);
  }

  #wake(name: string): void {
    for (const id of this.#workers.get(name) ?? []) this.#boss.notifyWorker(id);
  }
}

function toJobDatabase(pool: Database["pool"]): Db {
  return { executeSql: (text, values) => pool.query(text, values) };
}

function openBoss(database: Database, limits: JobLimits): PgBoss {
  return new PgBoss({
    db: toJobDatabase(database.backgroundPool),
    backend: database.embedded ? "pglite" : "postgres",
    schema: "kuku_jobs",
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
    // Flows, jobs that wait for others, are not used.
    flowIntervalSeconds: 3600,
    superviseIntervalSeconds: limits.superviseSeconds,
    monitorIntervalSeconds: limits.superviseSeconds,
  });
}

/** The longest pause that pg-boss makes after try `attempt` (from 1) has failed: doubled each time, with jitter below it. */
function longestPauseMs(attempt: number, options: WorkOptions = {}): number {
  const { retrySeconds = retries.seconds, retryMostSeconds = retries.mostSeconds } = options;
  return 1000 * Math.min(retryMostSeconds, retrySeconds * 2 ** attempt);
}

/** Creates the queue, or updates an existing one to these options. */
async function makeQueue(
  boss: PgBoss,
  name: string,
  work: WorkOptions | undefined,
  limits: JobLimits,
): Promise<void> {
  const settings = {
    retryLimit: work?.retryLimit ?? retries.limit,
    retryDelay: work?.retrySeconds ?? retries.seconds,
    retryBackoff: true,
    retryDelayMax: work?.retryMostSeconds ?? retries.mostSeconds,
    expireInSeconds: work?.timeoutSeconds ?? 900,
    heartbeatSeconds: limits.heartbeatSeconds,
    deleteAfterSeconds: 86_400,
  };
  await boss.createQueue(name, { policy: "exclusive", ...settings });
  if (work) await boss.updateQueue(name, settings);
}

/** Runs a handler in a scope that ends with its job's claim, and with the jobs. */
async function runInScope(
  scope: Scope,
  data: object,
  context: JobContext,
  handler: JobHandler<object>,
): Promise<void> {
  const child = scope.child();
  const unlink = onAbort(context.signal, () => child.cancel("deadline"));
  try {
    child.signal.throwIfAborted();
    await handler(data, { ...context, signal: child.signal });
  } finally {
    unlink();
    child.cancel("finished");
  }
}
