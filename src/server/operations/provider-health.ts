/** Health of the providers of each stage on this node: failures, their times, and the circuit's state. */
import type { Clock } from "../../lib/clock.ts";
import type { Stage } from "../../lib/errors.ts";
import type { CircuitChange } from "../../providers/resilient/circuit-breaker.ts";
import type { FailedAttempt } from "../../providers/resilient/failover.ts";
import { toTime } from "../http/common-schemas.ts";
import type { ProviderView } from "./live-schemas.ts";

export interface ProviderHealth {
  /** Records a failed attempt, also where another one helped. */
  onFailure(attempt: FailedAttempt): void;
  onCircuit(change: CircuitChange): void;
  /** In the order of the stages; those in use first. */
  list(): ProviderView[];
}

/** Span of recent failures, ms, and the most that are remembered. */
const recentMs = 5 * 60_000;
const mostRecent = 100;

interface Known {
  readonly stage: Stage;
  readonly provider: string;
  failures: number;
  /** Clock times, ms; oldest first. */
  readonly recent: number[];
  last?: { readonly at: string; readonly kind: string };
  circuit?: CircuitChange["state"];
}

/** Opens it. `inUse`: the names of the engines that the stages ask first. */
export function openProviderHealth({
  clock,
  inUse,
}: {
  readonly clock: Clock;
  readonly inUse: Readonly<Record<Stage, string>>;
}): ProviderHealth {
  const known = new Map<string, Known>();
  const find = (stage: Stage, provider: string): Known => {
    const key = `${stage} ${provider}`;
    const entry = known.get(key) ?? { stage, provider, failures: 0, recent: [] };
    known.set(key, entry);
    return entry;
  };
  const stages = Object.entries(inUse) as [Stage, string][];
  for (const [stage, provider] of stages) find(stage, provider);
  return {
    onFailure({ stage, provider, error }) {
      const entry = find(stage, provider);
      entry.failures++;
      entry.last = { at: toTime(clock.wallTime()), kind: error.kind };
      if (entry.recent.push(clock.now()) > mostRecent) entry.recent.shift();
    },
    onCircuit({ stage, provider, state }) {
      find(stage, provider).circuit = state;
    },
    list() {
      const since = clock.now() - recentMs;
      const order = stages.map(([stage]) => stage);
      return [...known.values()]
        .sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage))
        .map(({ stage, provider, failures, recent, last, circuit }) => ({
          stage,
          provider,
          circuit,
          failures,
          recentFailures: recent.filter((at) => at > since).length,
          lastFailure: last,
        }));
    },
  };
}
