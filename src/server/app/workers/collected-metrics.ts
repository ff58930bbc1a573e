/** Metrics of all workers, added up by the primary for whichever of them is asked. */
import { AggregatorRegistry, Registry } from "prom-client";
import type { Clock } from "../../../lib/clock.ts";
import { settlesWithin } from "../../../lib/timeout.ts";
import { countDroppedLines } from "../../operations/metrics.ts";
import type { MetricsOfProcess, ToPrimary } from "./messages.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Time that workers have to tell theirs; one that stands still is left out, ms. */
const answerMs = 2000;

export class CollectedMetrics {
  readonly #clock: Clock;
  /** Metrics of the primary itself. */
  readonly #own = new Registry();
  readonly #waiting = new Map<number, PromiseWithResolvers<MetricsOfProcess>>();
  #next = 0;

  constructor(clock: Clock, output: { readonly dropped: number }) {
    this.#clock = clock;
    countDroppedLines(this.#own, output);
  }

  receive(message: ToPrimary, from: WorkerProcess, all: readonly WorkerProcess[]): void {
    if (message.type === "own_metrics") this.#waiting.get(message.id)?.resolve(message.metrics);
    if (message.type !== "collect_metrics") return;
    void this.#collect(all.filter(({ answers }) => answers)).then((text) =>
      from.send({ type: "metrics", id: message.id, text }),
    );
  }

  async #collect(workers: readonly WorkerProcess[]): Promise<string> {
    const asked = workers.map((worker) => this.#ask(worker));
    const parts = [(await this.#own.getMetricsAsJSON()) as unknown as MetricsOfProcess];
    for (const part of await Promise.all(asked)) if (part) parts.push(part);
    return AggregatorRegistry.aggregate(parts as unknown as object[]).metrics();
  }

  async #ask(worker: WorkerProcess): Promise<MetricsOfProcess | undefined> {
    const id = this.#next++;
    const waiting = Promise.withResolvers<MetricsOfProcess>();
    this.#waiting.set(id, waiting);
    worker.send({ type: "read_metrics", id });
    const told = await settlesWithin(this.#clock, answerMs, waiting.promise);
    this.#waiting.delete(id);
    return told ? waiting.promise : undefined;
  }
}
