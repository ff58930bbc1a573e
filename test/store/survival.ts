/** What a store has after the process that wrote to it was killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, vi } from "vitest";
import { systemClock } from "../../src/lib/clock.ts";
import type { Database } from "../../src/store/database.ts";
import { openJobs } from "../../src/store/jobs.ts";
import type { Store } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";

const writer = fileURLToPath(new URL("writer.ts", import.meta.url));

/** Lets a process write, kills it in the middle, and tells how far it got by its own word. */
export async function writeUntilKilled(
  dataDir: string,
  databaseUrl = "",
): Promise<ReadonlyMap<string, number>> {
  const child = spawn(process.execPath, ["--no-warnings", writer, dataDir, databaseUrl], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const acknowledged = new Map<string, number>();
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const [id = "", n] = line.split(" ");
      acknowledged.set(id, Number(n));
    }
    if ((acknowledged.get("session-w1") ?? 0) >= 40) child.kill("SIGKILL");
  });
  const [, signal] = await once(child, "close");
  expect(signal).toBe("SIGKILL");
  return acknowledged;
}

/** Everything that was acknowledged is there, once and in order, and nothing with a gap before it. */
export async function expectAcknowledged(
  store: Store,
  acknowledged: ReadonlyMap<string, number>,
): Promise<void> {
  expect(acknowledged.size).toBe(3);
  for (const [id, upTo] of acknowledged) {
    const items = await store.readItems(id);
    expect(items.length).toBeGreaterThanOrEqual(upTo);
    expect(items.map((each) => each.id)).toEqual(items.map((_, index) => `item_${index + 1}`));
  }
}

/** However far a session was stored that writes faster than is stored, its state is that after the last item stored. */
export async function expectStateOfItems(store: Store): Promise<void> {
  const items = await store.readItems("session-flood");
  // Many parts.
  expect(items.length).toBeGreaterThan(500);
  expect(items.map((each) => each.id)).toEqual(items.map((_, index) => `item_${index + 1}`));
  expect(await store.findSnapshot("session-flood")).toEqual({ items: items.length });
  expect(await store.findSession("session-flood")).toMatchObject({ messageCount: items.length });
}

/** The job of the killed process is done here, at its second try. */
export async function expectJobDone(database: Database): Promise<void> {
  const limits = { pollSeconds: 0.5, superviseSeconds: 1 };
  const jobs = openJobs({ database, clock: systemClock, limits });
  const done = vi.fn();
  jobs.work<{ n: number }>("crash", { retrySeconds: 1, timeoutSeconds: 2 }, async ({ n }, { attempt }) =>
    done(n, attempt),
  );
  await jobs.start();
  try {
    await eventually(() => expect(done).toHaveBeenCalledWith(7, 2));
  } finally {
    await jobs.stop(1000);
  }
}
