import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { manualClock } from "../../../../src/lib/clock.ts";
import { type Keys, openKeys } from "../../../../src/server/access/api-keys/api-keys.ts";
import { openRevocationWatch, watchMs } from "../../../../src/server/access/api-keys/revocation-watch.ts";
import { readSigningKey } from "../../../../src/server/access/client-secrets.ts";
import { openIdentity } from "../../../../src/server/access/identity.ts";
import { keyRoutes } from "../../../../src/server/api/api-keys.ts";
import { restRoutes } from "../../../../src/server/app/routes.ts";
import { type RunningServer, startServer } from "../../../../src/server/app/server.ts";
import { readConfig } from "../../../../src/server/config/config.ts";
import type { HeldSession } from "../../../../src/server/conversations/live-sessions.ts";
import { openLog } from "../../../../src/server/logging/log.ts";
import { type KeyQueries, openKeyQueries } from "../../../../src/store/queries/key-queries.ts";
import { addUser, block, countingLimiter, rowSignIns, signIn } from "../../../support/people.ts";
import {
  ask as askServer,
  type RequestOptions,
  type RestServer,
  shiftedClock,
  startRest,
} from "../../../support/rest.ts";
import { testDatabase } from "../../../support/test-database.ts";
import { Client } from "../../support.ts";

let rest: RestServer;
let server: RunningServer;
let queries: KeyQueries;
let keys: Keys;
let later: (ms: number) => void;

/** A server of the same sessions with people in front. */
beforeAll(async () => {
  const shifted = shiftedClock();
  later = shifted.later;
  const { clock } = shifted;
  rest = await startRest({ databaseUrl: await testDatabase(), clock });
  const { services, store, dataDir } = rest;
  const log = openLog("silent");
  queries = openKeyQueries(store.database);
  keys = openKeys({ queries, live: () => services.sessions.all(), clock, log });
  const authenticate = openIdentity({
    access: { mode: "accounts", anonymous: false },
    secrets: services.secrets,
    keys,
    signIns: rowSignIns(store.database),
    limiter: countingLimiter(),
    signingKey: await readSigningKey(dataDir),
    clock,
  });
  server = await startServer({
    config: { ...readConfig({}), port: 0 },
    log,
    openSession: services.sessions.open,
    findSession: services.sessions.find,
    findPersona: (name, ownerId) => services.personas.find(name, ownerId)?.id,
    defaultPersona: services.personas.default,
    version: "0.0.0",
    authenticate,
    routes: async (app) => {
      // Where the server's own table has them by now, they are not declared twice.
      await restRoutes(services)(app);
      if (!app.hasRoute({ method: "GET", url: "/api/keys" })) keyRoutes(app, { keys, clock });
    },
  });
  for (const id of ["user_ann", "user_bob"]) await addUser(store.database, id);
  await addUser(store.database, "user_root", "admin");
  for (const id of ["ann", "bob", "root"]) await signIn(store.database, `user_${id}`, id);
});
afterAll(async () => {
  await server.stop();
  await rest.close();
});

const ask = (request: string, options: RequestOptions = {}) =>
  askServer(server, request, { as: "ann", ...options });
const make = async (json: object = {}, as = "ann") =>
  (await ask("POST /api/keys", { as, json: { name: "Kiosk", ...json } })).body.data;
