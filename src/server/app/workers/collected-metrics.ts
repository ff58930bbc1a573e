/** Metrics of all workers, added up by the primary for whichever of them is asked. */
import { AggregatorRegistry, Registry } from "prom-client";
import type { Clock } from "../../../lib/clock.ts";
import { countDroppedLines } from "../../operations/metrics.ts";
import type { MetricsOfProcess, ToPrimary } from "./messages.ts";
import type { WorkerProcess } from "./worker-process.ts";
import { WorkerQuestions } from "./worker-questions.ts";

export class CollectedMetrics {
  /** Metrics of the primary itself. */
  readonly #own = new Registry();
  readonly #questions: WorkerQuestions<MetricsOfProcess>;

  constructor(clock: Clock, output: { readonly dropped: number }) {
    this.#questions = new WorkerQuestions(clock);
    countDroppedLines(this.#own, output);
  }

  receive(message: ToPrimary, from: WorkerProcess, all: readonly WorkerProcess[]): void {
    if (message.type === "own_metrics") this.#questions.answer(message.id, message.metrics);
    if (message.type !== "collect_metrics") return;
    void this.#collect(all.filter(({ answers }) => answers)).then((text) =>
      from.send({ type: "metrics", id: message.id, text }),
    );
  }

  async #collect(workers: readonly WorkerProcess[]): Promise<string> {
    const asked = workers.map((worker) =>
      this.#questions.ask(worker, (id) => ({ type: "read_metrics", id })),
    );
    const parts = [(await this.#own.getMetricsAsJSON()) as unknown as MetricsOfProcess];
    for (const part of await Promise.all(asked)) if (part) parts.push(part);
    return AggregatorRegistry.aggregate(parts as unknown as object[]).metrics();
  }
}
