/** The threads of the embedded recogniser: one task a thread, and a bounded queue in front of them. */
import type { Piscina } from "piscina";
import { StageError } from "../../../lib/errors.ts";
import { openThreadPool, warmThreads } from "../thread-pool.ts";
import type { Recognition } from "./recogniser.ts";
import type { RecognitionTask } from "./worker.ts";

/** Tasks that wait for a thread; one more fails as `rate_limited`. */
const WAITING_TASKS = 256;

export class WorkerPool {
  readonly #threads: number;
  readonly #pool: Piscina<RecognitionTask, Recognition>;
  #running = 0;

  /** A pool of up to `threads` threads of the module `filename`. */
  constructor(threads: number, filename: string) {
    this.#threads = threads;
    this.#pool = openThreadPool({ filename, threads, waiting: WAITING_TASKS });
  }

  /** Starts the threads where none runs, with a task each. */
  warm(task: () => RecognitionTask): void {
    warmThreads(this.#pool, () => this.run(task()));
  }

  /**
   * Runs a task on a thread and transfers its audio there, so that the caller cannot use the array again.
   * @throws StageError `transcribe`: `rate_limited` where the queue is full, `unavailable` where the task fails
   */
  async run(task: RecognitionTask): Promise<Recognition> {
    if (this.#pool.queueSize >= WAITING_TASKS) throw new StageError("transcribe", "rate_limited");
    this.#running++;
    try {
      return await this.#pool.run(task, { transferList: [task.pcm.buffer] as never });
    } catch (cause) {
      throw new StageError("transcribe", "unavailable", { cause });
    } finally {
      this.#running--;
    }
  }

  /** Whether a thread can take a partial while a final that comes meanwhile still finds a free thread. */
  hasSpareThread(): boolean {
    return this.#running === 0 && this.#threads > 1;
  }

  /** True: a task is begun at once, without waiting for another to end. */
  get hasFreeThread(): boolean {
    return this.#running < this.#threads;
  }

  /** Ends the threads; running tasks fail. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
