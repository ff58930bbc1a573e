import { expect, test } from "vitest";
import { channel } from "../../src/lib/channel.ts";
import { collect } from "../collect.ts";

test("values come out in order, those that waited and those waited for", async () => {
  const line = channel<number>(10);
  line.push(1);
  line.push(2);
  const read = collect(line);
  await Promise.resolve();
  line.push(3);
  line.close();
  expect(await read).toEqual([1, 2, 3]);
});

test("beyond the limit a value is refused, and room is told of", async () => {
  const line = channel<string>(5, (text) => text.length);
  expect([line.push("abc"), line.push("de"), line.push("f")]).toEqual([true, true, false]);
  expect(line.size).toBe(5);
  let room = false;
  const told = line.writable().then(() => {
    room = true;
  });
  await Promise.resolve();
  expect(room).toBe(false);
  await line[Symbol.asyncIterator]().next();
  await told;
  expect(line.push("f")).toBe(true);
});

test("an empty channel takes a value of any size, so that it cannot be wedged", () => {
  const line = channel<string>(2, (text) => text.length);
  expect(line.push("far too long")).toBe(true);
  expect(line.push("x")).toBe(false);
});

test("closed with an error, the reader gets what was in and then the error", async () => {
  const line = channel<number>(10);
  line.push(1);
  line.close(new Error("gone"));
  const reader = line[Symbol.asyncIterator]();
  expect(await reader.next()).toEqual({ done: false, value: 1 });
  await expect(reader.next()).rejects.toThrow("gone");
  expect((await reader.next()).done).toBe(true);
  expect(line.push(2)).toBe(false);
});

test("discard frees a waiting reader and a waiting writer", async () => {
  const line = channel<number>(1);
  line.push(1);
  const room = line.writable();
  line.discard();
  await room;
  expect((await line[Symbol.asyncIterator]().next()).done).toBe(true);
  expect(line.size).toBe(0);
});

test("consumed, values are taken within push; while one is worked on, others wait their turn", async () => {
  const line = channel<number>(10);
  const taken: number[] = [];
  let finish = () => {};
  const consumed = line.consume((value) => {
    taken.push(value);
    if (value !== 2) return undefined;
    return new Promise<void>((resolve) => {
      finish = resolve;
    });
  }, new AbortController().signal);
  line.push(1);
  expect(taken).toEqual([1]);
  line.push(2);
  line.push(3);
  expect([taken, line.size]).toEqual([[1, 2], 1]);
  finish();
  line.close();
  await consumed;
  expect(taken).toEqual([1, 2, 3]);
});

test("consumed, an abort ends it at once with the signal's reason and leaves nothing in it", async () => {
  const line = channel<number>(10);
  const life = new AbortController();
  const consumed = line.consume(() => new Promise(() => {}), life.signal);
  line.push(1);
  line.push(2);
  life.abort(new Error("enough"));
  await expect(consumed).rejects.toThrow("enough");
  expect([line.size, line.push(3)]).toEqual([0, false]);
});

test("consumed, what the taker throws and what the channel was closed with come out", async () => {
  const thrown = channel<number>(10);
  const { signal } = new AbortController();
  const consumed = thrown.consume(() => {
    throw new Error("bad value");
  }, signal);
  thrown.push(1);
  await expect(consumed).rejects.toThrow("bad value");
  const closed = channel<number>(10);
  const waited = closed.consume(() => undefined, signal);
  closed.close(new Error("gone"));
  await expect(waited).rejects.toThrow("gone");
});

test("below: nothing to wait for while little waits; otherwise until that is so, or the channel is closed", async () => {
  const line = channel<number>(10);
  for (const value of [1, 2, 3]) line.push(value);
  expect(line.below(3)).toBeUndefined();
  const reader = line[Symbol.asyncIterator]();
  let isBelow = false;
  const below = line.below(1)?.then(() => {
    isBelow = true;
  });
  await reader.next();
  await new Promise((resolve) => setImmediate(resolve));
  expect(isBelow).toBe(false);
  await reader.next();
  await below;
  line.push(4);
  const closed = line.below(0);
  line.close();
  await closed;
});
