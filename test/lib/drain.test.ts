import { expect, test } from "vitest";
import { channel } from "../../src/lib/channel.ts";
import { drain } from "../../src/lib/drain.ts";

test("a stream is read to its end, value by value", async () => {
  const values = channel<number>(10);
  for (let i = 0; i < 3; i++) values.push(i);
  const drained = drain(values);
  await expect.poll(() => values.size).toBe(0);
  values.push(3);
  values.close();
  await drained;
  expect(values.size).toBe(0);
});

test("the error that ends a stream is thrown", async () => {
  const values = channel<number>(10);
  values.push(1);
  const drained = drain(values);
  values.close(new Error("broken off"));
  await expect(drained).rejects.toThrow("broken off");
});
