import { afterEach, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../../src/lib/clock.ts";
import { type Due, WriteBehindCounters } from "../../../../src/server/access/quotas/write-behind-counters.ts";
import { CommitInDoubt } from "../../../../src/store/transaction.ts";

type Names = "turns" | "ms";
let clock: ManualClock;
let counters: Pick<WriteBehindCounters<Names, string>, "hold" | "release" | "flush" | "close" | "size">;
afterEach(async () => {
  await counters.close(1000);
  expect(clock.pending).toBe(0);
});

/** Counters over a store that can be away, and what the store holds. */
const open = (options: { whole?: boolean; mostWaiting?: number } = {}) => {
  clock = manualClock();
  const stored: Record<string, number> = {};
  const writes: Due<Names, string>[][] = [];
  const dropped: number[] = [];
  const state = { away: false, answer: undefined as Promise<void> | undefined };
  counters = new WriteBehindCounters<Names, string>({
    names: ["turns", "ms"],
    async save(due) {
      writes.push([...due]);
      await state.answer;
      if (state.away) throw new Error("away");
      for (const { key, amounts } of due)
        for (const [name, amount] of Object.entries(amounts))
          stored[`${key} ${name}`] = (stored[`${key} ${name}`] ?? 0) + amount;
    },
    everyMs: 1000,
    mostWaiting: 10,
    onDropped: (entries) => dropped.push(entries),
    clock,
    ...options,
  });
  return { stored, writes, dropped, state };
};

test("what is added is stored together, a moment later, and once", async () => {
  const { stored, writes } = open();
  const ann = counters.hold("ann", "Ann");
  const bob = counters.hold("bob", "Bob");
  ann.add("turns", 1);
  ann.add("turns", 1);
  bob.add("ms", 0.5);
  expect(ann.unsaved("turns")).toBe(2);
  await clock.advance(999);
  expect(writes).toEqual([]);
  await clock.advance(1);
  expect(writes).toEqual([
    [
      { key: "ann", of: "Ann", amounts: { turns: 2 } },
      { key: "bob", of: "Bob", amounts: { ms: 0.5 } },
    ],
  ]);
  expect(ann.unsaved("turns")).toBe(0);
  await clock.advance(5000);
  expect(writes).toHaveLength(1);
  expect(stored).toEqual({ "ann turns": 2, "bob ms": 0.5 });
});

test("who lets go has theirs stored at once, and is then forgotten; without keys no timer runs", async () => {
  const { stored } = open();
  counters.hold("ann", "Ann").add("turns", 1);
  counters.release("ann");
  await clock.advance(0);
  expect(stored).toEqual({ "ann turns": 1 });
  expect(counters.size).toBe(0);
  await clock.advance(1000);
  expect(clock.pending).toBe(0);
});

test("while the store is away all is kept, also of those who are gone, and stored when it is back", async () => {
  const { stored, state } = open();
  state.away = true;
  const ann = counters.hold("ann", "Ann");
  ann.add("turns", 1);
  await clock.advance(1000);
  ann.add("turns", 2);
  counters.release("ann");
  counters.hold("bob", "Bob").add("ms", 7);
  await clock.advance(10_000);
  expect(counters.hold("ann", "Ann").unsaved("turns")).toBe(3);
  state.away = false;
  await clock.advance(1000);
  expect(stored).toEqual({ "ann turns": 3, "bob ms": 7 });
});

test("what is added while something is being stored waits for the next time", async () => {
  const { stored, state } = open();
  const answer = Promise.withResolvers<void>();
  state.answer = answer.promise;
  const ann = counters.hold("ann", "Ann");
  ann.add("turns", 1);
  await clock.advance(1000);
  ann.add("turns", 1);
  expect(ann.unsaved("turns")).toBe(2);
  state.away = true;
  answer.resolve();
  await clock.advance(0);
  expect(ann.unsaved("turns")).toBe(2);
  state.away = false;
  await clock.advance(1000);
  expect(stored).toEqual({ "ann turns": 2 });
});

test("those that cannot be stored are kept up to a bound; how many were dropped is told", async () => {
  const { state, dropped } = open({ mostWaiting: 10 });
  state.away = true;
  for (let n = 0; n < 25; n++) {
    counters.hold(`user ${n}`, "").add("turns", 1);
    counters.release(`user ${n}`);
  }
  await clock.advance(1000);
  expect(counters.size).toBe(10);
  expect(dropped.reduce((sum, n) => sum + n, 0)).toBe(15);
});

test("where only whole amounts are stored, the rest of one stays", async () => {
  const { stored } = open({ whole: true });
  const ann = counters.hold("ann", "Ann");
  ann.add("ms", 1.75);
  await clock.advance(1000);
  ann.add("ms", 1.5);
  await clock.advance(1000);
  expect(stored).toEqual({ "ann ms": 3 });
  expect(ann.unsaved("ms")).toBe(0.25);
});

test("closing stores what is left, and waits no longer than it may", async () => {
  const { stored, state, dropped } = open();
  counters.hold("ann", "Ann").add("turns", 1);
  await counters.close(1000);
  expect(stored).toEqual({ "ann turns": 1 });
  const { state: second, dropped: lost } = open();
  expect(state).not.toBe(second);
  second.answer = new Promise(() => {});
  counters.hold("bob", "Bob").add("turns", 1);
  const closed = counters.close(1000);
  await clock.advance(1000);
  await closed;
  expect(dropped).toEqual([]);
  expect(lost).toEqual([1]);
});

test.each([
  ["stored", true],
  ["not stored", false],
])(
  "[QT5] a commit whose answer is lost is asked after before anything else is stored: %s",
  async (_, stored) => {
    clock = manualClock();
    const asked: (boolean | undefined)[] = [undefined, stored];
    const saved: Due<Names, string>[][] = [];
    const told: string[] = [];
    counters = new WriteBehindCounters<Names, string, string>({
      names: ["turns", "ms"],
      async save(due) {
        saved.push([...due]);
        if (saved.length > 1) return "answer";
        throw new CommitInDoubt(
          "lost answer",
          async () => {
            const answer = asked.shift();
            if (answer === undefined) throw new Error("away");
            return answer;
          },
          new Error("cut"),
        );
      },
      onSaved: (answer, keys) => told.push(`${answer} for ${keys}`),
      everyMs: 1000,
      mostWaiting: 10,
      onDropped() {},
      clock,
    });
    const ann = counters.hold("ann", "Ann");
    ann.add("turns", 1);
    await clock.advance(1000);
    expect([ann.unsaved("turns"), ann.saving]).toEqual([1, true]);
    ann.add("ms", 5);
    await clock.advance(1000);
    expect([saved.length, ann.unsaved("turns"), ann.unsaved("ms")]).toEqual([1, 1, 5]);
    await clock.advance(1000);
    expect(saved.slice(1).flat()).toEqual([
      { key: "ann", of: "Ann", amounts: stored ? { ms: 5 } : { turns: 1, ms: 5 } },
    ]);
    expect(told).toEqual(stored ? ["lost answer for ann", "answer for ann"] : ["answer for ann"]);
    expect([ann.unsaved("turns"), ann.unsaved("ms")]).toEqual([0, 0]);
  },
);
