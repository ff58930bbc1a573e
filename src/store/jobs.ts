/** Work that must be done even if this process dies: jobs in the database, done at least once, by whichever node is free. */
import { PgBoss } from "pg-boss";
import { onAbort } from "../lib/abort.ts";
import type { CancelTimer, Clock } from "../lib/clock.ts";
import { newId } from "../lib/ids.ts";
import { isCancellation, openScope, type Scope } from "../lib/scope.ts";
import { settlesWithin } from "../lib/timeout.ts";
import type { Database } from "./database.ts";
import { describeError, withStoreErrors } from "./failures.ts";
import { type StoreLog, silentLog } from "./log.ts";

export interface JobLimits {
  /** How often each idle worker looks for jobs that other nodes sent, s (0.5 or more). */
  readonly pollSeconds: number;
  /** A job whose process has not been heard of for so long is given to another, s (10 or more, whole). */
  readonly heartbeatSeconds: number;
  /** How often such jobs are looked for, s (1 or more, whole). */
  readonly superviseSeconds: number;
}

/** A job of a killed process runs again within heartbeat + supervise + first retry + poll: about 50 s. */
const jobLimits: JobLimits = { pollSeconds: 2, heartbeatSeconds: 30, superviseSeconds: 15 };

/** What `stop` allows itself beyond its deadline, ms. */
const handBackMs = 1000;

interface WorkOptions {
  /** At once, on this node; default 1. */
  readonly concurrency?: number;
  /** Tries after the first that failed; default 5. */
  readonly retryLimit?: number;
  /** Before the first of them, doubled for each up to `retryMostSeconds`, with chance; default 2 and 300. */
  readonly retrySeconds?: number;
  readonly retryMostSeconds?: number;
  /** A try that takes longer is aborted and counts as failed; default 900. */
  readonly timeoutSeconds?: number;
}

