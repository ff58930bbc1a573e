import { expect, test } from "vitest";
import { manualClock, sleep } from "../../src/lib/clock.ts";

test("a manual clock fires what is due, in order, and stands still otherwise", async () => {
  const clock = manualClock();
  const fired: string[] = [];
  clock.after(20, () => fired.push("b"));
  clock.after(10, () => {
    fired.push("a");
    clock.after(5, () => fired.push("a+5"));
  });
  const cancel = clock.after(15, () => fired.push("never"));
  cancel();
  await clock.advance(16);
  expect(fired).toEqual(["a", "a+5"]);
  await clock.advance(4);
  expect(fired).toEqual(["a", "a+5", "b"]);
  expect([clock.now(), clock.pending]).toEqual([20, 0]);
});

test("an aborted sleep rejects with the signal's reason and leaves no timer", async () => {
  const clock = manualClock();
  const controller = new AbortController();
  const asleep = sleep(clock, 1000, controller.signal);
  controller.abort(new Error("enough"));
  await expect(asleep).rejects.toThrow("enough");
  expect(clock.pending).toBe(0);
});
