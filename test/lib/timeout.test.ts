import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { onAbort } from "../../src/lib/abort.ts";
import { manualClock } from "../../src/lib/clock.ts";
import { settlesWithin, withTimeout } from "../../src/lib/timeout.ts";

const late = () => new Error("too late");

test("work in time gives its value and leaves neither timer nor listener", async () => {
  const clock = manualClock();
  const { signal } = new AbortController();
  expect(await withTimeout({ clock, ms: 10, signal, error: late }, async () => "done")).toBe("done");
  expect([clock.pending, getEventListeners(signal, "abort").length]).toEqual([0, 0]);
});

test("at the deadline the work's signal aborts, and work that ignores it is left behind", async () => {
  const clock = manualClock();
  let seen: AbortSignal | undefined;
  const work = withTimeout({ clock, ms: 10, error: late }, (signal) => {
    seen = signal;
    return new Promise(() => {});
  });
  const failed = expect(work).rejects.toThrow("too late");
  await clock.advance(9);
  expect(seen?.aborted).toBe(false);
  await clock.advance(1);
  await failed;
  expect(seen?.reason).toEqual(late());
});

test("work that settles because of the abort decides the outcome", async () => {
  const clock = manualClock();
  const work = withTimeout(
    { clock, ms: 10, error: late },
    (signal) => new Promise<string>((resolve) => onAbort(signal, () => resolve("so far"))),
  );
  await clock.advance(10);
  expect(await work).toBe("so far");
});

test("the caller's abort ends the wait earlier, with the caller's reason", async () => {
  const clock = manualClock();
  const caller = new AbortController();
  const work = withTimeout(
    { clock, ms: 10, signal: caller.signal, error: late },
    () => new Promise(() => {}),
  );
  caller.abort(new Error("gone"));
  await expect(work).rejects.toThrow("gone");
  expect(clock.pending).toBe(0);
});

test("work that settles within its time is told from work that does not", async () => {
  const clock = manualClock();
  expect(await settlesWithin(clock, 10, Promise.reject(new Error("failed")))).toBe(true);
  const never = settlesWithin(clock, 10, new Promise(() => {}));
  await clock.advance(10);
  expect([await never, clock.pending]).toEqual([false, 0]);
});
