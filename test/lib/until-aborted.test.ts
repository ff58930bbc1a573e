import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { channel } from "../../src/lib/channel.ts";
import { untilAborted } from "../../src/lib/until-aborted.ts";

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

async function* count(to: number) {
  for (let i = 1; i <= to; i++) yield i;
}

describe("untilAborted", () => {
  test("passes everything on and leaves no listener", async () => {
    const { signal } = new AbortController();
    const seen: number[] = [];
    for await (const n of untilAborted(count(3), signal)) seen.push(n);
    expect(seen).toEqual([1, 2, 3]);
    expect(listeners(signal)).toBe(0);
  });

  test("an abort ends a read that waits, with the signal's reason", async () => {
    const stop = new AbortController();
    const silent = channel<number>(1);
    const stream = untilAborted(silent, stop.signal);
    const read = stream.next();
    stop.abort("enough");
    await expect(read).rejects.toBe("enough");
    expect(silent.closed).toBe(true);
    expect(listeners(stop.signal)).toBe(0);
  });

  test("an abort before the first read is met at the first read", async () => {
    const stop = new AbortController();
    stop.abort("enough");
    await expect(untilAborted(count(3), stop.signal).next()).rejects.toBe("enough");
  });

  test("a source whose return never comes does not hold it up", async () => {
    const stop = new AbortController();
    const never = new Promise<never>(() => {});
    const stuck: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: () => never, return: () => never }),
    };
    const read = untilAborted(stuck, stop.signal).next();
    stop.abort("enough");
    await expect(read).rejects.toBe("enough");
  });

  test("a failing source's error passes through, and leaving early returns the source", async () => {
    const { signal } = new AbortController();
    const failing = channel<number>(1);
    failing.close(new Error("broken"));
    await expect(untilAborted(failing, signal).next()).rejects.toThrow("broken");
    const open = channel<number>(2);
    open.push(1);
    for await (const _ of untilAborted(open, signal)) break;
    expect(open.closed).toBe(true);
    expect(listeners(signal)).toBe(0);
  });
});
