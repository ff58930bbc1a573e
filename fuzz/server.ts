/** A server in a process of its own for the fuzzer: started, watched by its log and its figures, stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

export type Mode = "none" | "accounts";

/** What it weighs. */
export interface Figures {
  readonly residentMb: number;
  /** Open sockets, pipes and files, without those of the database, which has one for each table it has used. */
  readonly files: number;
  readonly connections: number;
}

export interface FuzzedServer {
  readonly url: string;
  readonly port: number;
  /** Everything it printed. */
  readonly lines: readonly string[];
  /** Whether the process is still there. */
  readonly alive: boolean;
  /** As it is now, in the middle of what is sent. */
  figures(): Promise<Figures>;
  /** Once what was sent has been dealt with and let go of: no more than `connections`, and memory that falls no more. */
  settle(connections: number): Promise<Figures>;
  stop(): Promise<number | null>;
}

/** Limits that would keep most of a fuzzer's messages from being read at all. */
export const liftedLimits = {
  MAX_EVENTS_PER_SECOND: "10000",
  MAX_AUDIO_MESSAGES_PER_SECOND: "10000",
  MAX_AUDIO_SPEED_RATIO: "1000",
  MAX_BAD_MESSAGES: "1000000",
  RESUME_GRACE_SECONDS: "1",
  MAX_SESSIONS_PER_USER: "0",
  MAX_SESSIONS_PER_ADDRESS: "0",
  SESSIONS_PER_HOUR: "0",
  SESSIONS_PER_HOUR_PER_ADDRESS: "0",
  MAX_UPLOADS_PER_USER: "0",
  MAX_UPLOADS_PER_ADDRESS: "0",
  REQUESTS_PER_MINUTE: "0",
  REQUESTS_PER_MINUTE_PER_ADDRESS: "0",
  SIGN_IN_FAILURES: "1000000",
} as const;

/** Engines that need nothing and nobody. */
export const scriptedEngines = {
  TRANSCRIBER: "scripted",
  REPLY_MODEL: "scripted",
  SYNTHESIZER: "scripted",
} as const;

export const modeSettings: Readonly<Record<Mode, Readonly<Record<string, string>>>> = {
  none: {},
  accounts: {
    AUTH: "accounts",
    VERIFY_EMAIL: "0",
    GUESTS: "1",
    GUEST_SESSIONS_PER_DAY: "0",
    GUEST_AUDIO_MINUTES_PER_DAY: "0",
  },
};

/** Starts one on a free port of loopback, with an embedded database in a folder that goes with it. */
export async function startFuzzed(mode: Mode): Promise<FuzzedServer> {
  const folder = mkdtempSync(join(tmpdir(), "kuku-fuzz-"));
  const child = spawn(process.execPath, [join(import.meta.dirname, "../src/server/main.ts")], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      ...scriptedEngines,
      ...liftedLimits,
      ...modeSettings[mode],
      HOST: "127.0.0.1",
      PORT: "0",
      DATA_DIR: folder,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const lines: string[] = [];
  const listening = Promise.withResolvers<number>();
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => {
      // What is no news is not kept.
      if (!/"level":"(info|debug)"/.test(line)) lines.push(line);
      const port = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1];
      if (port !== undefined) listening.resolve(Number(port));
    });
  exited.then(() => listening.reject(new Error(`the server did not start: ${lines.join("\n")}`)));
  const port = await listening.promise;
  const url = `http://127.0.0.1:${port}`;
  const figures = () => readFigures(url, { pid: child.pid ?? 0, folder });
  return {
    url,
    port,
    lines,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    figures,
    settle: (connections) => settle(figures, connections),
    async stop() {
      child.kill("SIGTERM");
      const [code] = await withLimit(exited, child);
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

async function withLimit(exited: Promise<[number | null]>, child: ChildProcess): Promise<[number | null]> {
  const late = setTimeout(() => child.kill("SIGKILL"), 40_000);
  const ended = await exited;
  clearTimeout(late);
  return ended;
}

async function settle(read: () => Promise<Figures>, connections: number): Promise<Figures> {
  let best = await read();
  for (let waited = 0; waited < 20; waited++) {
    await pause(1000);
    const now = await read();
    const calm = now.connections <= connections && now.residentMb > best.residentMb - 2;
    best = { ...now, residentMb: Math.min(best.residentMb, now.residentMb) };
    if (calm && waited >= 4) break;
  }
  return best;
}

async function readFigures(
  url: string,
  { pid, folder }: { readonly pid: number; readonly folder: string },
): Promise<Figures> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  return {
    residentMb: Math.round(read("process_resident_memory_bytes") / 1024 / 1024),
    files: countFiles(pid, folder),
    connections: read("kuku_connections"),
  };
}

/** Where the system does not tell: none. */
function countFiles(pid: number, folder: string): number {
  const at = `/proc/${pid}/fd`;
  try {
    return readdirSync(at).filter((name) => !leadsTo(`${at}/${name}`).startsWith(folder)).length;
  } catch {
    return 0;
  }
}

function leadsTo(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    // Closed in the meantime.
    return "";
  }
}
