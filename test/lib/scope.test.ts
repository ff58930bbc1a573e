import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { manualClock, sleep } from "../../src/lib/clock.ts";
import { type Cancelled, openScope } from "../../src/lib/scope.ts";

test("a scope's end ends its children with the same reason", () => {
  const root = openScope();
  const leaf = root.child().child();
  root.cancel("draining");
  expect((leaf.signal.reason as Cancelled).reason).toBe("draining");
  expect(root.child().signal.aborted).toBe(true);
});

test("a child's end leaves its parent and siblings alone", () => {
  const root = openScope();
  const [one, two] = [root.child(), root.child()];
  one.cancel("barge_in");
  expect([root.signal.aborted, two.signal.aborted]).toEqual([false, false]);
});

test("a cancelled task is no error, any other rejection is told", async () => {
  const clock = manualClock();
  const root = openScope();
  const errors: unknown[] = [];
  root.run(
    (signal) => sleep(clock, 1000, signal),
    (error) => errors.push(error),
  );
  root.run(
    async () => {
      throw new Error("broken");
    },
    (error) => errors.push(error),
  );
  root.cancel("idle");
  await root.settled();
  expect(errors).toEqual([new Error("broken")]);
  expect([root.running, clock.pending]).toEqual([0, 0]);
});

test("settled waits for the tasks of children too", async () => {
  const clock = manualClock();
  const root = openScope();
  let done = false;
  root.child().run(
    () => sleep(clock, 50),
    () => {},
  );
  expect(root.running).toBe(1);
  const settled = root.settled().then(() => {
    done = true;
  });
  await clock.advance(49);
  expect(done).toBe(false);
  await clock.advance(1);
  await settled;
  expect(root.running).toBe(0);
});

test("ten thousand children that came and went are not kept", () => {
  const root = openScope();
  for (let i = 0; i < 10_000; i++) root.child().cancel("finished");
  expect(root.running).toBe(0);
  root.cancel("draining");
});

test("a scope that follows a signal ends with the signal's own reason, children included", () => {
  const outside = new AbortController();
  const root = openScope();
  expect(root.follow(outside.signal)).toBe(root);
  const leaf = root.child();
  outside.abort("gone");
  expect([root.signal.reason, leaf.signal.reason]).toEqual(["gone", "gone"]);
  expect(openScope().follow(outside.signal).signal.reason).toBe("gone");
});

test("a scope that has ended keeps no listener on the signals that it followed", () => {
  const { signal } = new AbortController();
  const root = openScope();
  root.child().follow(signal).follow(signal);
  expect(getEventListeners(signal, "abort")).toHaveLength(2);
  root.cancel("finished");
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  root.follow(signal);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});
