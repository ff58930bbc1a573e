/** The figures of the bench's tables, and the words that warn of a bad run. */
import { describe, expect, test } from "vitest";
import { median, percentile } from "../../bench/statistics.ts";
import { type Row, table } from "../../bench/table.ts";

const line = (change: Partial<Row>): Row => ({
  target: "bare",
  sessions: 100,
  p50: 1,
  p99: 2,
  turns: 50,
  cpuPerSessionMinute: 0.02,
  ratios: [1, 1, 1],
  coreShare: 0.4,
  loopShare: 0.4,
  others: { median: 0.02, most: 0.05 },
  heldPerSession: 10_240,
  residentPerSession: 20_480,
  lateness: 1,
  early: 0,
  failures: 0,
  firstFailures: [],
  ...change,
});

test("percentiles are by nearest rank, and nothing has none", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile([7], 0.99)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
});

test("the median of an even number lies between the middle two", () => {
  expect(median([4, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
});

describe("the table", () => {
  test("sets ours beside the bare server at the same N: the median of the rounds' ratios counts", () => {
    const text = table([
      line({}),
      line({ target: "kuku", cpuPerSessionMinute: 0.036, ratios: [1.9, 1.7, 1.8] }),
    ]);
    expect(text).toMatch(/kuku .*0\.0360 \| 1\.80 \(1\.70–1\.90\) /);
    expect(text).toMatch(/ 10 \| +20 \|/);
    expect(text).not.toMatch(/UNRELIABLE|DOUBTFUL|FAILURES/);
  });

  test("says how quiet the machine was", () => {
    expect(table([line({})])).toContain("others used 2 % of the machine, 5 % at most");
    expect(table([line({ others: undefined })])).toContain("what others used is not known");
  });

  test("marks a late generator, a shared core, a full one and failed turns", () => {
    expect(table([line({ lateness: 12 })])).toContain("UNRELIABLE (N = 100, bare)");
    expect(table([line({ loopShare: 0.9 })])).toContain("DOUBTFUL (N = 100, bare)");
    expect(table([line({ coreShare: 0.99, loopShare: 1 })])).toContain("SATURATED (N = 100, bare)");
    expect(table([line({ failures: 2, firstFailures: ["closed"] })])).toContain("2; closed");
  });
});
