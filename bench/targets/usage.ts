/** What a server under test says about itself. */
import { performance } from "node:perf_hooks";

export interface Usage {
  /** Processor time since the process began (user and system, every thread), seconds. */
  readonly cpuSeconds: number;
  /** Time its event loop was not waiting, seconds; more than the processor time means that the core was shared. */
  readonly loopSeconds: number;
  /** Monotonic time of the figures, seconds. */
  readonly at: number;
}

export interface Memory {
  /** JavaScript heap and what hangs on it outside (buffers, sockets), after a full collection, bytes. */
  readonly held: number;
  /** Resident set after it, bytes: counts the allocator's slack too. */
  readonly resident: number;
}

/** The answers `usage` and `memory` every target gives. */
export const usageAnswers = {
  usage: (): Usage => {
    const cpu = process.cpuUsage();
    const now = performance.now();
    const { active } = performance.eventLoopUtilization();
    return { cpuSeconds: (cpu.user + cpu.system) / 1e6, loopSeconds: active / 1000, at: now / 1000 };
  },
  memory: async (): Promise<Memory> => {
    if (!globalThis.gc) throw new Error("run with --expose-gc");
    for (let round = 0; round < 2; round++) {
      globalThis.gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    return { held: heapUsed + external, resident: rss };
  },
};
