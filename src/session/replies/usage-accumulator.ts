/** Charged usage of a session's engines, taken turn by turn. */
import { addUsage, type OnUsage, type TurnUsage, turnCost } from "../../ports/usage.ts";

/** Usage and its cost; the cost is absent where a price is not known. */
interface UsageTotal {
  readonly usage: TurnUsage;
  readonly cost?: number;
}

export interface UsageAccumulator {
  readonly add: OnUsage;
  /**
   * All that was told since the last call, or undefined where nothing was. A request that was broken off is told a moment
   * after, and so counts to the turn behind it: a session's sum is exact, a turn's nearly so.
   */
  take(): UsageTotal | undefined;
}

/** Starts at nothing; `told` hears of each request, too. */
export function openUsageAccumulator(told?: OnUsage): UsageAccumulator {
  let usage: TurnUsage = {};
  return {
    add(report) {
      told?.(report);
      usage = addUsage(usage, report);
    },
    take() {
      if (Object.keys(usage).length === 0) return undefined;
      const spent = usage;
      usage = {};
      const cost = turnCost(spent);
      return { usage: spent, cost };
    },
  };
}