const connect = async (token: string, query = "", protocols = ["kuku.v1"]) => {
  const client = new Client(
    new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime${query}`, protocols, {
      headers: { authorization: `Bearer ${token}` },
    }),
  );
  await client.opened;
  return client;
};

describe("an API key", () => {
  it("is shown once, and kept as a hash", async () => {
    const { status, body } = await ask("POST /api/keys", {
      json: { name: " Kiosk ", limits: { sessionsAtOnce: 2, costPerDay: 0.5 } },
    });
    const { key, ...told } = body.data;
    expect([status, body.data]).toEqual([
      201,
      {
        id: expect.stringMatching(/^key_[0-9a-f]{32}$/),
        name: "Kiosk",
        prefix: key.slice(0, 15),
        scopes: ["read", "talk"],
        limits: { sessionsAtOnce: 2, costPerDay: 0.5 },
        createdAt: expect.any(String),
        key: expect.stringMatching(/^kk_[0-9a-f]{12}_[0-9a-f]{40}$/),
      },
    ]);
    const list = await ask("GET /api/keys");
    expect(list.body.data.keys).toEqual([told]);
    const { rows } = await rest.store.database.pool.query("select * from kuku.api_keys");
    expect(JSON.stringify(rows)).not.toContain(key.slice(16));
    expect(JSON.stringify(rest.logged)).not.toContain(key.slice(16));
  });

  it.each([
    [{ name: " " }, 400, "INVALID_REQUEST"],
    [{ scopes: [] }, 400, "INVALID_SCOPES"],
    [{ scopes: ["read", "read"] }, 400, "INVALID_SCOPES"],
    [{ limits: { sessionsAtOnce: 0 } }, 400, "INVALID_REQUEST"],
    [{ limits: { wishes: 3 } }, 400, "INVALID_LIMITS"],
    [{ expiresAt: "2020-01-01T00:00:00Z" }, 400, "INVALID_EXPIRY"],
    [{ scopes: ["admin"] }, 403, "FORBIDDEN"],
  ])("is not made of %o", async (wanted, status, code) => {
    const answer = await ask("POST /api/keys", { json: { name: "Kiosk", ...wanted } });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it("is for its scopes alone", async () => {
    const [reader, talker, eraser] = await Promise.all(
      ["read", "talk", "erase"].map(async (scope) => (await make({ scopes: [scope] })).key),
    );
    const code = async (as: string, request: string) => {
      const { status, body } = await ask(request, { as });
      return body.success ? status : body.code;
    };
    const id = (await ask("POST /api/sessions", { as: talker })).body.data.sessionId;
    expect(await code(reader, `GET /api/sessions/${id}`)).toBe(200);
    expect(await code(reader, "POST /api/sessions")).toBe("INSUFFICIENT_SCOPE");
    expect(await code(talker, `GET /api/sessions/${id}`)).toBe("INSUFFICIENT_SCOPE");
    expect(await code(talker, `DELETE /api/sessions/${id}`)).toBe("INSUFFICIENT_SCOPE");
    expect(await code(eraser, "GET /api/keys")).toBe("ACCOUNT_REQUIRED");
    expect(await code(eraser, `DELETE /api/sessions/${id}`)).toBe(200);
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime`, {
      headers: { authorization: `Bearer ${reader}` },
    });
    const [, refused] = await new Promise<[unknown, { statusCode?: number }]>((resolve) => {
      socket.on("error", () => {});
      socket.once("unexpected-response", (...answer) => resolve(answer));
    });
    expect(refused.statusCode).toBe(403);
  });

  it("is revoked by its owner alone, at once, with what was made of it and the sessions it opened", async () => {
    const { id, key } = await make();
    const secret = (await ask("POST /v1/realtime/client_secrets", { as: key })).body.value;
    const sockets = [await connect(key), await connect(secret), await connect("ann")];
    for (const each of sockets) await each.event("session.created");
    const other = await ask(`DELETE /api/keys/${id}`, { as: "bob" });
    expect([other.status, other.body.code]).toEqual([404, "KEY_NOT_FOUND"]);
    expect((await ask("GET /api/sessions", { as: secret })).status).toBe(200);
    expect((await ask(`DELETE /api/keys/${id}`)).body.data).toEqual({ id, revoked: true });
    for (const as of [key, secret]) expect((await ask("GET /api/sessions", { as })).status).toBe(401);
    const [byKey, bySecret, bySignIn] = sockets as [Client, Client, Client];
    expect((await byKey.closed).code).toBe(1008);
    expect((await bySecret.closed).code).toBe(1008);
    expect(bySignIn.ws.readyState).toBe(WebSocket.OPEN);
    bySignIn.ws.terminate();
    expect((await ask("GET /api/keys")).body.data.keys).not.toContainEqual(expect.objectContaining({ id }));
    expect((await ask(`DELETE /api/keys/${id}`)).status).toBe(404);
  });

  it("that joins a session is what the session ends with", async () => {
    const { id, key } = await make();
    const sessionId = (await ask("POST /api/sessions")).body.data.sessionId;
    const first = await connect("ann", `?session_id=${sessionId}`);
    const second = await connect(key, `?session_id=${sessionId}`);
    await second.event("session.created");
    await first.closed;
    await ask(`DELETE /api/keys/${id}`);
    expect((await second.closed).code).toBe(1008);
  });

  it("says when it was used, once a minute at most", async () => {
    const { id, key } = await make({}, "bob");
    const used = async () =>
      (await ask("GET /api/keys", { as: "bob" })).body.data.keys.find(
        (each: { id: string }) => each.id === id,
      ).lastUsedAt;
    expect(await used()).toBeUndefined();
    await ask("GET /api/sessions", { as: key });
    await expect.poll(used).toEqual(expect.any(String));
    const first = await used();
    later(59_000);
    await ask("GET /api/sessions", { as: key });
    expect(await used()).toBe(first);
    later(2000);
    await ask("GET /api/sessions", { as: key });
    await expect.poll(used).not.toBe(first);
  });

  it("is one of fifty at most", async () => {
    const made = [];
    for (let n = 0; n < 50; n++) made.push(await keys.make("user_many", { name: "Key", scopes: ["read"] }));
    expect(made.every((each) => each !== undefined)).toBe(true);
    expect(await keys.make("user_many", { name: "Key", scopes: ["read"] })).toBeUndefined();
    await keys.revoke(made[0]!.key.id, "user_many");
    expect(await keys.make("user_many", { name: "Key", scopes: ["read"] })).toBeDefined();
  });
});

