/** Latencies of a node's last turns, step by step, for the percentiles that administrators see. */
import { type LatencyStep, latencySteps } from "./turn-metrics.ts";

/** Latencies by step, ms, the oldest first. */
export type StepLatencies = Partial<Record<LatencyStep, number[]>>;

/** Turns that are remembered of each step. */
const mostTurns = 200;

/** The last turns' latencies, of all sessions together. */
export class TurnLatencies {
  readonly #steps = new Map<LatencyStep, number[]>();

  /** Adds the figures of `kuku.latency` of a turn. */
  add(figures: Readonly<Record<string, number>> = {}): void {
    for (const [figure, step] of latencySteps) {
      const ms = figures[figure];
      if (ms === undefined) continue;
      const kept = this.#steps.get(step) ?? [];
      kept.push(Math.round(ms));
      if (kept.length > mostTurns) kept.shift();
      this.#steps.set(step, kept);
    }
  }

  /** Latencies of the last 200 turns. */
  list(): StepLatencies {
    return Object.fromEntries([...this.#steps].map(([step, kept]) => [step, [...kept]]));
  }
}

/** Summary of one step over all nodes; all but the count in ms. */
export interface StepSummary {
  readonly step: LatencyStep;
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Sums up the nodes' latencies, in the order of a turn; steps that no turn had are left out. Percentiles by nearest rank. */
export function summarizeLatencies(nodes: readonly StepLatencies[]): readonly StepSummary[] {
  return latencySteps.flatMap(([, step]) => {
    const sorted = nodes.flatMap((node) => node[step] ?? []).sort((a, b) => a - b);
    const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    const count = sorted.length;
    return count === 0 ? [] : { step, count, p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: rank(1) };
  });
}
