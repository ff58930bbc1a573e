/** The real server as a process of its own, for tests that go the whole way. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { programEnv } from "../support/program-env.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Served {
  /** The page's address, ending in a slash. */
  readonly url: string;
  /** The socket's address. */
  readonly socketUrl: string;
  readonly process: ChildProcess;
  /** Kills the process, as a power cut would; resolves once it is gone. */
  stop(): Promise<void>;
}

/** Whatever a key in the environment or in `.env` says, the tests stay on this machine. */
const inside = { TRANSCRIBER: "embedded", REPLY_MODEL: "embedded", SYNTHESIZER: "embedded" };

/** Starts the server as `npm start` does, keeping its data in `folder`; on a port of its choice, or on a reserved one that `env` names. */
export async function serve(folder: string, env: Record<string, string> = {}): Promise<Served> {
  const child = spawn(process.execPath, ["src/server/main.ts"], {
    cwd: root,
    env: { ...programEnv, PORT: "0", DATA_DIR: folder, LOG_LEVEL: "error", ...inside, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const port = /http:\/\/localhost:(\d+)\//.exec(line)?.[1];
    if (port === undefined) continue;
    return {
      url: `http://127.0.0.1:${port}/`,
      socketUrl: `ws://127.0.0.1:${port}/v1/realtime`,
      process: child,
      async stop() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill("SIGKILL");
        await once(child, "exit");
      },
    };
  }
  throw new Error("the server ended before it listened");
}

/** Engines that cost nothing, for tests that are about something else. */
export const scriptedEngines = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
