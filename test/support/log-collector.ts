/**
 * Collects every line at `warn` and above that servers log while tests run, for `COLLECT_LOG=FILE vitest run …`: those of
 * this process and of the servers it starts, one JSON object a line in FILE, with the test that was running.
 */
import child_process, { type SpawnOptions } from "node:child_process";
import { appendFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, vi } from "vitest";

const file = process.env.COLLECT_LOG ?? "";
const preload = fileURLToPath(new URL("./log-collector-preload.ts", import.meta.url));

/** Keeps a line of a server's log, if it is one at `warn` or above. */
function collect(line: string): void {
  if (!/^\{"level":"(warn|error|fatal)"/.test(line)) return;
  const { testPath = "", currentTestName = "" } = expect.getState();
  const test = `${relative(process.cwd(), testPath)} > ${currentTestName}`;
  appendFileSync(file, `${JSON.stringify({ test, line: JSON.parse(line) })}\n`);
}

vi.mock("../../src/server/logging/log.ts", async (original) => {
  const real = await original<typeof import("../../src/server/logging/log.ts")>();
  const openLog: typeof real.openLog = (level, destination) => {
    // Silent logs are opened to be heard here, and only here.
    const silent = level === "silent";
    return real.openLog(silent ? "warn" : level, {
      write(line) {
        collect(line);
        if (!silent) destination?.write(line);
      },
    });
  };
  return { ...real, openLog };
});

const { spawn } = child_process;
child_process.spawn = ((command: string, given: readonly string[] | SpawnOptions = [], last = {}) => {
  const [args, options] = (Array.isArray(given) ? [given, last] : [[], given]) as [
    readonly string[],
    SpawnOptions,
  ];
  if (!args.includes("src/server/main.ts") && args[0] !== "start") return spawn(command, args, options);
  const env = { ...(options.env ?? process.env) };
  if (env.LOG_LEVEL === "error") env.LOG_LEVEL = "warn";
  env.COLLECT_LOG = file;
  env.COLLECT_LOG_TEST = `${relative(process.cwd(), expect.getState().testPath ?? "")} > ${expect.getState().currentTestName ?? ""}`;
  env.NODE_OPTIONS = `${env.NODE_OPTIONS ?? ""} --import ${preload}`;
  return spawn(command, args, { ...options, env });
}) as typeof spawn;
syncBuiltinESMExports();
