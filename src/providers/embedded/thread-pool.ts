/** Threads of an embedded engine: started when work comes, ended when none has come for minutes, one task a thread. */
import { Piscina } from "piscina";

/** Time without a task after which a thread ends and gives its memory back, ms. */
export const idleMs = 3 * 60_000;

export interface ThreadPoolOptions {
  /** Module whose default export runs a task. */
  readonly filename: string;
  /** Most threads. */
  readonly threads: number;
  /** Most tasks that wait for a thread; one more is refused. */
  readonly waiting: number;
}

/** Opens a pool with no thread yet; `destroy` ends it, and running tasks fail. */
export function openThreadPool<Task, Result>(options: ThreadPoolOptions): Piscina<Task, Result> {
  const pool: Piscina<Task, Result> = new Piscina({
    filename: options.filename,
    minThreads: 0,
    maxThreads: options.threads,
    idleTimeout: idleMs,
    concurrentTasksPerWorker: 1,
    maxQueue: options.waiting,
    recordTiming: false,
    env: {},
  });
  // A thread that dies between two tasks is replaced by the pool; within a task, the task fails.
  pool.on("error", () => {});
  return pool;
}

/** Starts all threads of a pool where none runs; `run` gives it a task whose result nobody needs. */
export function warmThreads(
  { threads, options }: Pick<Piscina, "threads" | "options">,
  run: () => Promise<unknown>,
): void {
  if (threads.length > 0) return;
  for (let thread = 0; thread < options.maxThreads; thread++) run().catch(() => {});
}
