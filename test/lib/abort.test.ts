import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { beforeAbort, onAbort } from "../../src/lib/abort.ts";

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

test("a callback for an aborted signal is called at once, an unlinked one never", () => {
  const calls: string[] = [];
  const controller = new AbortController();
  onAbort(controller.signal, () => calls.push("unlinked"))();
  controller.abort();
  onAbort(controller.signal, () => calls.push("aborted before"));
  expect(calls).toEqual(["aborted before"]);
});

test("a promise is waited for until the signal aborts, and no listener is left", async () => {
  const controller = new AbortController();
  expect(await beforeAbort(Promise.resolve(7), controller.signal)).toBe(7);
  expect(listeners(controller.signal)).toBe(0);
  const waiting = beforeAbort(new Promise(() => {}), controller.signal);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
});
