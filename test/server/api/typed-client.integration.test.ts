import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "@swc/core";
import { generateApi } from "swagger-typescript-api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { fixture } from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";

let folder: string;
let composed: Composition;
let server: RunningServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kuku-typed-client-"));
  const config = readConfig({
    PORT: "0",
    DATA_DIR: join(folder, "data"),
    DATABASE_URL: await testDatabase(),
  });
  const log = openLog("silent");
  composed = await compose(config, { clock: systemClock, log });
  server = await startServer({ config, log, clock: systemClock, ...composed });
});
afterAll(async () => {
  await server.stop();
  await composed.close();
  await rm(folder, { recursive: true });
});

/** The client, made from the document that the server serves, and proven to be right TypeScript with what uses it. */
async function generateClient(): Promise<string> {
  const spec = await (await fetch(`${server.url}/openapi.json`)).json();
  const { files } = await generateApi({ spec, output: false, silent: true, httpClientType: "fetch" });
  const client = join(folder, "client.ts");
  const source = files.map(({ fileContent }) => fileContent).join("\n");
  await writeFile(client, source);
  const user = join(folder, "user.ts");
  await cp(new URL("./typed-client-user.txt", import.meta.url), user);
  const tsc = ["node_modules/typescript/bin/tsc", "--ignoreConfig", "--noEmit", "--strict", "--skipLibCheck"];
  const options = ["--target", "esnext", "--module", "esnext", "--moduleResolution", "bundler"];
  const more = ["--lib", "esnext,dom,dom.iterable", "--types", "", "--allowImportingTsExtensions"];
  const { stdout } = await promisify(execFile)(process.execPath, [...tsc, ...options, ...more, user]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe("");
  // The client has enums, which Node does not strip.
  const { code } = await transform(source, { jsc: { parser: { syntax: "typescript" }, target: "es2024" } });
  await writeFile(client, code);
  return user;
}

it("a client generated from /openapi.json leads a whole conversation", async () => {
  const { converse } = (await import(await generateClient())) as {
    converse: (url: string, recording: Uint8Array) => Promise<Record<string, unknown>>;
  };
  const told = await converse(server.url, fixture("speech/goal-rms.wav"));
  expect(told).toEqual({
    begun: "active",
    senders: ["user", "ai"],
    // As the embedded ears write down free speech.
    words: expect.stringContaining("end of"),
    answer: expect.stringMatching(/\w.*\?/),
    voice: "audio/wav",
    later: "complete",
    history: ["user", "ai", "user", "ai"],
    listed: 1,
    summary: expect.stringContaining("ACTION PLAN:"),
    report: "ready",
    rated: 5,
    utterances: 2,
    sessions: 1,
    erased: true,
    gone: "SESSION_NOT_FOUND",
  });
});
