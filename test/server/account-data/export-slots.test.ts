import { expect, it } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { type ExportSlot, ExportSlots } from "../../../src/server/account-data/export-slots.ts";

/** An export of pieces, 100 KB each by default, that is read as the test says. */
function reader(slot: ExportSlot | undefined, piece = "x".repeat(100_000)) {
  async function* pieces() {
    for (;;) yield piece;
  }
  const read = slot!.follow(pieces());
  return { slot: slot!, read: () => read.next() };
}

it("takes eight users' exports, one of each", () => {
  const slots = new ExportSlots(manualClock());
  const taken = Array.from({ length: 8 }, (_, n) => slots.take(`user_${n}`));
  expect(taken.every((slot) => slot !== undefined)).toBe(true);
  expect(slots.take("user_0")).toBeUndefined();
  expect(slots.take("user_8")).toBeUndefined();
  taken[3]?.release();
  expect(slots.take("user_8")).toBeDefined();
  taken[3]?.release();
  expect(slots.take("user_9")).toBeUndefined();
});

it("ends the slowest for one who waits, once it is known to be slow, and nobody who is quick", async () => {
  const clock = manualClock();
  const slots = new ExportSlots(clock);
  const readers = Array.from({ length: 8 }, (_, n) => reader(slots.take(`user_${n}`)));
  for (let second = 0; second < 10; second++) {
    for (const { read } of readers.slice(1)) await read();
    await clock.advance(1000);
    if (second < 9) expect(slots.take("waiting")).toBeUndefined();
  }
  expect(slots.take("waiting")).toBeDefined();
  expect(readers.map(({ slot }) => slot.signal.aborted)).toEqual([true, ...Array(7).fill(false)]);
  expect(slots.take("another")).toBeUndefined();
});

it("counts bytes, not characters: who writes in another script is not taken for slow", async () => {
  const clock = manualClock();
  const slots = new ExportSlots(clock);
  const readers = Array.from({ length: 8 }, (_, n) => reader(slots.take(`user_${n}`), "字".repeat(33_333)));
  for (let second = 0; second < 10; second++) {
    for (const { read } of readers) await read();
    await clock.advance(1000);
  }
  expect(slots.take("waiting")).toBeUndefined();
  expect(readers.some(({ slot }) => slot.signal.aborted)).toBe(false);
});

it("ends one of which nothing is read for a minute, and any after an hour", async () => {
  const clock = manualClock();
  const slots = new ExportSlots(clock);
  const [idle, busy] = [reader(slots.take("idle")), reader(slots.take("busy"))];
  for (let minute = 0; minute < 59; minute++) {
    for (let half = 0; half < 2; half++) {
      await busy.read();
      await clock.advance(30_000);
    }
    if (minute === 0) expect([idle.slot.signal.aborted, busy.slot.signal.aborted]).toEqual([true, false]);
  }
  await busy.read();
  await clock.advance(59_000);
  expect(busy.slot.signal.aborted).toBe(false);
  await busy.read();
  await clock.advance(1000);
  expect(busy.slot.signal.aborted).toBe(true);
  expect(clock.pending).toBe(0);
});
