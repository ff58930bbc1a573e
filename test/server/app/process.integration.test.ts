import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { programEnv } from "../../support/program-env.ts";
import { testDatabase } from "../../support/test-database.ts";
import { Client } from "../support.ts";

const folder = mkdtempSync(join(tmpdir(), "kuku-process-"));
const settings: Record<string, string> = {
  TRANSCRIBER: "scripted",
  REPLY_MODEL: "scripted",
  SYNTHESIZER: "scripted",
  PORT: "0",
  DATA_DIR: folder,
};
const children: ChildProcess[] = [];
beforeAll(async () => {
  settings.DATABASE_URL = await testDatabase();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const launch = (env: Record<string, string>, ...flags: string[]) => {
  const child = spawn(process.execPath, ["src/server/main.ts", ...flags], {
    env: { ...programEnv, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return child;
};

/** Starts a server and waits until it says where it is. */
const started = async (env: Record<string, string> = {}, ...flags: string[]) => {
  const child = launch({ ...settings, ...env }, ...flags);
  const exited = once(child, "exit") as Promise<[number | null, string | null]>;
  const complaints = text(child.stderr!);
  const said: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout! }).on("line", (line) => {
    said.push(line);
    for (const look of waiting) look();
  });
  /** Waits for a line of the standard output. */
  const line = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = said.map((entry) => pattern.exec(entry)).find((match) => match !== null);
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      exited.then(() => reject(new Error(`the server ended without saying ${pattern}`)));
      look();
    });
  const [, port] = await line(/"port":(\d+)/);
  return { child, exited, complaints, said, line, port: Number(port) };
};

const connect = async (port: number) => {
  const client = new Client(new WebSocket(`ws://127.0.0.1:${port}/v1/realtime`, ["kuku.v1"]));
  await client.opened;
  return client;
};

test("a signal drains: clients are told, sockets close with 1012, the process ends with 0 and nothing said", async () => {
  const { child, exited, complaints, port } = await started();
  const health = await fetch(`http://127.0.0.1:${port}/health`);
  expect(await health.json()).toMatchObject({ status: "healthy" });
  const client = await connect(port);
  await client.event("session.created");
  const going = client.event("kuku.going_away");
  child.kill("SIGTERM");
  expect((await going).deadline_ms).toBeGreaterThan(0);
  expect((await client.closed).code).toBe(1012);
  expect(await exited).toEqual([0, null]);
  expect(await complaints).toBe("");
});

/** Settings of a server that does this at SIGUSR2. */
const atSignal = (act: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.on("SIGUSR2",()=>{${act}})`)}`,
});

test("a signal that comes twice, as Ctrl-C does under npm, still drains", async () => {
  // From within: sent from here, the second might come late on a busy machine.
  const { child, exited, port } = await started(
    atSignal('for (const _ of "12") process.emit("SIGINT","SIGINT")'),
  );
  const client = await connect(port);
  await client.event("session.created");
  child.kill("SIGUSR2");
  expect((await client.closed).code).toBe(1012);
  expect(await exited).toEqual([0, null]);
});

/** How others start the server: what they signal is the process that they have started, and that one alone. */
const launchers = {
  "npm start": ["npm", "start"],
  "the Procfile's line": ["sh", "-c", /^web: (.*)$/m.exec(readFileSync("Procfile", "utf8"))?.[1] ?? ""],
};

