/** A data folder in which nothing can be kept: the start says so, in one line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

test("a DATA_DIR that cannot be used ends the start with its name, code 1 and no stack", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kuku-start-"));
  const file = join(folder, "file");
  writeFileSync(file, "");
  const engines = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
  const server = spawn(process.execPath, ["--no-warnings", "src/server/main.ts"], {
    env: { PATH: process.env.PATH, PORT: "0", DATA_DIR: file, ...engines },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [complaint, [code]] = await Promise.all([text(server.stderr), once(server, "exit")]);
  expect(complaint).toMatch(/^DATA_DIR: no database can be kept in .*\/file \(EEXIST\)/);
  expect(complaint.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(1);
  rmSync(folder, { recursive: true });
});
