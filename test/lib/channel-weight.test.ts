import { expect, test } from "vitest";
import { channel } from "../../src/lib/channel.ts";

test("after a refusal for weight, the writer waits for a value to leave, and is not told of room it has not", async () => {
  const weighed = channel<number>(100, (value) => value);
  expect(weighed.push(60)).toBe(true);
  expect(weighed.push(60)).toBe(false);
  let told = false;
  const room = weighed.writable().then(() => {
    told = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(told).toBe(false);

  const reader = weighed[Symbol.asyncIterator]();
  expect(await reader.next()).toEqual({ done: false, value: 60 });
  await room;
  expect(weighed.push(60)).toBe(true);
  // A lighter value than the one refused is not held back by it.
  expect(weighed.push(70)).toBe(false);
  expect(weighed.push(40)).toBe(true);
});

test("a producer that tries again and again leaves the process to others while its reader is slow", async () => {
  const weighed = channel<number>(100, (value) => value);
  const values = [60, 60, 60, 30, 90, 100, 10];
  const producing = (async () => {
    for (const value of values) while (!weighed.push(value)) await weighed.writable();
    weighed.close();
  })();
  const read: number[] = [];
  for await (const value of weighed) {
    read.push(value);
    // A turn of the event loop: a producer spinning on promises would never let it come.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await producing;
  expect(read).toEqual(values);
});

test("a value without weight is taken, however much waits", () => {
  const weighed = channel<number>(100, (value) => value);
  expect([weighed.push(500), weighed.push(1), weighed.push(0), weighed.size]).toEqual([
    true,
    false,
    true,
    500,
  ]);
});
