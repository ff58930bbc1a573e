/** The server as it is started for real, to be killed and started again; and what can be seen of it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { programEnv } from "./program-env.ts";

const main = fileURLToPath(new URL("../../src/server/main.ts", import.meta.url));

const mischief = `
  import { syncBuiltinESMExports } from "node:module";
  import threads from "node:worker_threads";
  let database;
  threads.Worker = class extends threads.Worker {
    constructor(file, options) {
      super(file, options);
      if (options?.name === "database") database = this;
    }
  };
  syncBuiltinESMExports();
  process.on("SIGUSR2", () => database.terminate());`;

/** Settings of a server whose embedded database dies at SIGUSR2. */
export const killsDatabaseThread = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(mischief)}`,
};

export interface Mortal {
  readonly port: number;
  readonly pid: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Sends a signal. */
  signal(name: NodeJS.Signals): void;
  /** Resident memory, MB. */
  residentMb(): Promise<number>;
  health(): Promise<{ status: string; checks?: Record<string, { status: string }> }>;
  /** Lines of its log at `warn` and above. */
  readonly complaints: readonly string[];
  /** All lines of its log. */
  readonly said: readonly string[];
  /** Resolves once the process has ended. */
  readonly gone: Promise<unknown>;
}

/** Starts one and waits until it listens: on a port of its choice, or on `wanted`, which the caller has reserved. */
export async function startMortal(env: Readonly<Record<string, string>>, wanted = 0): Promise<Mortal> {
  const child = spawn(process.execPath, ["--no-warnings", main], {
    env: { ...programEnv, PORT: String(wanted), LOG_LEVEL: "info", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const complaints: string[] = [];
  const said: string[] = [];
  const gone = once(child, "exit");
  const port = await listening(child, complaints, said);
  const { pid } = child;
  if (pid === undefined) throw new Error("no process");
  return {
    port,
    pid,
    complaints,
    said,
    gone,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await gone;
    },
    signal: (name) => void child.kill(name),
    async residentMb() {
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
    },
    async health() {
      const response = await fetch(`http://127.0.0.1:${port}/health`);
      return (await response.json()) as Awaited<ReturnType<Mortal["health"]>>;
    },
  };
}

/** Resolves with the port that the server says it listens on. */
function listening(child: ChildProcess, complaints: string[], said: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    let rest = "";
    const read = (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      said.push(...lines);
      for (const line of lines) {
        const port = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
        if (/"level":"(warn|error|fatal)"/.test(line)) complaints.push(line);
      }
    };
    child.stdout?.setEncoding("utf8").on("data", read);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
    child.once("exit", () => reject(new Error(`the server ended at its start: ${complaints.join("\n")}`)));
  });
}
