/**
 * A server that goes on and on: what it takes levels off. Runs with `npm run test:soak -- --minutes N` alone. On a machine
 * that has too much to do erasures are slow, and may be refused: each makes several trips to the database.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endure, type Trend } from "../../support/endurance.ts";
import { testDatabase } from "../../support/test-database.ts";

const minutes = Number(process.env.SOAK_MINUTES ?? 0);

/** Growth over the window that is no leak: a tenth of what is there, and this amount. */
const amounts: Readonly<Record<string, number>> = { "heap MB": 15, "RSS MB": 40 };
const defaultAmount = 15;

/** Figures that grow by more than that, and by more than people talk faster, as they do on a machine that gets idle. */
function growing(trends: Readonly<Record<string, Trend>>): readonly (readonly [string, Trend])[] {
  const { "turns a second": pace, ...taken } = trends;
  const faster = Math.max(0, pace ? pace.growth / pace.median : 0);
  return Object.entries(taken).filter(
    ([name, { median, growth }]) => growth > (0.1 + faster) * median + (amounts[name] ?? defaultAmount),
  );
}

const title = "[OP3] 200 sessions talk, resume and are erased: memory, handles and rows level off";

test.skipIf(minutes === 0)(
  minutes === 0 ? `${title} (skipped: runs for the time that -- --minutes N gives it)` : title,
  {
    timeout: (minutes + 5) * 60_000,
  },
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "kuku-endurance-"));
    const figures = await endure({ minutes, sessions: 200, databaseUrl: await testDatabase(), dataDir });
    const { trends, troubles, ...sums } = figures;
    console.log(`${minutes} minutes: ${JSON.stringify(sums)}`);
    console.table(Object.fromEntries(Object.entries(trends).map(([name, trend]) => [name, rounded(trend)])));
    expect(troubles).toEqual([]);
    expect(figures.refusals).toEqual([]);
    expect(figures.turns).toBeGreaterThan(100);
    expect(figures.resumed).toBeGreaterThan(10);
    expect(figures.erased).toBeGreaterThan(10);
    expect(growing(trends)).toEqual([]);
    rmSync(dataDir, { recursive: true, force: true });
  },
);

function rounded({ median, growth, perHour }: Trend) {
  const round = (value: number) => Math.round(value * 10) / 10;
  return { median: round(median), growth: round(growth), "an hour": round(perHour) };
}
