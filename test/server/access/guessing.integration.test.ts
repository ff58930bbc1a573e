/** Guessing passwords, keys and client secrets on the whole server: slowed down, told nothing, and in nobody else's way. */
import { once } from "node:events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../../src/lib/clock.ts";
import { type Composition, compose } from "../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { testStorage } from "../../support/test-database.ts";

const mostFailures = 4;
let composed: Composition;
let server: RunningServer;
const log = openLog("silent");

beforeAll(async () => {
  const config = readConfig({
    PORT: "0",
    AUTH: "accounts",
    AUTH_SECRET: "s".repeat(32),
    VERIFY_EMAIL: "0",
    TRUST_PROXY: "loopback",
    SIGN_IN_FAILURES: String(mostFailures),
    TRANSCRIBER: "scripted",
    REPLY_MODEL: "scripted",
    SYNTHESIZER: "scripted",
    ...(await testStorage()),
  });
  composed = await compose(config, { clock: systemClock, log });
  server = await startServer({ config, log, ...composed });
  const made = await post("198.51.100.1", "sign-up/email", {
    email: "ann@example.org",
    password: "correct horse battery",
    name: "Ann",
  });
  expect(made.status).toBe(200);
});
afterAll(async () => {
  await server.stop();
  await composed.close();
});

/** Each test is at an address of its own. */
const from = (address: string) => ({ "x-forwarded-for": address });

const post = (address: string, path: string, body: object) =>
  fetch(`${server.url}/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...from(address) },
    body: JSON.stringify(body),
  });

const told = async (answer: Response) => [answer.status, await answer.text()];

test("[AC2] passwords: an account that is there and one that is not are answered alike, and then neither is looked at from there", async () => {
  const guess = async (address: string, email: string, password = "wrong horse battery") =>
    told(await post(address, "sign-in/email", { email, password }));
  for (let tries = 0; tries < mostFailures; tries++)
    expect(await guess("198.51.100.2", "ann@example.org")).toEqual(
      await guess("198.51.100.3", "nobody@example.org"),
    );
  const [known, unknown] = [
    await guess("198.51.100.2", "ann@example.org", "correct horse battery"),
    await guess("198.51.100.3", "nobody@example.org", "correct horse battery"),
  ];
  expect(known[0]).toBe(429);
  expect(known).toEqual(unknown);
  // Its owner is elsewhere, and gets in.
  expect((await guess("198.51.100.4", "ann@example.org", "correct horse battery"))[0]).toBe(200);
});

test("[AC2] who is signed in changes their password and erases their account, whoever guesses at it", async () => {
  const email = "cleo@example.org";
  const address = "198.51.100.20";
  await post("198.51.100.21", "sign-up/email", { email, password: "correct horse battery", name: "" });
  const given = { email, password: "correct horse battery", token: true };
  const { token } = (await (await post(address, "sign-in/email", given)).json()).data;
  for (let tries = 0; tries <= mostFailures; tries++)
    await post(address, "sign-in/email", { email, password: "wrong horse battery" });
  expect((await post(address, "sign-in/email", given)).status).toBe(429);
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, ...from(address) };
  const change = (current: string) =>
    fetch(`${server.url}/api/auth/change-password`, {
      method: "POST",
      headers,
      body: JSON.stringify({ current, password: "the next password", token: true }),
    });
  const changed = await change("correct horse battery");
  expect(changed.status).toBe(200);
  headers.authorization = `Bearer ${(await changed.json()).data.token}`;
  const body = JSON.stringify({ password: "the next password" });
  expect((await fetch(`${server.url}/api/me`, { method: "DELETE", headers, body })).status).toBe(200);
});

test("[AC2] whoever has taken a sign-in over does not guess its password for long", async () => {
  const email = "dora@example.org";
  const address = "198.51.100.22";
  await post(address, "sign-up/email", { email, password: "correct horse battery", name: "" });
  const given = { email, password: "correct horse battery", token: true };
  const { token } = (await (await post(address, "sign-in/email", given)).json()).data;
  const statuses: number[] = [];
  for (let tries = 0; tries <= mostFailures; tries++) {
    const answer = await fetch(`${server.url}/api/me`, {
      method: "DELETE",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...from(address) },
      body: JSON.stringify({ password: "wrong horse battery" }),
    });
    statuses.push(answer.status);
  }
  expect(statuses).toEqual([...Array(mostFailures).fill(403), 429]);
  expect((await post(address, "sign-in/email", given)).status).toBe(200);
});

test("[AC1] a key, a token and a link that are good are let in from an address that has shown any number of wrong ones", async () => {
  const address = "198.51.100.23";
  const email = "emma@example.org";
  await post("198.51.100.24", "sign-up/email", { email, password: "correct horse battery", name: "" });
  const given = { email, password: "correct horse battery", token: true };
  const { token } = (await (await post("198.51.100.24", "sign-in/email", given)).json()).data;
  const ask = (method: string, path: string, as: string, json?: object) =>
    fetch(`${server.url}${path}`, {
      method,
      headers: { "content-type": "application/json", authorization: `Bearer ${as}`, ...from(address) },
      ...(json && { body: JSON.stringify(json) }),
    });
  const { key } = (await (await ask("POST", "/api/keys", token, { name: "A key" })).json()).data;
  const { value } = await (await ask("POST", "/v1/realtime/client_secrets", key, {})).json();
  const wrong = async () => (await ask("GET", "/api/sessions", `${key.slice(0, -1)}x`)).status;
  for (let tries = 0; tries < 3 * mostFailures; tries++) await wrong();
  expect(await wrong()).toBe(429);
  for (const good of [token, key, value])
    expect((await ask("GET", "/api/sessions", good)).status, good.slice(0, 3)).toBe(200);
  expect((await post(address, "sign-in/email", given)).status).toBe(200);
});

test.each([
  ["keys", "198.51.100.5", `kk_${"0".repeat(12)}_${"0".repeat(40)}`],
  ["client secrets", "198.51.100.6", `ek_${"A".repeat(120)}`],
  ["sign-ins", "198.51.100.7", "abc.def"],
])(
  "%s: after so many wrong ones an address is refused, over REST and on the socket",
  async (_, address, token) => {
    const ask = (credentials: Record<string, string>) =>
      fetch(`${server.url}/api/sessions`, { headers: { ...credentials, ...from(address) } });
    const connect = async () => {
      const ws = new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime`, {
        headers: { authorization: `Bearer ${token}`, ...from(address) },
      });
      ws.on("error", () => {});
      const [, answer] = await once(ws, "unexpected-response");
      return answer.statusCode;
    };
    const statuses: number[] = [];
    for (let tries = 0; tries < mostFailures; tries += 2)
      statuses.push((await ask({ authorization: `Bearer ${token}` })).status, await connect());
    expect(statuses).toEqual(Array(mostFailures).fill(401));
    const refused = await ask({ authorization: `Bearer ${token}` });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(60);
    expect(await connect()).toBe(429);
    // Who shows nothing guesses nothing.
    expect((await ask({})).status).toBe(401);
  },
);
