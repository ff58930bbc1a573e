import { expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import type { ReplyModel } from "../../../src/ports/reply-model.ts";
import { hedged } from "../../../src/providers/resilient/hedging.ts";
import { type ScriptedReply, scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { prompt } from "../openai/stages.ts";

/** A hedged model over a script, its clock in the test's hand, and what becomes of its requests. */
function open(script: readonly ScriptedReply[]) {
  const clock = manualClock();
  const model = scriptedReplyModel(script, { clock });
  const ends: string[] = [];
  let calls = 0;
  const reply: ReplyModel["reply"] = async function* (asked, options) {
    const call = calls++;
    options.signal.addEventListener("abort", () => ends.push(`${call} closed at ${clock.now()}`));
    yield* model.reply(asked, options);
  };
  const asked = hedged({ ...model, reply }, { afterMs: 400, clock });
  const stop = new AbortController();
  const read = async () => {
    let text = "";
    for await (const delta of asked.reply(prompt, { signal: stop.signal }))
      if (delta.type === "text") text += delta.delta;
    return text;
  };
  return { clock, ends, stop, read, calls: () => calls };
}

test("a first answer in time is the only one asked for", async () => {
  const { clock, read, calls } = open([{ text: "First.", delayMs: 399 }]);
  const reading = read();
  await clock.advance(1000);
  expect(await reading).toBe("First.");
  expect(calls()).toBe(1);
  expect(clock.pending).toBe(0);
});

test("a late first answer: a second request, which wins; the first is closed at that moment", async () => {
  const { clock, ends, read, calls } = open([
    { text: "First.", delayMs: 5000 },
    { text: "Second.", delayMs: 100 },
  ]);
  const reading = read();
  await clock.advance(399);
  expect(calls()).toBe(1);
  await clock.advance(1);
  expect(calls()).toBe(2);
  await clock.advance(100);
  expect(await reading).toBe("Second.");
  expect(ends[0]).toBe("0 closed at 500");
  expect(clock.pending).toBe(0);
});

test("the first may still win, also when it comes slowly from then on", async () => {
  const { clock, ends, read } = open([
    { text: "First it is.", delayMs: 450, gapMs: 300 },
    { text: "Second.", delayMs: 100 },
  ]);
  const reading = read();
  await clock.advance(2000);
  expect(await reading).toBe("First it is.");
  expect(ends[0]).toBe("1 closed at 450");
  expect(clock.pending).toBe(0);
});

test("a failure before the second is asked is told at once", async () => {
  const { clock, read, calls } = open([{ fail: "unavailable" }]);
  await expect(read()).rejects.toMatchObject({ kind: "unavailable" });
  expect(calls()).toBe(1);
  expect(clock.pending).toBe(0);
});

test("one that fails late does not spoil the other; where both fail, the first one's failure is told", async () => {
  const saved = open([
    { fail: "timeout", delayMs: 600 },
    { text: "Second.", delayMs: 500 },
  ]);
  const reading = saved.read();
  await saved.clock.advance(1000);
  expect(await reading).toBe("Second.");
  const lost = open([
    { fail: "timeout", delayMs: 600 },
    { fail: "unavailable", delayMs: 100 },
  ]);
  const losing = lost.read();
  losing.catch(() => {});
  await lost.clock.advance(1000);
  await expect(losing).rejects.toMatchObject({ kind: "timeout" });
});

test("an abort closes both", async () => {
  const { clock, ends, stop, read } = open([{ text: "First.", delayMs: 5000 }]);
  const reading = read();
  reading.catch(() => {});
  await clock.advance(450);
  stop.abort("barge in");
  await expect(reading).rejects.toBe("barge in");
  expect(ends).toEqual(["0 closed at 450", "1 closed at 450"]);
  expect(clock.pending).toBe(0);
});
