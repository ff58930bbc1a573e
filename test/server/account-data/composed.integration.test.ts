import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import type { OpenStore } from "../../../src/store/open-store.ts";
import { eventually } from "../../support/eventually.ts";
import { ask } from "../../support/rest.ts";
import { testDataDir } from "../../support/test-database.ts";
import { type FakeUpstream, openUpstream } from "../../support/upstream/upstream.ts";
import { filesWith, tablesWith } from "./scan.ts";

const word = "annzqxv";
const password = "a long way to Tipperary";
const dataDir = testDataDir();
const logged: { msg?: string }[] = [];
let upstream: FakeUpstream;
let composed: Composition;
let server: RunningServer;
const pool = () => (composed.store as OpenStore).database.pool;

beforeAll(async () => {
  upstream = await openUpstream({});
  const log = openLog("info", { write: (line: string) => void logged.push(JSON.parse(line)) });
  const config = readConfig({
    PORT: "0",
    AUTH: "accounts",
    VERIFY_EMAIL: "0",
    OPENAI_BASE_URL: upstream.baseUrl,
    DATA_DIR: dataDir,
  });
  composed = await compose(config, { clock: systemClock, log });
  server = await startServer({ config, log, ...composed });
});
afterAll(async () => {
  await server.stop();
  await composed.close();
  await upstream.close();
});

it("an account is erased with its password, and nothing that was given out opens anything any more", async () => {
  const email = `${word}@example.org`;
  const json = { email, password, name: `${word} Doe` };
  expect((await ask(server, "POST /api/auth/sign-up/email", { json })).status).toBe(200);
  const signedIn = await ask(server, "POST /api/auth/sign-in/email", {
    json: { email, password, token: true },
  });
  const { token, user } = signedIn.body.data;
  const key = await ask(server, "POST /api/keys", {
    as: token,
    json: { name: word, scopes: ["read", "talk"] },
  });
  const secret = await ask(server, "POST /v1/realtime/client_secrets", { as: token, json: {} });
  const { sessionId } = (await ask(server, "POST /api/sessions", { as: token })).body.data;
  const said = { text: `I think of ${word}.` };
  await ask(server, `POST /api/sessions/${sessionId}/messages`, { as: token, json: said });
  await ask(server, `POST /api/sessions/${sessionId}/messages`, { as: key.body.data.key, json: said });
  for (const trace of [word, user.id]) expect(await tablesWith(pool(), trace)).not.toEqual([]);

  const erase = (body: object) => ask(server, "DELETE /api/me", { as: token, json: body });
  expect((await erase({ password: "quite another one" })).body.code).toBe("WRONG_PASSWORD");
  expect((await ask(server, "GET /api/me", { as: token })).status).toBe(200);
  expect((await erase({ password })).body.data).toEqual({ erased: true, complete: true });

  for (const as of [token, key.body.data.key, secret.body.value])
    expect((await ask(server, "GET /api/sessions", { as })).status).toBe(401);
  for (const trace of [word, user.id, sessionId]) expect(await tablesWith(pool(), trace)).toEqual([]);
  const again = await ask(server, "POST /api/auth/sign-in/email", { json: { email, password } });
  expect(again.body.code).toBe("INVALID_CREDENTIALS");
  const done = () => logged.filter(({ msg }) => msg === "scrub finished");
  await eventually(() => expect(done().length).toBeGreaterThan(0));
  expect(await filesWith(dataDir, [word])).toEqual([]);
});
