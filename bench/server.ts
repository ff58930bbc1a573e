/** Our server as it is started for real. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { canPin } from "./child.ts";

export interface StartedServer {
  readonly child: ChildProcess;
  readonly port: number;
  /** Has it drain, and resolves once it has ended. */
  stop(): Promise<void>;
}

/** Settings of engines that take no time. */
export const scriptedEngines = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };

const main = new URL("../src/server/main.ts", import.meta.url).pathname;

/**
 * Starts one on a free port, with a data folder of its own, removed at its end.
 * @param core core to pin to, with Node's option for a machine with one core; default: wherever the system likes
 */
export async function startServer(
  settings: Readonly<Record<string, string>>,
  core?: number,
): Promise<StartedServer> {
  const folder = mkdtempSync(join(tmpdir(), "kuku-bench-"));
  const { PATH } = process.env;
  const env = { PATH, DATA_DIR: folder, HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "error", ...settings };
  const pins = canPin && core !== undefined;
  // Helper threads for garbage would take turns with the event loop on the one core.
  const node = [process.execPath, "--no-warnings", ...(pins ? ["--single-threaded-gc"] : []), main];
  const pinned = pins ? ["taskset", "-c", String(core), ...node] : node;
  const child = spawn(pinned[0]!, pinned.slice(1), { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit").then(() => rmSync(folder, { recursive: true, force: true }));
  const port = await portOf(child);
  return {
    child,
    port,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Reads the port from the lines that it prints. */
async function portOf({ stdout }: ChildProcess): Promise<number> {
  const lines = createInterface({ input: stdout! });
  for await (const line of lines) {
    const port = /http:\/\/[^:]+:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  throw new Error("the server did not start");
}