describe("what was revoked or blocked elsewhere", () => {
  const held = (ownerId: string, ways: { readonly keyId?: string; readonly signInId?: string } = {}) => {
    const ends: string[] = [];
    const session = { end: (reason: string) => ends.push(reason) };
    return { ends, entry: { session, ownerId, persona: "kuku", since: 0, ...ways } };
  };

  it("ends live sessions here within seconds, and no others", async () => {
    const [revoked, good] = [await make(), await make()];
    const expired = await make({ expiresAt: new Date(rest.services.clock.wallTime() + 5000).toISOString() });
    const all = {
      revoked: held("user_ann", { keyId: revoked.id }),
      expired: held("user_ann", { keyId: expired.id }),
      good: held("user_ann", { keyId: good.id, signInId: "ann" }),
      signedOut: held("user_ann", { signInId: "ann-elsewhere" }),
      blocked: held("user_bob"),
      gone: held("user_gone"),
      local: held("local"),
      guest: held("guest_once_1"),
    };
    await queries.revoke(revoked.id, 1);
    await block(rest.store.database, "user_bob");
    const clock = manualClock(rest.services.clock.wallTime() + 5000);
    let asked = 0;
    const watch = openRevocationWatch({
      queries: {
        ended(of, now) {
          asked++;
          return queries.ended(of, now);
        },
      },
      live: () => Object.values(all).map(({ entry }) => entry as unknown as HeldSession),
      clock,
      log: openLog("silent"),
    });
    await clock.advance(watchMs);
    await expect.poll(() => Object.values(all).filter(({ ends }) => ends.length > 0).length).toBe(5);
    expect(asked).toBe(1);
    const ended = Object.entries(all).filter(([, { ends }]) => ends.length > 0);
    expect(ended.map(([name, { ends }]) => [name, ends])).toEqual([
      ["revoked", ["revoked"]],
      ["expired", ["revoked"]],
      ["signedOut", ["revoked"]],
      ["blocked", ["revoked"]],
      ["gone", ["revoked"]],
    ]);
    watch.close();
    await expect.poll(() => clock.pending).toBe(0);
    await block(rest.store.database, "user_bob", false);
  });

  it("is looked for again when the database comes back, and not at all while nobody talks", async () => {
    const clock = manualClock();
    const one = held("user_ann", { keyId: "key_1" });
    let live: HeldSession[] = [];
    let away = true;
    let asked = 0;
    const watch = openRevocationWatch({
      queries: {
        async ended() {
          asked++;
          if (away) throw new Error("away");
          return { keys: ["key_1"], owners: [], signIns: [] };
        },
      },
      live: () => live,
      clock,
      log: openLog("silent"),
    });
    await clock.advance(watchMs);
    expect(asked).toBe(0);
    live = [one.entry as unknown as HeldSession];
    await clock.advance(watchMs);
    expect([asked, one.ends]).toEqual([1, []]);
    away = false;
    await clock.advance(watchMs);
    expect([asked, one.ends]).toEqual([2, ["revoked"]]);
    watch.close();
    expect(clock.pending).toBe(0);
  });
});

it("[AC3] a client secret has no scope that the key it is made with has not", async () => {
  const scopesOf = async (scopes: string[], wanted: string[] | undefined) => {
    const { key } = await make({ scopes });
    const made = await ask("POST /v1/realtime/client_secrets", {
      as: key,
      json: { kuku: { scopes: wanted } },
    });
    if (made.status !== 200) return [made.status, made.body.code];
    const bearer = rest.services.secrets.read(made.body.value);
    return typeof bearer === "object" ? bearer.scopes : bearer;
  };
  const refused = [403, "INSUFFICIENT_SCOPE"];
  expect(await scopesOf(["talk"], ["read"])).toEqual(refused);
  expect(await scopesOf(["read", "talk"], ["talk", "erase"])).toEqual(refused);
  expect(await scopesOf(["talk"], ["export"])).toEqual(refused);
  expect(await scopesOf(["talk", "erase"], ["erase", "rate"])).toEqual(["erase", "rate"]);
  expect(await scopesOf(["talk"], undefined)).toEqual(["talk"]);
});
