import { expect, test } from "vitest";
import { readRefusal } from "../../src/client/microphone.ts";

test.each([
  ["NotAllowedError", "denied", /blocked for this page/],
  ["NotFoundError", "missing", /No microphone was found/],
  ["NotReadableError", "busy", /in use by another program/],
])("a browser's %s is told as %s, with what to do about it", (name, trouble, message) => {
  const error = readRefusal(new DOMException("whatever the browser says", name));
  expect(error.trouble).toBe(trouble);
  expect(error.message).toMatch(message);
});
