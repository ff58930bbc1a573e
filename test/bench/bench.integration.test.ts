/** The bench in small: real processes, a handful of sessions, a fraction of a second. */
import { expect, test } from "vitest";
import { launch } from "../../bench/child.ts";
import type { Sighting } from "../../bench/load/crowd.ts";
import { assumedShape, type Mode, type Workload } from "../../bench/workload.ts";

const workloadOf = (mode: Mode): Workload => ({ mode, rate: 24_000, chunksPerTurn: 5 });

test.each(["commit", "vad", "base64"] as const)(
  "a crowd in mode %s gets an answer to every turn",
  async (mode) => {
    const workload = workloadOf(mode);
    const shape = { ...assumedShape(workload), answerAfter: 3 };
    const [bare, generator] = await Promise.all([
      launch(new URL("../../bench/targets/bare.ts", import.meta.url)),
      launch(new URL("../../bench/load/generator.ts", import.meta.url)),
    ]);
    try {
      await bare.ask("prepare", { workload, shape });
      const port = await bare.ask<number>("listen");
      await generator.ask("gather", { port, sessions: 4, workload, answerAfter: 3, seed: 1 });
      expect(await bare.ask("sessions")).toBe(4);
      await generator.ask("speak", port);
      let seen: Sighting;
      do seen = await generator.ask<Sighting>("sighting", port);
      while (seen.latencies.length < 8);
      expect(seen.failures).toBe(0);
      expect(seen.turns).toBeLessThanOrEqual(seen.latencies.length + 4);
      expect(await bare.ask("bytesHeard")).toBeGreaterThanOrEqual((seen.chunksSent - 20) * 960);
      await generator.ask("leave", port);
    } finally {
      await Promise.all([bare.stop(), generator.stop()]);
    }
  },
);
