/** One client that hands in as much text as it can: everybody else's turns are stored as ever. */
import { rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Flood, type FloodFigures, floodWithItems } from "../../support/item-flood.ts";
import { testDatabase, testDataDir } from "../../support/test-database.ts";

/** Most that turns may take beside a flood, as a multiple of their usual time. */
const mostRatio = 10;
/** Most that the process may grow by meanwhile, MB. */
const mostMoreMb = 200;

let dataDir: string;
beforeEach(() => {
  dataDir = testDataDir();
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

function expectUnnoticed(name: string, figures: FloodFigures): void {
  console.info(name, JSON.stringify(figures));
  expect(figures.closed).toEqual([]);
  expect(figures.turns).toBeGreaterThanOrEqual(15);
  expect(figures.duringMs / figures.beforeMs).toBeLessThan(mostRatio);
  expect(figures.mostResidentMb - figures.residentMb).toBeLessThan(mostMoreMb);
}

describe.each(["embedded", "PostgreSQL"])("on the %s database", (kind) => {
  const run = async (name: string, floods: readonly Flood[], env: Record<string, string> = {}) => {
    const databaseUrl = kind === "embedded" ? undefined : await testDatabase();
    const place = { DATA_DIR: dataDir, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) };
    const figures = await floodWithItems({ ...place, ...env }, floods);
    expectUnnoticed(`${kind}: ${name}`, figures);
    return figures.answers;
  };

  test("[IN7] [ST9] 62 messages of 240 KB on one socket are refused one by one", async () => {
    const answers = await run("62 × 240 KB", [{ items: 62, bytes: 240_000 }]);
    expect(answers).toEqual({ message_too_large: 62 });
  });

  test("[IN7] [C8] [ST9] four sockets that fill their conversations with messages of 30 KB", async () => {
    const answers = await run(
      "4 × 100 × 30 KB",
      Array.from({ length: 4 }, () => ({ items: 100, bytes: 30_000 })),
    );
    expect(answers.added).toBeGreaterThan(200);
    expect((answers.added ?? 0) + (answers.conversation_full ?? 0) + (answers.storage_behind ?? 0)).toBe(400);
  });

  test("[ST9] 62 messages of 240 KB where an operator allows them", async () => {
    const allowed = { MAX_ITEM_BYTES: "262144", MAX_CONVERSATION_BYTES: "33554432" };
    const answers = await run("62 × 240 KB, allowed", [{ items: 62, bytes: 240_000 }], allowed);
    expect((answers.added ?? 0) + (answers.storage_behind ?? 0)).toBe(62);
  });
});
