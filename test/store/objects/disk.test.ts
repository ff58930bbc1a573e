import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { manualClock, systemClock } from "../../../src/lib/clock.ts";
import { openDiskObjects } from "../../../src/store/objects/disk.ts";
import { newAudioKey } from "../../../src/store/objects/keys.ts";
import { audioObjectsContract } from "./contract.ts";

const made: string[] = [];
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "objects-"));
  made.push(folder);
  return folder;
}
const removeFolders = async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true });
};
const filesIn = async (folder: string) => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

audioObjectsContract("disk", async () => {
  const folder = await mkdtemp(join(tmpdir(), "objects-"));
  const objects = await openDiskObjects(folder, systemClock);
  return {
    objects,
    everything: () => filesIn(folder),
    close: () => rm(folder, { recursive: true }),
  };
});

afterEach(removeFolders);

test("files lie in subfolders that nobody else may read", async () => {
  const folder = await newFolder();
  const objects = await openDiskObjects(folder, systemClock);
  const key = newAudioKey();
  await objects.put(key, new Uint8Array(5));
  expect(await filesIn(folder)).toEqual([join(folder, key.slice(0, 2), key)]);
  expect((await stat(join(folder, key.slice(0, 2), key))).mode & 0o077).toBe(0);
  expect((await stat(join(folder, key.slice(0, 2)))).mode & 0o077).toBe(0);
});

test("a sweep removes temporary files that were left a quarter of an hour ago, and no younger ones", async () => {
  const folder = await newFolder();
  const objects = await openDiskObjects(folder, manualClock(11.1 * 3_600_000));
  const left = join(folder, "tmp", "left.tmp");
  const inUse = join(folder, "tmp", "used.tmp");
  for (const path of [left, inUse]) await writeFile(path, "half");
  const hour = 3600;
  await utimes(left, 10 * hour, 10 * hour);
  await utimes(inUse, 11 * hour, 11 * hour);
  await objects.sweep();
  expect(await filesIn(folder)).toEqual([inUse]);
});

test("a process killed while it writes leaves no object under the key", async () => {
  const folder = await newFolder();
  const key = newAudioKey();
  const source = new URL("../../../src/", import.meta.url).href;
  const program = `
    import { systemClock } from ${JSON.stringify(`${source}lib/clock.ts`)};
    import { openDiskObjects } from ${JSON.stringify(`${source}store/objects/disk.ts`)};
    const objects = await openDiskObjects(${JSON.stringify(folder)}, systemClock);
    async function* endless() {
      for (let i = 0; ; i++) {
        yield new Uint8Array(100_000);
        if (i === 3) console.log("writing");
        if (i > 3) await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await objects.put(${JSON.stringify(key)}, endless());
  `;
  const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await filesIn(folder)).toEqual([expect.stringContaining("tmp")]);
  const objects = await openDiskObjects(folder, systemClock);
  expect(await objects.open(key)).toBeUndefined();
});
