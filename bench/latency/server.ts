/** Our server as it is started for real, on the bench's provider. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { canPin } from "../child.ts";

export interface ServerOptions {
  /** The provider's address; left out: scripted engines, which take no time. */
  readonly baseUrl?: string;
  /** 0: no drafts. */
  readonly draftMs: number;
  /** The voice speaks over the Realtime socket. */
  readonly realtimeVoice?: boolean;
  /** Core to pin to, with Node's option for a machine with one core; undefined: wherever the system likes. */
  readonly core?: number;
}

/** Starts one on a free port; whoever asked for it ends `child`. */
export async function startServer(options: ServerOptions): Promise<{ child: ChildProcess; port: number }> {
  const { baseUrl } = options;
  const engines =
    baseUrl === undefined
      ? { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" }
      : { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: "bench" };
  const folder = mkdtempSync(join(tmpdir(), "kuku-latency-"));
  const env = {
    PATH: process.env.PATH,
    DATA_DIR: folder,
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "error",
    ...engines,
    TTS_REALTIME: options.realtimeVoice ? "1" : "0",
    DRAFT_AFTER_MS: String(options.draftMs),
  };
  const main = new URL("../../src/server/main.ts", import.meta.url).pathname;
  const pins = canPin && options.core !== undefined;
  // Helper threads for garbage would take turns with the event loop on the one core.
  const node = [process.execPath, "--no-warnings", ...(pins ? ["--single-threaded-gc"] : []), main];
  const pinned = pins ? ["taskset", "-c", String(options.core), ...node] : node;
  const child = spawn(pinned[0]!, pinned.slice(1), { env, stdio: ["ignore", "pipe", "inherit"] });
  child.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /http:\/\/[^:]+:(\d+)/.exec(line)?.[1];
    if (port) return { child, port: Number(port) };
  }
  throw new Error("the server did not start");
}
