/**
 * How long what people wait for takes in a full store: listing, search, progress, and a write. `--sessions` and
 * `--rounds` make it smaller. Goal: p95 below 50 ms.
 */
import { parseArgs } from "node:util";
import { systemClock } from "../../src/lib/clock.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { startPostgres } from "../../test/support/postgres.ts";
import { percentile } from "../statistics.ts";
import { bigOwner, fill, frequentWord, rareWord, smallOwner } from "./fill.ts";
import { usedIndexes, watchStatements } from "./plans.ts";

const goalMs = 50;
const { values } = parseArgs({
  options: {
    sessions: { type: "string", default: "100000" },
    rounds: { type: "string", default: "200" },
  },
});
const sessions = Number(values.sessions);
const rounds = Number(values.rounds);

interface Question {
  readonly name: string;
  readonly ask: (store: OpenStore) => Promise<unknown>;
}

/** The cursor after `pages` full pages. */
async function deepCursor(store: OpenStore, ownerId: string, pages: number): Promise<string | undefined> {
  let cursor: string | undefined;
  for (let page = 0; page < pages; page++) {
    const { next } = await store.listSessions({ ownerId, limit: 100, ...(cursor && { cursor }) });
    if (!next) return cursor;
    cursor = next;
  }
  return cursor;
}

async function questions(store: OpenStore): Promise<Question[]> {
  const now = Date.now();
  const deep = await deepCursor(store, bigOwner, 40);
  const list = (name: string, query: object): Question => ({
    name: `list, ${name}`,
    ask: (of) => of.listSessions({ ownerId: bigOwner, limit: 20, ...query }),
  });
  const search = (name: string, text: string, ownerId = bigOwner): Question => ({
    name: `search, ${name}`,
    ask: (of) => of.searchItems({ ownerId, text, limit: 20 }),
  });
  let written = 0;
  return [
    list("first page", {}),
    list("page 200", deep ? { cursor: deep } : {}),
    list("by status", { status: "active" }),
    list("by date", { from: now - 300 * 86_400_000, to: now - 270 * 86_400_000 }),
    list("first page, small owner", { ownerId: smallOwner }),
    search("frequent word", frequentWord),
    search("rare word", rareWord),
    search("two words", `${frequentWord} word17`),
    search("a word nobody said", "absent"),
    search("without a word", `${frequentWord} -word0`),
    search("frequent word, small owner", frequentWord, smallOwner),
    { name: "progress, 30 sessions", ask: (of) => of.progress({ ownerId: bigOwner, now, limit: 30 }) },
    { name: "progress, small owner", ask: (of) => of.progress({ ownerId: smallOwner, now, limit: 30 }) },
    { name: "items of a session", ask: (of) => of.readItems("session-00000017") },
    {
      name: "write: a session and 2 items, until safe",
      ask(of) {
        const id = `session-bench-${++written}`;
        const journal = of.journals.open({
          ...{ id, ownerId: smallOwner, persona: "kuku", language: "en-US", origin: "socket" },
          ...{ recorded: false, createdAt: now, nodeId: "bench" },
        });
        const text = "some words that were said, not many, but about as many as one says in a turn";
        for (const n of [1, 2])
          journal.write([
            {
              type: "item",
              item: { id: `i${n}`, position: n, role: "user", text, entry: { text }, createdAt: now },
            },
          ]);
        journal.close();
        return journal.settled();
      },
    },
  ];
}

async function measure(store: OpenStore, { name, ask }: Question): Promise<string[]> {
  for (let round = 0; round < 5; round++) await ask(store);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await ask(store);
    times.push(performance.now() - began);
  }
  const indexes = await usedIndexes(store.database.pool, await watchStatements(() => ask(store)));
  const p95 = percentile(times, 0.95);
  return [
    name,
    percentile(times, 0.5).toFixed(1),
    p95.toFixed(1),
    p95 < goalMs ? "yes" : "NO",
    indexes.join(", "),
  ];
}

const postgres = await startPostgres();
try {
  const databaseUrl = await postgres.createDatabase();
  const store = await openStore({
    databaseUrl,
    dataDir: "unused",
    clock: systemClock,
    nodeId: "bench",
    limits: { databaseTimeoutMs: 600_000 },
  });
  const began = performance.now();
  await fill(
    store.database.pool,
    { sessions, owners: 1000, ofOne: sessions / 20, itemsEach: 10 },
    Date.now(),
  );
  console.log(`filled in ${((performance.now() - began) / 1000).toFixed(0)} s; ${rounds} rounds each\n`);
  console.log("| question | p50 ms | p95 ms | < 50 | indexes used |\n|---|---:|---:|---|---|");
  for (const question of await questions(store))
    console.log(`| ${(await measure(store, question)).join(" | ")} |`);
  await store.close();
} finally {
  await postgres.stop();
}
process.exit(); // embedded PostgreSQL leaves listeners behind
