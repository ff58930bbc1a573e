/** A server whose log is read late, or never: it answers, counts what it dropped, and ends. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import type { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { programEnv } from "../../support/program-env.ts";
import { testDataDir } from "../../support/test-database.ts";

const engines = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };

/** Starts a server whose standard output is a pipe, read until it listens and then no more. */
async function startUnread() {
  const dataDir = testDataDir();
  const child = spawn(process.execPath, ["--no-warnings", "src/server/main.ts"], {
    env: { ...programEnv, PORT: "0", DATA_DIR: dataDir, LOG_LEVEL: "debug", ...engines },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  });
  child.stdout.setEncoding("utf8");
  const port = /"port":(\d+)/.exec(await readUntil(child.stdout, '"listening"'))?.[1];
  child.stdout.pause();
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: longId });
  /** Asks, sixteen at once, until the metric of dropped lines says that there are some. */
  const overflow = async () => {
    for (;;) {
      for (let batch = 0; batch < 64; batch++)
        await Promise.all(Array.from({ length: 16 }, async () => (await ask("/health")).text()));
      const dropped = /^kuku_log_lines_dropped_total (\d+)/m.exec(await (await ask("/metrics")).text())?.[1];
      if (Number(dropped) > 0) return;
    }
  };
  return { child, exited, overflow, ask };
}

/** Makes the line of each request longer. */
const longId = { "x-request-id": "x".repeat(128) };

async function readUntil(output: Readable, wanted: string): Promise<string> {
  let read = "";
  for await (const piece of output.iterator({ destroyOnReturn: false })) {
    read += piece;
    if (read.includes(wanted)) return read;
  }
  throw new Error(`the output ended without ${wanted}`);
}

test("[OP1] nobody reads the log: requests are answered, and how many lines were dropped is told once it is read", async () => {
  const { child, exited, overflow, ask } = await startUnread();
  await overflow();
  expect((await ask("/health")).status).toBe(200);
  const read = await readUntil(child.stdout, "their reader stood still");
  const dropped = /"dropped":(\d+),"msg":"log lines dropped/.exec(read)?.[1];
  expect(Number(dropped)).toBeGreaterThan(0);
  child.kill("SIGTERM");
  expect(await readUntil(child.stdout, '"stopped"')).toContain('"stopping"');
  expect(await exited).toEqual([0, null]);
});

test("[OP1] nobody ever reads the log: a signal still ends the server", async () => {
  const { child, exited, overflow } = await startUnread();
  await overflow();
  child.kill("SIGTERM");
  expect(await exited).toEqual([0, null]);
});
