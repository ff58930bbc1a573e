/** The package as somebody else meets it: packed, installed into an empty folder, started and talked to from there. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { reservePort } from "../support/reserve-port.ts";
import { launchChromium } from "../web/chromium.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const fixture = join(root, "test/fixtures/speech/fox-slt.wav");
const folder = mkdtempSync(join(tmpdir(), "kuku-package-"));
/** Nothing of this process's own npm, nor of the repository but its Node. */
const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? folder };
const inFolder = { cwd: folder, env, encoding: "utf8" } as const;
let unreachable: string | undefined;

const example = /```js\n(\/\/ talk\.mjs\n[\s\S]*?)```/.exec(
  readFileSync(join(root, "README.md"), "utf8"),
)?.[1];

beforeAll(async () => {
  await run("npm", ["pack", "--pack-destination", folder], { cwd: root, env });
  const [tarball = ""] = readdirSync(folder);
  await run(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", `./${tarball}`],
    inFolder,
  ).catch((error: Error & { stderr?: string }) => {
    unreachable = /code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED)/.exec(
      error.stderr ?? "",
    )?.[1];
    if (unreachable === undefined) throw error;
  });
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the package with its one command, and reads what it says until it listens. */
async function start(settings: Record<string, string> = {}) {
  const port = await reservePort();
  const npx = spawn("npx", ["kuku-coach", "start"], {
    cwd: folder,
    env: { ...env, ...settings, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  onTestFinished(() => killGroup(npx));
  const said: string[] = [];
  let ended = false;
  const lines = createInterface({ input: npx.stdout });
  const listening = new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      said.push(line);
      if (line.includes('"listening"')) resolve();
    });
    lines.on("close", () => {
      ended = true;
      reject(new Error(`it ended:\n${said.join("\n")}`));
    });
  });
  await listening;
  const gone = () => (ended ? Promise.resolve() : once(lines, "close").then(() => {}));
  return { npx, said, gone, port, url: `http://localhost:${port}` };
}

function killGroup({ pid = 0 }: ChildProcess): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Nothing is left of it.
  }
}

test("[PK1] the package starts with one command in an empty folder, says what it does, and is talked to from README's program", async (context) => {
  if (unreachable) context.skip(`no registry can be reached (${unreachable})`);
  const server = await start();
  expect(server.said.slice(0, 2)).toEqual([
    expect.stringMatching(/^Kuku Coach starts on port \d+: making its database in \.\/data, a few seconds/),
    `Kuku Coach listens: open ${server.url}/`,
  ]);

  const program = (example ?? "").replace("http://localhost:8000", server.url);
  expect(program).toContain(server.url);
  writeFileSync(join(folder, "talk.mjs"), program);
  const talked = await run(process.execPath, ["talk.mjs"], { ...inFolder, timeout: 60_000 });
  expect(talked).toEqual({ stdout: expect.stringMatching(/^Kuku: .*too much to do.*\n$/), stderr: "" });

  // Threads of the recogniser and of the voice, and the store.
  copyFileSync(fixture, join(folder, "fox.wav"));
  const text = "The quick brown fox jumps over the lazy dog.";
  const told = await run("npx", ["kuku", "talk", "fox.wav", "--text", text, "--url", server.url], inFolder);
  expect(told.stdout).toContain("100 % right");
  const socketUrl = `${server.url.replace("http:", "ws:")}/v1/realtime`;
  const kept = await run("npx", ["kuku", "sessions", "--url", socketUrl], inFolder);
  expect(kept.stdout).toMatch(/ reader .*\n.* kuku /);

  const page = await fetch(server.url, { headers: { accept: "text/html" } });
  expect(page.headers.get("content-type")).toMatch(/^text\/html/);
  const parts = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"]+\.(?:ts|js|css))"/g)];
  expect(parts.length).toBeGreaterThan(1);
  for (const [, path] of parts)
    expect((await fetch(`${server.url}${path}`)).status, `status of ${path}`).toBe(200);

  // Who ends npx means the server.
  server.npx.kill("SIGTERM");
  await server.gone();
  expect(server.said.at(-1)).toContain('"stopped"');
});

test("[PK1] uploads are decoded, workers and administrators' commands run from the package", async (context) => {
  if (unreachable) context.skip(`no registry can be reached (${unreachable})`);
  const admins = await run("npx", ["kuku", "admin", "list"], inFolder);
  expect(admins.stdout).toBeDefined();
  const server = await start({ WORKERS: "2" });
  const made = await fetch(`${server.url}/api/sessions`, { method: "POST" });
  const { data } = (await made.json()) as { data: { sessionId: string } };
  const form = new FormData();
  form.append("audio", new Blob([readFileSync(fixture)]), "fox.wav");
  const answer = await fetch(`${server.url}/api/sessions/${data.sessionId}/messages`, {
    method: "POST",
    body: form,
  });
  expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ success: true })]);
});

test("[PK2] a typed program against the client's declarations compiles without a setting of ours", async (context) => {
  if (unreachable) context.skip(`no registry can be reached (${unreachable})`);
  writeFileSync(
    join(folder, "typed.mts"),
    `import { connect, type ServerEvent } from "kuku-coach/client";
import { nodeSocket } from "kuku-coach/client/node";
const heard: string[] = [];
const onEvent = (event: ServerEvent) => {
  if (event.type === "response.output_audio_transcript.done") heard.push(event.transcript);
};
const coach = await connect("http://localhost", { onEvent, openSocket: nodeSocket({ insecure: true }) });
coach.updateSession({ type: "realtime", kuku: { drill: { kind: "sentence" } } });
// @ts-expect-error: no such event
coach.send({ type: "no.such.event" });
`,
  );
  const flags = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2024", "--lib", "es2024,dom"];
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
  const checked = await run(process.execPath, [compiler, ...flags, ...types, "typed.mts"], inFolder).catch(
    (error: { stdout: string }) => error,
  );
  expect(checked.stdout).toBe("");
});

const contentTypes: Readonly<Record<string, string>> = { ".js": "text/javascript", ".html": "text/html" };

/** Serves the installed client's modules from another port, as an application's own page does. */
async function serveModules(): Promise<string> {
  const dist = join(folder, "node_modules/kuku-coach/dist");
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    response.setHeader("content-type", contentTypes[extname(path)] ?? "text/html");
    response.end(
      path === "/" ? "<!doctype html><title>An application</title>" : readFileSync(join(dist, path)),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("[PK2] in a browser the client's modules load as they are, talk, and play", async (context) => {
  if (unreachable) context.skip(`no registry can be reached (${unreachable})`);
  const application = await serveModules();
  const server = await start({ ALLOWED_ORIGINS: application });
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.goto(application);
  const played = await page.evaluate(async (url) => {
    const client = (await import("/client/index.js" as string)) as typeof import("../../src/client/index.ts");
    const heard = Promise.withResolvers<string>();
    const coach = await client.openConversation(url, {
      persona: "kuku",
      openPlayer: await client.loadSpeaker(),
      onPosition: ({ playedSamples }) => playedSamples > 0 && heard.resolve("played"),
    });
    const outcome = await heard.promise;
    coach.close();
    return outcome;
  }, server.url);
  expect(played).toBe("played");
});
