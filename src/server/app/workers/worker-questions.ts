/** Questions of the primary to its workers, each answered by its number. */
import type { Clock } from "../../../lib/clock.ts";
import { settlesWithin } from "../../../lib/timeout.ts";
import type { ToWorker } from "./messages.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Time that a worker has to answer; one that stands still is left out, ms. */
const answerMs = 2000;

export class WorkerQuestions<Answer> {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #next = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a worker's answer. */
  answer(id: number, answer: Answer): void {
    this.#waiting.get(id)?.resolve(answer);
  }

  /** Sends a worker the question with its number. Undefined: no answer came in time. */
  async ask(
    worker: Pick<WorkerProcess, "send">,
    question: (id: number) => ToWorker,
  ): Promise<Answer | undefined> {
    const id = this.#next++;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.set(id, waiting);
    worker.send(question(id));
    const told = await settlesWithin(this.#clock, answerMs, waiting.promise);
    this.#waiting.delete(id);
    return told ? waiting.promise : undefined;
  }
}
