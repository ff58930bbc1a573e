import { expect, test, vi } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { releaseMemory } from "../../../src/lib/release-memory.ts";
import { releaseIdleMemory } from "../../../src/server/operations/idle-memory.ts";

test("[OP4] memory is released 20 s after the start and after the last session, once each", async () => {
  const clock = manualClock();
  const release = vi.fn();
  let live = 0;
  const stop = releaseIdleMemory({ clock, live: () => live, release });
  await clock.advance(19_999);
  expect(release).not.toHaveBeenCalled();
  await clock.advance(600_000);
  expect(release).toHaveBeenCalledTimes(1);
  live = 3;
  await clock.advance(600_000);
  expect(release).toHaveBeenCalledTimes(1);
  live = 0;
  await clock.advance(30_000);
  expect(release).toHaveBeenCalledTimes(2);
  stop();
  expect(clock.pending).toBe(0);
});

test("[OP4] memory is released by this engine: the heap shrinks once what filled it is gone", () => {
  let rows: unknown[] | undefined = Array.from({ length: 400_000 }, (_, n) => ({ n, text: `row ${n}` }));
  expect(rows).toHaveLength(400_000);
  const full = process.memoryUsage().heapTotal;
  rows = undefined;
  releaseMemory();
  expect(process.memoryUsage().heapTotal).toBeLessThan(full - 10_000_000);
});