interface JobContext {
  /** Aborted when the jobs stop, the try took too long, or another process was given the job. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
}

/** Does one job; must bear being done twice. Throwing fails the try. */
type JobHandler<Data extends object> = (data: Data, context: JobContext) => Promise<void>;

interface SendOptions {
  /** Of jobs with the same key one at most waits or runs; another is not taken. */
  readonly key?: string;
  readonly startAfterMs?: number;
}

export interface Jobs {
  /** Says who does the jobs of a name; before `start`. */
  work<Data extends object>(name: string, options: WorkOptions, handler: JobHandler<Data>): void;
  /**
   * Resolves once the job is stored. False: one with its key waits or runs already. After `start`.
   * @throws StoreError when the database cannot be reached
   */
  send(name: string, data: object, options?: SendOptions): Promise<boolean>;
  /** Sends a job with no data every `everyMs` (1000 or more) while a node lives: one for all nodes together. Before `start`. */
  schedule(name: string, everyMs: number): void;
  /** Makes the tables that are missing, and begins. @throws StoreError when the database cannot be reached */
  start(): Promise<void>;
  /** Takes no more jobs; those that run are aborted and have `deadlineMs` (1000 or more) to end. They will be tried again. */
  stop(deadlineMs: number): Promise<void>;
}

interface Work {
  readonly options: WorkOptions;
  readonly handler: JobHandler<object>;
}

/** Opens the jobs of this node on the store's database. */
export function openJobs(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly log?: StoreLog;
  readonly limits?: Partial<JobLimits>;
}): Jobs {
  const { database, clock, log = silentLog } = options;
  const limits = { ...jobLimits, ...options.limits };
  const boss = openBoss(database, limits);
  // Its timers try again; an outage is no reason to fail.
  boss.on("error", (error) => log.warn({ error: describeError(error) }, "jobs cannot be looked for"));
  const works = new Map<string, Work>();
  const schedules = new Map<string, number>();
  /** Workers by the name of their jobs, to be woken. */
  const workers = new Map<string, string[]>();
  const queues = new Map<string, Promise<void>>();
  const timers = new Map<string, CancelTimer>();
  const scope = openScope();
  let running = false;

  const ensureQueue = (name: string) => {
    const known = queues.get(name);
    if (known) return known;
    const made = makeQueue(boss, name, works.get(name)?.options, limits);
    queues.set(name, made);
    made.catch(() => queues.delete(name));
    return made;
  };

  const startWorkers = async (name: string, { options, handler }: Work) => {
    await ensureQueue(name);
    const ids: string[] = [];
    // One each, so that each can be woken.
    for (let worker = 0; worker < (options.concurrency ?? 1); worker++)
      ids.push(
        await boss.work<object>(
          name,
          {
            pollingIntervalSeconds: limits.pollSeconds,
            heartbeatRefreshSeconds: limits.heartbeatSeconds / 3,
          },
          async ([job]) => {
            if (!job) return;
            const context = { signal: job.signal, attempt: job.retryCount + 1 };
            await doJob(scope, job.data, context, handler).catch((error: unknown) => {
              const fields = { job: name, attempt: context.attempt, error: describeError(error) };
              if (isCancellation(error)) log.info(fields, "a job was put off");
              else log.warn(fields, "a job failed");
              throw error;
            });
          },
        ),
      );
    workers.set(name, ids);
  };

  /** A node's every tick sends; the database keeps one for each span of time. */
  const tick = async (name: string, everyMs: number) => {
    await ensureQueue(name)
      .then(() =>
        boss.send(name, {}, { singletonKey: "schedule", singletonSeconds: Math.ceil(everyMs / 1000) }),
      )
      .then(() => wake(name))
      .catch((error: unknown) =>
        log.warn({ job: name, error: describeError(error) }, "a job could not be scheduled"),
      );
    if (running)
      timers.set(
        name,
        clock.after(everyMs, () => void tick(name, everyMs)),
      );
  };

  const wake = (name: string) => {
    for (const id of workers.get(name) ?? []) boss.notifyWorker(id);
  };

  return {
    work(name, options, handler) {
      works.set(name, { options, handler: handler as JobHandler<object> });
    },
    schedule(name, everyMs) {
      schedules.set(name, everyMs);
    },
    async send(name, data, { key, startAfterMs } = {}) {
      const id = await withStoreErrors(async () => {
        await ensureQueue(name);
        return boss.send(name, data, {
          singletonKey: key ?? newId("req"), // each its own
          ...(startAfterMs && { startAfter: Math.ceil(startAfterMs / 1000) }),
        });
      });
      if (id !== null) wake(name);
      return id !== null;
    },
    async start() {
      await withStoreErrors(() => boss.start());
      running = true;
      for (const [name, work] of works) await withStoreErrors(() => startWorkers(name, work));
      for (const [name, everyMs] of schedules) void tick(name, everyMs);
    },
    async stop(deadlineMs) {
      running = false;
      for (const cancel of timers.values()) cancel();
      scope.cancel("draining");
      const stopped = boss
        .stop({ graceful: true, timeout: deadlineMs, close: false })
        .catch((error: unknown) =>
          log.warn({ error: describeError(error) }, "the jobs did not stop as they should"),
        );
      // Behind its own deadline it puts what did not end on the list again, for which the database must answer.
      if (!(await settlesWithin(clock, deadlineMs + handBackMs, stopped)))
        log.warn({}, "jobs were left; they are done again once they are missed");
    },
  };
}

function openBoss(database: Database, limits: JobLimits): PgBoss {
  return new PgBoss({
    db: { executeSql: (text, values) => database.pool.query(text, values) },
    backend: database.embedded ? "pglite" : "postgres",
    schema: "kuku_jobs",
    schedule: false,
    registerInstance: false,
    openTelemetry: { enabled: false },
    superviseIntervalSeconds: limits.superviseSeconds,
    monitorIntervalSeconds: limits.superviseSeconds,
  });
}

/** Makes the queue, or brings the one that is there to these options. */
async function makeQueue(
  boss: PgBoss,
  name: string,
  work: WorkOptions | undefined,
  limits: JobLimits,
): Promise<void> {
  const settings = {
    retryLimit: work?.retryLimit ?? 5,
    retryDelay: work?.retrySeconds ?? 2,
    retryBackoff: true,
    retryDelayMax: work?.retryMostSeconds ?? 300,
    expireInSeconds: work?.timeoutSeconds ?? 900,
    heartbeatSeconds: limits.heartbeatSeconds,
    deleteAfterSeconds: 86_400,
  };
  await boss.createQueue(name, { policy: "exclusive", ...settings });
  if (work) await boss.updateQueue(name, settings);
}

/** Runs a handler in a scope that ends with its job's claim, and with the jobs. */
async function doJob(
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
