import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openPlayout, type Playout, type PlayPosition } from "../../src/client/playout.ts";

const rate = 1_000; // one sample a millisecond keeps the sums readable

function open(options: { startMs?: number; patienceMs?: number; limitMs?: number } = {}) {
  const changes: PlayPosition[] = [];
  const playout = openPlayout({
    rate,
    startMs: 0,
    ...options,
    onChange: (position) => changes.push(position),
  });
  return { playout, changes, states: () => changes.map((it) => `${it.responseNumber} ${it.state}`) };
}
/** What is heard in `ms`, as 16-bit samples. */
function hear(playout: Playout, ms: number): number[] {
  const out = new Float32Array(ms);
  playout.render(out);
  return [...out].map((value) => Math.round(value * 32_768));
}
const count = (from: number, length: number) => Int16Array.from({ length }, (_, i) => from + i);

describe("the playout", () => {
  test("however a reply is cut and however it is asked for, it is heard whole and without a gap", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, sizes, (cuts, asks) => {
        const { playout } = open();
        let at = 0;
        for (const length of cuts) {
          playout.add({ responseNumber: 1, startSample: at, pcm: count(1 + at, length) });
          at += length;
        }
        playout.finish(1);
        const heard: number[] = [];
        for (let i = 0; heard.length < at; i++) heard.push(...hear(playout, asks[i % asks.length] as number));
        expect(heard.slice(0, at)).toEqual([...count(1, at)]);
        expect(heard.slice(at).every((sample) => sample === 0)).toBe(true);
        expect(playout.position()).toEqual({ responseNumber: 1, playedSamples: at, state: "ended" });
      }),
    );
  });

  test("a reply starts once enough of it is there, or no more will come, or the wait was long enough", () => {
    const first = open({ startMs: 60, patienceMs: 1_000 });
    first.playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 40) });
    expect(hear(first.playout, 10)).toEqual(Array(10).fill(0));
    first.playout.add({ responseNumber: 1, startSample: 40, pcm: count(41, 20) });
    expect(hear(first.playout, 3)).toEqual([1, 2, 3]);

    const short = open({ startMs: 60, patienceMs: 1_000 });
    short.playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 5) });
    short.playout.finish(1);
    expect(hear(short.playout, 5)).toEqual([1, 2, 3, 4, 5]);

    const slow = open({ startMs: 60, patienceMs: 100 });
    slow.playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 5) });
    hear(slow.playout, 100);
    expect(hear(slow.playout, 2)).toEqual([1, 2]);
  });

  test("a frame that comes just in time makes no gap; one that comes too late makes one, then more is held", () => {
    const { playout } = open({ startMs: 10, patienceMs: 1_000 });
    playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 10) });
    expect(hear(playout, 10)).toEqual([...count(1, 10)]);
    playout.add({ responseNumber: 1, startSample: 10, pcm: count(11, 10) });
    expect(hear(playout, 12)).toEqual([...count(11, 10), 0, 0]);
    playout.add({ responseNumber: 1, startSample: 20, pcm: count(21, 10) });
    expect(hear(playout, 5)).toEqual([0, 0, 0, 0, 0]);
    playout.add({ responseNumber: 1, startSample: 30, pcm: count(31, 10) });
    expect(hear(playout, 20)).toEqual([...count(21, 20)]);
  });

  test("cleared, a reply falls silent within 5 ms and nothing of it is heard again", () => {
    const { playout, states } = open();
    playout.add({ responseNumber: 1, startSample: 0, pcm: new Int16Array(500).fill(10_000) });
    hear(playout, 100);
    playout.clear(1);
    const after = hear(playout, 50);
    expect(after.slice(5).every((sample) => sample === 0)).toBe(true);
    expect(after[0]).toBeLessThanOrEqual(10_000);
    expect(playout.position()).toEqual({ responseNumber: 1, playedSamples: 100, state: "cleared" });
    expect(playout.add({ responseNumber: 1, startSample: 500, pcm: count(1, 10) })).toBe("dead");
    expect(hear(playout, 20)).toEqual(Array(20).fill(0));
    expect(states()).toEqual(["1 waiting", "1 playing", "1 cleared"]);
  });

  test("frames of a reply that was cleared before its first one came are dead", () => {
    const { playout } = open();
    playout.clear(2);
    expect(playout.add({ responseNumber: 2, startSample: 0, pcm: count(1, 5) })).toBe("dead");
    expect(playout.add({ responseNumber: 3, startSample: 0, pcm: count(7, 5) })).toBe("held");
    expect(hear(playout, 5)).toEqual([...count(7, 5)]);
  });

  test("the next reply follows the one before without a gap, and both are told ended", () => {
    const { playout, states } = open();
    playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 5) });
    playout.finish(1);
    playout.add({ responseNumber: 2, startSample: 0, pcm: count(11, 5) });
    playout.finish(2);
    expect(hear(playout, 12)).toEqual([...count(1, 5), ...count(11, 5), 0, 0]);
    expect(states()).toEqual(["1 waiting", "1 playing", "1 ended", "2 waiting", "2 playing", "2 ended"]);
  });

  test("paused, nothing is heard and nothing is lost", () => {
    const { playout, states } = open();
    playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 10) });
    expect(hear(playout, 3)).toEqual([1, 2, 3]);
    playout.pause(1);
    expect(hear(playout, 5)).toEqual([0, 0, 0, 0, 0]);
    playout.resume();
    expect(hear(playout, 3)).toEqual([4, 5, 6]);
    expect(states()).toEqual(["1 waiting", "1 playing", "1 paused", "1 waiting", "1 playing"]);
  });

  test.each(["cleared while it is held", "cleared before it is held"])(
    "a hold ends with its response, %s: the next one is heard",
    (how) => {
      const { playout } = open();
      playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 10) });
      hear(playout, 3);
      if (how === "cleared before it is held") playout.clear(1);
      playout.pause(1);
      playout.clear(1);
      playout.add({ responseNumber: 2, startSample: 0, pcm: count(21, 5) });
      playout.finish(2);
      expect(hear(playout, 20).slice(-15)).toEqual(Array(15).fill(0));
      expect(playout.position()).toEqual({ responseNumber: 2, playedSamples: 5, state: "ended" });
    },
  );

  test("a response that is held before its first sample comes waits with it", () => {
    const { playout } = open();
    playout.pause(1);
    playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 5) });
    playout.finish(1);
    expect(hear(playout, 5)).toEqual([0, 0, 0, 0, 0]);
    playout.resume();
    expect(hear(playout, 5)).toEqual([...count(1, 5)]);
  });

  test("whatever was held, cleared and let go before, a response that comes after is heard whole", () => {
    const earlier = fc.integer({ min: 1, max: 4 });
    const orders = fc.array(
      fc.tuple(fc.constantFrom("add", "finish", "clear", "pause", "resume", "render"), earlier),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(orders, (given) => {
        const { playout } = open();
        for (const [order, responseNumber] of given) {
          if (order === "add") playout.add({ responseNumber, startSample: 0, pcm: count(1, 7) });
          else if (order === "resume") playout.resume();
          else if (order === "render") hear(playout, 5);
          else playout[order as "finish" | "clear" | "pause"](responseNumber);
        }
        playout.clear(4);
        hear(playout, 5);
        playout.add({ responseNumber: 5, startSample: 0, pcm: count(100, 20) });
        expect(hear(playout, 20)).toEqual([...count(100, 20)]);
      }),
    );
  });

  test("beyond its limit audio is refused, not held", () => {
    const { playout } = open({ limitMs: 100 });
    expect(playout.add({ responseNumber: 1, startSample: 0, pcm: count(1, 90) })).toBe("held");
    expect(playout.add({ responseNumber: 1, startSample: 90, pcm: count(1, 20) })).toBe("full");
  });
});
