import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { FileOperation, RecordedOperation } from "./operations.ts";
import { type Random, ReplayedDisk } from "./replay.ts";

const operation = (what: FileOperation, data = ""): RecordedOperation => ({
  ...what,
  at: 0,
  data: Buffer.from(data),
});
const opened = (path: string, id: string) => operation({ op: "open", path, id, folder: false, empty: true });
const flushed = (path: string, id = "") => operation({ op: "flush", path, id });

/** What is on the disk after these operations and a cut. */
function afterCut(operations: readonly RecordedOperation[], random: Random): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "kuku-replay-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const disk = new ReplayedDisk();
  for (const each of operations) disk.apply(each);
  disk.writeAfterCut(folder, random);
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

const written = [opened("a", "1"), operation({ op: "write", id: "1", position: 0 }, "kept")];
const nothingMore = () => 0;
const allOfIt = () => 0.999;

test("a file whose content and name were flushed is there; without either it need not be, or need have no content", () => {
  expect(afterCut([...written, flushed("a", "1"), flushed("")], nothingMore)).toEqual({ a: "kept" });
  expect(afterCut([...written, flushed("a", "1")], nothingMore)).toEqual({});
  expect(afterCut([...written, flushed("")], nothingMore)).toEqual({ a: "" });
  expect(afterCut(written, allOfIt)).toEqual({ a: "kept" });
});

test("a rename is there at once or not at all, and a removal that was not flushed may be undone", () => {
  const both = [...written, flushed("a", "1"), flushed("")];
  const renamed = [...both, operation({ op: "rename", from: "a", path: "b" })];
  expect(afterCut(renamed, nothingMore)).toEqual({ a: "kept" });
  expect(afterCut([...renamed, flushed("")], nothingMore)).toEqual({ b: "kept" });
  const removed = [...both, operation({ op: "remove", path: "a" })];
  expect(afterCut(removed, nothingMore)).toEqual({ a: "kept" });
  expect(afterCut(removed, allOfIt)).toEqual({});
});
