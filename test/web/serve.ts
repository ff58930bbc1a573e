/** The real server for tests that go the whole way: in this process, or in one of its own, which can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { compose } from "../../src/server/app/compose.ts";
import { startServer } from "../../src/server/app/server.ts";
import { readConfig } from "../../src/server/config/config.ts";
import { openLog } from "../../src/server/logging/log.ts";
import { programEnv } from "../support/program-env.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface ServedHere {
  /** The page's address, ending in a slash. */
  readonly url: string;
  /** The socket's address. */
  readonly socketUrl: string;
  stop(): Promise<void>;
}

export interface Served extends ServedHere {
  readonly process: ChildProcess;
  /** Kills the process, as a power cut would; resolves once it is gone. */
  stop(): Promise<void>;
}

type Settings = Readonly<Record<string, string>>;

/** Whatever a key in the environment or in `.env` says, the tests stay on this machine. */
const inside = { TRANSCRIBER: "embedded", REPLY_MODEL: "embedded", SYNTHESIZER: "embedded" };

const environment = (folder: string, env: Settings) => ({
  ...programEnv,
  PORT: "0",
  DATA_DIR: folder,
  LOG_LEVEL: "error",
  ...inside,
  ...env,
});

const addresses = (port: number | string) => ({
  url: `http://127.0.0.1:${port}/`,
  socketUrl: `ws://127.0.0.1:${port}/v1/realtime`,
});

/**
 * Starts the server within this process, which takes a tenth of what a process of its own does; stopped, it has drained as
 * on a signal.
 */
export async function serveHere(
  folder: string,
  env: Settings = {},
  clock: Clock = systemClock,
): Promise<ServedHere> {
  const config = readConfig(environment(folder, env));
  const log = openLog(config.logLevel, process.stderr);
  const composed = await compose(config, { clock, log });
  const server = await startServer({ config, log, clock, ...composed });
  let stopped: Promise<void> | undefined;
  return {
    ...addresses(server.port),
    stop() {
      stopped ??= server.stop().then(() => composed.close());
      return stopped;
    },
  };
}

/** Starts the server as `npm start` does, keeping its data in `folder`; on a port of its choice, or on a reserved one that `env` names. */
export async function serve(folder: string, env: Settings = {}): Promise<Served> {
  const child = spawn(process.execPath, ["src/server/main.ts"], {
    cwd: root,
    env: environment(folder, env),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const port = /http:\/\/localhost:(\d+)\//.exec(line)?.[1];
    if (port === undefined) continue;
    return {
      ...addresses(port),
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
