import { expect, test } from "vitest";
import { CloseStack } from "../../src/lib/close-stack.ts";

test("what was opened last is closed first, each once, whoever fails, and what comes late is closed at once", async () => {
  const closed: string[] = [];
  const stack = new CloseStack();
  stack.add(() => closed.push("first"));
  stack.add(async () => {
    closed.push("second");
    throw new Error("would not close");
  });
  stack.add(() => closed.push("third"));
  await expect(Promise.all([stack.close(), stack.close()])).rejects.toThrow("would not close");
  expect(closed).toEqual(["third", "second", "first"]);
  stack.add(() => closed.push("late"));
  await expect(stack.close()).rejects.toThrow("would not close");
  expect(closed).toEqual(["third", "second", "first", "late"]);
});
