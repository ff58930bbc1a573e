/** The temporary folder of a run of tests. */
import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { RunFolder } from "../../scripts/run-folder.ts";

const open = () => {
  const folder = new RunFolder();
  onTestFinished(() => folder.remove());
  return folder;
};

test("what a program leaves in its temporary folder is told by name, and goes with the run", async () => {
  const folder = open();
  expect(folder.leftBehind()).toEqual([]);
  const program = folder.file("program.mjs");
  writeFileSync(
    program,
    `import { mkdtempSync, rmSync } from "node:fs";
    import { tmpdir } from "node:os";
    mkdtempSync(tmpdir() + "/left-");
    rmSync(mkdtempSync(tmpdir() + "/removed-"), { recursive: true });`,
  );
  await promisify(execFile)(process.execPath, [program], { env: { TMPDIR: folder.temporary } });
  expect(folder.leftBehind()).toEqual([expect.stringMatching(/^left-/)]);
  folder.remove();
  expect(existsSync(dirname(folder.temporary))).toBe(false);
});
