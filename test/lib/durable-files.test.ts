import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createFile, flushTree, makeFolder, removeFile, replaceFile } from "../../src/lib/durable-files.ts";

const root = mkdtempSync(join(tmpdir(), "kuku-durable-"));
afterAll(() => rmSync(root, { recursive: true }));

test("folders are made down to the last, also by two at once, and may be there already", async () => {
  const deep = join(root, "a/b/c");
  await Promise.all([makeFolder(deep, 0o700), makeFolder(deep, 0o700)]);
  await makeFolder(deep);
  expect(statSync(deep).mode & 0o777).toBe(0o700);
});

test.runIf(process.platform === "linux")(
  "a folder that no file system takes is an error, not a hang",
  async () => {
    await expect(makeFolder("/proc/nope/deeper")).rejects.toThrow(/ENOENT/);
  },
);

test("a file in the way of a folder is told, and stays", async () => {
  const file = join(root, "file");
  writeFileSync(file, "mine");
  await expect(makeFolder(file)).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeFolder(join(file, "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
  expect(readFileSync(file, "utf8")).toBe("mine");
});

test("a file is replaced whole, or made once; nothing else is left in its folder", async () => {
  const folder = join(root, "files");
  const path = join(folder, "one");
  await Promise.all([createFile(path, "first"), createFile(path, "first")]);
  await createFile(path, "second");
  expect(readFileSync(path, "utf8")).toBe("first");
  await replaceFile(path, "third");
  expect(readFileSync(path, "utf8")).toBe("third");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await flushTree(folder);
  expect(readdirSync(folder)).toEqual(["one"]);
  await removeFile(path);
  await removeFile(path);
  expect(readdirSync(folder)).toEqual([]);
});

test("a file that cannot be put in place leaves no draft", async () => {
  const folder = join(root, "taken");
  await makeFolder(join(folder, "name/inside"));
  await expect(replaceFile(join(folder, "name"), "x")).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(["name"]);
});
