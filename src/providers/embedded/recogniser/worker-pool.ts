/** The threads of the embedded recogniser: one task a thread, and a bounded queue in front of them. */
import type { Piscina } from "piscina";
import { type CancelTimer, systemClock } from "../../../lib/clock.ts";
import { StageError } from "../../../lib/errors.ts";
import { idleMs, openThreadPool, warmThreads } from "../thread-pool.ts";
import type { FreeSpeechStep } from "./free-speech/free-speech.ts";
import type { FreeSpeechData } from "./free-speech/model-data.ts";
import { buffersOf } from "./free-speech/state-buffers.ts";
import type { Recognition } from "./recogniser.ts";
import type { FreeSpeechTask, RecognitionTask, WorkerTask } from "./worker.ts";

/** Tasks that wait for a thread; one more fails as `rate_limited`. */
const WAITING_TASKS = 256;

export class WorkerPool {
  readonly #threads: number;
  readonly #pool: Piscina<WorkerTask, unknown>;
  #running = 0;
  #freeSpeech: Promise<FreeSpeechData> | undefined;
  /** Lets go of the models of free speech. */
  #cancelLetGo: CancelTimer = () => {};

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
   * Recognises an utterance on a thread and transfers its audio there, so that the caller cannot use the array again.
   * @throws StageError `transcribe`: `rate_limited` where the queue is full, `unavailable` where the task fails
   */
  async run(task: RecognitionTask): Promise<Recognition> {
    return (await this.#run(task, [task.pcm.buffer])) as Recognition;
  }

  /**
   * Recognises the next block of an utterance of free speech; its audio and the utterance's state are transferred.
   * @throws StageError as `run` does
   */
  async advance(task: Omit<FreeSpeechTask, "kind" | "data">): Promise<FreeSpeechStep> {
    const data = await this.freeSpeech();
    const buffers = task.state ? buffersOf(task.state) : [];
    return (await this.#run({ kind: "free_speech", data, ...task }, [
      task.pcm.buffer,
      ...buffers,
    ])) as FreeSpeechStep;
  }

  /**
   * The models of free speech, which one thread loads for all; a failure is tried again with the next call. Kept as long as
   * threads without a task are.
   */
  freeSpeech(): Promise<FreeSpeechData> {
    this.#cancelLetGo();
    this.#cancelLetGo = systemClock.after(idleMs, () => {
      this.#freeSpeech = undefined;
    });
    this.#freeSpeech ??= (this.#run({ kind: "load_free_speech" }, []) as Promise<FreeSpeechData>).catch(
      (error) => {
        this.#freeSpeech = undefined;
        throw error;
      },
    );
    return this.#freeSpeech;
  }

  async #run(task: WorkerTask, transferList: ArrayBufferLike[]): Promise<unknown> {
    if (this.#pool.queueSize >= WAITING_TASKS) throw new StageError("transcribe", "rate_limited");
    this.#running++;
    try {
      return await this.#pool.run(task, { transferList: transferList as never });
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
    this.#cancelLetGo();
    return this.#pool.destroy();
  }
}