/** Starts a server through a launcher, with a client; the standard output ends once no process holds it any more. */
const launched = async (name: keyof typeof launchers) => {
  const [command = "", ...args] = launchers[name];
  const { npm_lifecycle_event: _, npm_package_json: __, ...env } = process.env;
  const launcher = spawn(command, args, {
    env: { ...env, ...programEnv, ...settings, ALLOW_ANONYMOUS: "1", LOG_LEVEL: "info" },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  const exited = once(launcher, "exit");
  let said = "";
  const listening = Promise.withResolvers<number>();
  launcher.stdout.setEncoding("utf8").on("data", (piece) => {
    said += piece;
    const port = /"port":(\d+)/.exec(said)?.[1];
    if (port) listening.resolve(Number(port));
  });
  const silent = once(launcher.stdout, "end").then(() => said);
  onTestFinished(async () => {
    try {
      process.kill(-(launcher.pid ?? 0), "SIGKILL");
    } catch {
      // Nothing is left of it, as it should be.
    }
    await silent;
  });
  const port = await listening.promise;
  const client = await connect(port);
  await client.event("session.created");
  const health = () => fetch(`http://127.0.0.1:${port}/health`);
  return { launcher, exited, silent, client, health };
};

test.each(
  (Object.keys(launchers) as (keyof typeof launchers)[]).flatMap((name) =>
    (["SIGTERM", "SIGINT"] as const).map((signal) => [signal, name] as const),
  ),
)(
  "%s to %s alone drains the server, which is gone by the time that its launcher is",
  async (signal, name) => {
    const { launcher, exited, silent, client, health } = await launched(name);
    const going = client.event("kuku.going_away");
    launcher.kill(signal);
    await going;
    expect((await client.closed).code).toBe(1012);
    await exited;
    await expect(health()).rejects.toThrow();
    expect(await silent).toContain('"stopped"');
  },
);

test("killed outright, npm leaves no server behind: it sees that npm is gone, and drains", async () => {
  const { launcher, silent, client, health } = await launched("npm start");
  const going = client.event("kuku.going_away");
  launcher.kill("SIGKILL");
  await going;
  expect((await client.closed).code).toBe(1012);
  expect(await silent).toContain('"stopped"');
  await expect(health()).rejects.toThrow();
});

test("npm start, with nothing set but the port, says what it does, answers /health and hears, thinks and speaks by itself", async () => {
  const fresh = mkdtempSync(join(tmpdir(), "kuku-process-"));
  const set = /^(PORT|OPENAI_|STT_|LLM_|TTS_)/;
  const rest = Object.fromEntries(Object.entries(process.env).filter(([name]) => !set.test(name)));
  const npm = spawn("npm", ["start"], {
    env: { ...rest, ...programEnv, PORT: "0", DATA_DIR: fresh },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  const ended = once(npm, "exit");
  try {
    const plain: string[] = [];
    for await (const line of createInterface({ input: npm.stdout })) {
      if (!line.startsWith("{")) {
        plain.push(line);
        continue;
      }
      expect(plain.find((each) => each.startsWith("Kuku"))).toMatch(
        /^Kuku Coach starts on port \d+: making its database in .+, a few seconds this once$/,
      );
      const { port, transcriber, replyModel, synthesizer } = JSON.parse(line);
      expect([transcriber, replyModel, synthesizer]).toEqual(["soundswallower", "rules", "espeak-ng"]);
      const health = await fetch(`http://127.0.0.1:${port}/health`);
      expect(await health.json()).toMatchObject({ status: "healthy" });
      break;
    }
  } finally {
    process.kill(-(npm.pid ?? 0), "SIGTERM");
    await ended;
    rmSync(fresh, { recursive: true, force: true });
  }
});

test("a second signal ends at once", async () => {
  const { child, exited, port, line } = await started();
  const client = await connect(port);
  await client.event("session.created");
  client.ws.pause();
  child.kill("SIGINT");
  await line(/"stopping"/);
  child.kill("SIGTERM");
  expect(await exited).toEqual([1, null]);
  client.ws.terminate();
});

test("a stray rejection or exception is logged, and the process and its sessions live on", async () => {
  const { child, exited, port, line } = await started(
    atSignal('Promise.reject(new Error("stray one"));setImmediate(()=>{throw new Error("stray two")})'),
  );
  const client = await connect(port);
  await client.event("session.created");
  child.kill("SIGUSR2");
  await line(/"level":"error".*stray one.*unhandled rejection/);
  await line(/"level":"error".*stray two.*uncaught exception/);
  await client.roundTrip();
  child.kill("SIGTERM");
  expect((await client.closed).code).toBe(1012);
  expect((await exited)[0]).toBe(0);
});

test("--tls serves https and says how to try a phone", async () => {
  const { said, exited, child } = await started({}, "--tls");
  expect(said[0]).toMatch(/^Kuku Coach starts on port \d+: opening its database$/);
  expect(said[1]).toMatch(/open https:\/\/localhost:\d+\//);
  expect(said.join("\n")).toContain("HOST=0.0.0.0 ALLOW_ANONYMOUS=1 npm start -- --tls");
  child.kill("SIGTERM");
  expect((await exited)[0]).toBe(0);
});

test("a server open to other machines starts without accounts only if that is insisted on, and says so", async () => {
  const { line } = await started({ HOST: "0.0.0.0", ALLOW_ANONYMOUS: "1" });
  await line(/"level":"warn".*asks nobody who they are/);
});

test("settings that cannot be used end the start with their names, code 1 and no stack", async () => {
  const busy = createServer().listen(0, "127.0.0.1");
  await once(busy, "listening");
  const taken = String((busy.address() as { port: number }).port);
  const cases: [Record<string, string>, string[], string][] = [
    [{ ...settings, PORT: "abc" }, [], "PORT: must be a whole number"],
    [
      { ...settings, HOST: "0.0.0.0" },
      [],
      "AUTH: other machines reach HOST 0.0.0.0, and nobody is asked who they are",
    ],
    [{ ...settings, SYNTHESIZER: "openai" }, [], "SYNTHESIZER: openai needs one of TTS_API_KEY"],
    [{ ...settings, TLS_CERT: "/nowhere.pem", TLS_KEY: "/nowhere.pem" }, [], "TLS_CERT: cannot read"],
    [{ ...settings, PORT: taken }, [], `PORT: ${taken} is in use`],
    [settings, ["--colour"], "Unknown option '--colour'"],
  ];
  const ends = cases.map(async ([env, flags, message]) => {
    const child = launch(env, ...flags);
    const [complaint, [code]] = await Promise.all([text(child.stderr!), once(child, "exit")]);
    expect(complaint).toContain(message);
    expect(complaint).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
  });
  await Promise.all(ends);
  busy.close();
});

test("--help says how to start", async () => {
  const child = launch({}, "--help");
  expect(await text(child.stdout!)).toContain("npm start -- [--tls]");
});
