import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type * as Reference from "openai/resources/realtime/realtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { findPersona } from "../../../src/coach/personas/personas.ts";
import { manualClock } from "../../../src/lib/clock.ts";
import { openClientSecrets, readSigningKey } from "../../../src/server/access/client-secrets.ts";
import { principalOfSecret } from "../../../src/server/access/identity.ts";
import { knownSubjects } from "../../../src/server/access/quotas/subjects.ts";
import { ask, type RestServer, shiftedClock, startRest } from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";
import { Client } from "../support.ts";

const key = new Uint8Array(32).fill(7);
const now = Date.UTC(2026, 10, 23);

describe("a client secret", () => {
  const clock = manualClock(now);
  const secrets = openClientSecrets(key, clock);

  it("stands for its user and persona until it expires", async () => {
    const { value, expiresAt } = secrets.make({ ownerId: "änne/1", persona: "reader", seconds: 10 });
    // It goes into headers, sub-protocols and URLs as it is.
    expect(value).toMatch(/^ek_[\w-]+$/);
    expect(expiresAt).toBe(now / 1000 + 10);
    expect(secrets.read(value)).toEqual({
      secretId: expect.any(String),
      ownerId: "änne/1",
      persona: "reader",
    });
    await clock.advance(9_999);
    expect(secrets.read(value)).toBeDefined();
    await clock.advance(1);
    expect(secrets.read(value)).toBe("expired");
  });

  it("knows what it was made with, and for what", () => {
    const bearer = {
      ownerId: "ann",
      user: "customer 7",
      scopes: ["talk" as const],
      keyId: "key_1",
      signInId: "s1",
      limits: { sessionsAtOnce: 1, costPerDay: 0.5 },
    };
    expect(secrets.read(secrets.make({ ...bearer, seconds: 10 }).value)).toMatchObject(bearer);
    const [one, other] = [1, 2].map(() => secrets.read(secrets.make({ ...bearer, seconds: 10 }).value));
    expect(one).not.toEqual(other);
  });

  it("is nobody else's: any change of it, or another key, makes it none", () => {
    const { value } = secrets.make({ ownerId: "ann", seconds: 600 });
    for (let at = 0; at < value.length; at++) {
      const other = value[at] === "A" ? "B" : "A";
      expect(secrets.read(value.slice(0, at) + other + value.slice(at + 1)), String(at)).not.toBeTypeOf(
        "object",
      );
    }
    for (const token of ["", "ek_", "ek_x", `ek_${"A".repeat(5000)}`])
      expect(secrets.read(token)).toBeUndefined();
    for (const token of [value.slice(0, -1), `${value}A`])
      expect(secrets.read(token)).not.toBeTypeOf("object");
    const others = openClientSecrets(new Uint8Array(32).fill(8), clock);
    // Good once, before AUTH_SECRET was changed: no guess.
    expect(others.read(value)).toBe("expired");
  });
});

describe("the key that secrets are signed with", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kuku-key-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is kept, for this user alone, and is one though several start at once", async () => {
    const dataDir = join(folder, "new");
    const keys = await Promise.all(Array.from({ length: 8 }, () => readSigningKey(dataDir)));
    expect(new Set(keys.map((each) => Buffer.from(each).toString("hex"))).size).toBe(1);
    expect(await readSigningKey(dataDir)).toEqual(keys[0]);
    expect(await readdir(dataDir)).toEqual(["signing.key"]);
    const file = join(dataDir, "signing.key");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(keys[0] ?? []).toString("hex")).not.toBe(await readFile(file, "utf8"));
  });

  it("is the same for all nodes that are given the same secret, and nothing is kept then", async () => {
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    expect(await readSigningKey(one, "shared")).toEqual(await readSigningKey(two, "shared"));
    expect(await readSigningKey(one, "shared")).not.toEqual(await readSigningKey(one, "other"));
    await expect(readdir(one)).rejects.toThrow("ENOENT");
  });
});

describe("POST /v1/realtime/client_secrets", () => {
  let rest: RestServer;
  let later: (ms: number) => void;
  beforeAll(async () => {
    const shifted = shiftedClock();
    later = shifted.later;
    rest = await startRest({ databaseUrl: await testDatabase(), clock: shifted.clock });
  });
  afterAll(async () => {
    await rest.close();
  });
  const make = (json?: unknown, as = "ann") =>
    ask(rest.server, "POST /v1/realtime/client_secrets", { as, ...(json !== undefined && { json }) });

  it("answers as the vendor does, without an envelope", async () => {
    const { status, body } = await make({
      expires_after: { anchor: "created_at", seconds: 60 },
      session: { type: "realtime", model: "reader" },
    });
    expect([status, body]).toEqual([
      200,
      {
        value: expect.stringMatching(/^ek_/),
        expires_at: expect.any(Number),
        session: expect.objectContaining({
          type: "realtime",
          object: "realtime.session",
          id: expect.stringMatching(/^sess_/),
          model: "reader",
          output_modalities: ["audio"],
          tools: [],
        }),
      },
    ]);
    expect((await make()).body.session.id).not.toBe(body.session.id);
    expect((await make()).body.session.model).toBe("kuku");
    expect((await make({ session: { model: "gpt-realtime" } })).body.session.model).toBe("kuku");
  });

  it.each([
    [{ expires_after: { seconds: 9 } }, "INVALID_REQUEST"],
    [{ expires_after: { seconds: 7201 } }, "INVALID_REQUEST"],
    [{ session: { model: "nobody" } }, "UNKNOWN_PERSONA"],
    [{ session: { type: "translation" } }, "INVALID_REQUEST"],
    [{ session: { type: "transcription", instructions: "Sing." } }, "INVALID_REQUEST"],
    [{ session: { type: "realtime", instruction: "Sing." } }, "INVALID_REQUEST"],
    [{ session: { audio: { output: { voice: "nobody" } } } }, "INVALID_REQUEST"],
    [{ session: { prompt: { id: "pmpt_1" } } }, "INVALID_REQUEST"],
    [{ session: { kuku: { greet: false } } }, "INVALID_REQUEST"],
    [{ session: { instructions: randomBytes(20_000).toString("hex") } }, "INVALID_REQUEST"],
  ])("refuses %o", async (json, code) => {
    const { status, body } = await make(json);
    expect([status, body.code]).toEqual([400, code]);
  });

  it("[S13] takes the sessions that the vendor's does, and a socket's session begins with it", async () => {
    const settings: Reference.RealtimeSessionCreateRequest = {
      type: "realtime",
      model: "gpt-realtime",
      output_modalities: ["text"],
      instructions: "Be brief. ".repeat(800),
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          transcription: { model: "gpt-4o-mini-transcribe", language: "fr" },
          noise_reduction: { type: "near_field" },
          turn_detection: { type: "server_vad", silence_duration_ms: 700 },
        },
        output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1.2 },
      },
      include: ["item.input_audio_transcription.logprobs"],
      max_output_tokens: 500,
      tracing: { workflow_name: "desk" },
      tools: [{ type: "function", name: "note", parameters: { type: "object" } }],
      tool_choice: "auto",
      truncation: { type: "retention_ratio", retention_ratio: 0.8 },
    };
    const { status, body } = await make({ session: settings });
    expect(status).toBe(200);
    const inForce = {
      model: "kuku",
      output_modalities: ["text"],
      instructions: settings.instructions,
      audio: {
        input: {
          format: { type: "audio/pcmu" },
          transcription: { language: "fr" },
          turn_detection: { type: "server_vad", silence_duration_ms: 700, threshold: 0.5 },
        },
        output: { format: { type: "audio/pcmu" }, voice: "marin", speed: 1.2 },
      },
      max_output_tokens: 500,
      tools: settings.tools,
      truncation: "auto",
    };
    expect(body.session).toMatchObject(inForce);
    const offers = ["realtime", `openai-insecure-api-key.${body.value}`];
    const socket = new Client(new WebSocket(`${rest.server.url.replace("http", "ws")}/v1/realtime`, offers));
    expect((await socket.event("session.created")).session).toMatchObject(inForce);
    socket.send({ type: "session.update", session: { type: "realtime", output_modalities: ["audio"] } });
    const { session } = await socket.event("session.updated");
    expect(session).toMatchObject({ ...inForce, output_modalities: ["audio"] });
    socket.ws.close();
    await socket.closed;
  });

  it("[S13] a session made over REST begins with it too, whoever comes to it first", async () => {
    const settings = { instructions: "Be kind.", max_output_tokens: 300 };
    const { body } = await make({ session: settings, kuku: { user: "u8" } });
    const url = `${rest.server.url.replace("http", "ws")}/v1/realtime`;
    // Its own user, and whoever made the secret.
    for (const token of [body.value, "ann"]) {
      const offers = ["kuku.v1", `openai-insecure-api-key.${token}`];
      const made = await ask(rest.server, "POST /api/sessions", { as: body.value, json: {} });
      let socket = new Client(new WebSocket(`${url}?session_id=${made.body.data.sessionId}`, offers));
      expect((await socket.event("session.created")).session).toMatchObject(settings);
      socket.send({ type: "session.update", session: { type: "realtime", max_output_tokens: 200 } });
      await socket.event("session.updated");
      socket.ws.close();
      await socket.closed;
      socket = new Client(new WebSocket(`${url}?session_id=${made.body.data.sessionId}`, offers));
      expect((await socket.event("session.created")).session).toMatchObject({
        instructions: "Be kind.",
        max_output_tokens: 200,
      });
      socket.ws.close();
      await socket.closed;
    }
  });

  it("[RF7] with `kuku.fixed` its settings are the browser's, wherever it goes on, and not to be changed", async () => {
    const { body } = await make({ session: { instructions: "Be kind." }, kuku: { fixed: true, user: "u7" } });
    const offers = ["kuku.v1", `openai-insecure-api-key.${body.value}`];
    const url = `${rest.server.url.replace("http", "ws")}/v1/realtime`;
    let socket = new Client(new WebSocket(url, offers));
    const { session } = await socket.event("session.created");
    expect(session.instructions).toBe("Be kind.");
    const { token } = await socket.event("kuku.resumable");
    for (let round = 0; round < 2; round++) {
      const change = { type: "realtime", instructions: "Be rude." };
      socket.send({ type: "session.update", session: change });
      expect((await socket.event("error")).error).toMatchObject({ param: "session.instructions" });
      socket.ws.terminate();
      await socket.closed;
      if (round > 0) break;
      socket = new Client(new WebSocket(`${url}?resume=${token}`, offers));
      await socket.event("kuku.resumed");
    }
    const made = await ask(rest.server, "POST /api/sessions", { as: body.value, json: {} });
    expect([made.status, made.body.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
  });

  it("gives a token that lets a browser in for its user, with its persona, and to nothing that lasts", async () => {
    const { value } = (await make({ session: { model: "reader" } })).body;
    const offers = ["realtime", `openai-insecure-api-key.${value}`];
    const socket = new Client(
      new WebSocket(`${rest.server.url.replace("http", "ws")}/v1/realtime?model=gpt-realtime`, offers),
    );
    const { session } = await socket.event("session.created");
    expect(session.model).toBe("reader");
    const read = async (as: string) =>
      (await ask(rest.server, `GET /api/sessions/${session.id}`, { as })).status;
    expect([await read(value), await read("ann"), await read("bob")]).toEqual([200, 200, 404]);
    socket.ws.close();
    await socket.closed;
    const again = await make({}, value);
    expect([again.status, again.body.code]).toEqual([403, "FORBIDDEN"]);
    later(600_000);
    const late = await ask(rest.server, "GET /api/sessions", { as: value });
    expect([late.status, late.body.code]).toEqual([401, "INVALID_CREDENTIALS"]);
  });
});

describe("the end users of an application", () => {
  let rest: RestServer;
  beforeAll(async () => {
    rest = await startRest({ databaseUrl: await testDatabase() });
  });
  afterAll(() => rest.close());

  const secretOf = async (kuku: object | undefined, more: object = {}, as = "app") => {
    const made = await ask(rest.server, "POST /v1/realtime/client_secrets", { as, json: { kuku, ...more } });
    expect([made.status, made.body.code]).toEqual([200, undefined]);
    return made.body.value as string;
  };
  const request = (as: string, path: string, json?: object) =>
    ask(rest.server, path, { as, ...(json && { json }) });
  const begin = async (as: string) => (await request(as, "POST /api/sessions")).body.data.sessionId as string;
  const idsOf = async (as: string, query = "") =>
    (await request(as, `GET /api/sessions${query}`)).body.data.sessions
      .map((each: { sessionId: string }) => each.sessionId)
      .sort();
  const connect = async (as: string, query: string) => {
    const socket = new WebSocket(
      `${rest.server.url.replace("http", "ws")}/v1/realtime${query}`,
      ["kuku.v1"],
      {
        headers: { authorization: `Bearer ${as}` },
      },
    );
    const refused = once(socket, "unexpected-response").then(async ([, answer]) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      return { status: answer.statusCode, code: JSON.parse(Buffer.concat(chunks).toString()).code };
    });
    const client = new Client(socket);
    const opened = client.opened.then(
      () => client,
      () => refused,
    );
    return Promise.race([opened, refused]);
  };
  const refusal = async (as: string, query: string) => {
    const answer = await connect(as, query);
    if (!(answer instanceof Client)) return [answer.status, answer.code];
    answer.ws.terminate();
    return ["let in"];
  };

  it("[AC3] each have their own sessions: by one secret, or by all of one user; whoever makes the secrets has all", async () => {
    const [nameless, another] = [await secretOf(undefined), await secretOf({})];
    const [alice, bob] = [await secretOf({ user: "alice" }), await secretOf({ user: "bob" })];
    const made = { nameless: await begin(nameless), alice: await begin(alice), bob: await begin(bob) };
    const later = await secretOf({ user: "alice" });
    expect(await idsOf(nameless)).toEqual([made.nameless]);
    expect(await idsOf(another)).toEqual([]);
    expect(await idsOf(later)).toEqual([made.alice]);
    expect(await idsOf(bob)).toEqual([made.bob]);
    expect((await request(later, `GET /api/sessions/${made.alice}`)).body.data.user).toBe("alice");
    expect((await request(another, `GET /api/sessions/${made.nameless}`)).status).toBe(404);
    expect(await idsOf("app")).toEqual(Object.values(made).sort());
    expect(await idsOf("app", "?user=alice")).toEqual([made.alice]);
    // What it asks for beside is still its own alone.
    expect(await idsOf(bob, "?user=alice")).toEqual([made.bob]);
    // Another application's user of that name is somebody else.
    expect(await idsOf(await secretOf({ user: "alice" }, {}, "other app"))).toEqual([]);
    expect((await request("app", `GET /api/sessions/${made.nameless}`)).body.data.user).toBeUndefined();
  });

  it("[AC3] join, resume and take over no session of another's, which goes on", async () => {
    const [alice, bob] = [await secretOf({ user: "alice" }), await secretOf({ user: "bob" })];
    const live = (await connect(alice, "")) as Client;
    const { id } = (await live.event("session.created")).session;
    const { token } = await live.event("kuku.resumable");
    for (const as of [bob, await secretOf(undefined)])
      for (const query of [`?session_id=${id}`, `?resume=${token}`])
        expect(await refusal(as, query)).toEqual([404, "session_not_found"]);
    live.send({ type: "session.update", session: { type: "realtime", instructions: "Be brief." } });
    expect((await live.event("session.updated")).session.instructions).toBe("Be brief.");
    live.ws.terminate();
    await live.closed;
    // With a new secret, once the first has expired, she comes back.
    expect(await refusal(await secretOf({ user: "alice" }), `?resume=${token}`)).toEqual(["let in"]);
  });

  it("[AC3] a secret that is restricted to a persona joins, resumes, writes to and ends no session of another", async () => {
    const alice = await secretOf({ user: "alice" });
    const session = await begin(alice);
    const live = (await connect(alice, "")) as Client;
    const { token } = await live.event("kuku.resumable");
    live.ws.terminate();
    await live.closed;
    const reader = await secretOf({ user: "alice" }, { session: { model: "reader" } });
    const refused = [403, "insufficient_scope"];
    expect(await refusal(reader, `?session_id=${session}`)).toEqual(refused);
    expect(await refusal(reader, `?resume=${token}`)).toEqual(refused);
    for (const path of ["messages", "messages?wait=false", "end"]) {
      const sent = await request(reader, `POST /api/sessions/${session}/${path}`, { text: "Hello." });
      expect([sent.status, sent.body.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
    }
    const kuku = await secretOf({ user: "alice" }, { session: { model: "kuku" } });
    expect(await refusal(kuku, `?session_id=${session}`)).toEqual(["let in"]);
  });

  it("[TX2][TX3] a secret for transcription makes and joins transcription sessions alone", async () => {
    const session = { type: "transcription", audio: { input: { turn_detection: null } } };
    const asked = await ask(rest.server, "POST /v1/realtime/client_secrets", {
      as: "app",
      json: { session, kuku: { user: "alice" } },
    });
    expect(asked.body.session).toMatchObject({
      type: "transcription",
      object: "realtime.transcription_session",
      audio: { input: { turn_detection: null, transcription: { model: "scripted" } } },
    });
    const secret = asked.body.value as string;
    const own = (await connect(secret, "")) as Client;
    const told = (await own.event("session.created")).session;
    expect(told).toMatchObject({ type: "transcription", audio: { input: { turn_detection: null } } });
    const conversation = await begin(await secretOf({ user: "alice" }));
    expect(await refusal(secret, `?session_id=${conversation}`)).toEqual([403, "insufficient_scope"]);
    expect((await request(secret, "POST /api/sessions", {})).status).toBe(403);
    for (const path of ["messages", "messages?wait=false", "end"]) {
      const sent = await request(secret, `POST /api/sessions/${conversation}/${path}`, { text: "Hello." });
      expect([sent.status, sent.body.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
    }
    const talking = await secretOf({ user: "alice" }, { session: { instructions: "Be kind." } });
    expect(await refusal(talking, "?intent=transcription")).toEqual([400, "invalid_query"]);
    expect(await refusal("app", `?intent=transcription&session_id=${conversation}`)).toEqual([
      400,
      "invalid_query",
    ]);
    const sent = await request("app", `POST /api/sessions/${told.id}/messages?wait=false`, {
      text: "Hello.",
    });
    expect([sent.status, sent.body.code]).toEqual([409, "TRANSCRIPTION_SESSION"]);
    own.ws.terminate();
    await own.closed;
  });

  it("[AC3] rate, erase and make personas only where their secret is for that", async () => {
    const persona = {
      ...findPersona("interviewer"),
      id: "boss",
      questions: { en: ["Why are you late?"] },
    };
    const attempts = (session: string): [string, string, object | undefined][] => [
      ["rate", `POST /api/sessions/${session}/rating`, { rating: 4 }],
      ["personas", "POST /api/personas", persona],
      ["personas", "DELETE /api/personas/boss", undefined],
      ["erase", `DELETE /api/sessions/${session}`, undefined],
    ];
    const all = ["read", "talk", "rate", "export", "personas", "erase"];
    const wide = await secretOf({ user: "wide", scopes: all });
    const session = await begin(wide);
    await request(wide, `POST /api/sessions/${session}/end`);
    for (const [scope, path, json] of attempts(session)) {
      const others = [undefined, all.filter((each) => each !== scope)];
      for (const scopes of others) {
        const refused = await request(await secretOf({ user: "wide", scopes }), path, json);
        expect([path, refused.status, refused.body.code]).toEqual([path, 403, "INSUFFICIENT_SCOPE"]);
      }
    }
    for (const [, path, json] of attempts(session))
      expect((await request(wide, path, json)).status, path).toBeLessThan(300);
    // Nor are they there for anything that does not say so.
    const more = await request(wide, "POST /v1/realtime/client_secrets", {});
    expect([more.status, more.body.code]).toEqual([403, "FORBIDDEN"]);
  });

  it("[AC3] remember, and see progress, each for themselves", async () => {
    const { store, services } = rest;
    for (const user of ["carla", "dan"]) {
      const id = await begin(await secretOf({ user }));
      const actions = [{ text: `${user} runs` }];
      await store.saveReport(id, { text: "", data: {}, actions });
    }
    const recall = async (endUser?: string) =>
      (await services.sessions.remember({ ownerId: "app", endUser }))?.openActions;
    expect(await recall("user:carla")).toEqual([{ text: "carla runs" }]);
    expect(await recall("user:nobody")).toBeUndefined();
    // Nor is a session of the application itself told what its users are up to.
    expect(await recall()).toBeUndefined();
    const progress = async (as: string, query = "") =>
      (await request(as, `GET /api/me/progress${query}`)).body.data.openActions.map(
        ({ text }: { text: string }) => text,
      );
    const dan = await secretOf({ user: "dan" });
    expect(await progress(dan)).toEqual(["dan runs"]);
    expect(await progress("app", "?user=carla")).toEqual(["carla runs"]);
    const [action] = (await request(dan, "GET /api/me/progress")).body.data.openActions;
    const carla = await secretOf({ user: "carla" });
    expect((await request(carla, `POST /api/me/actions/${action.id}`, { done: true })).status).toBe(404);
    expect((await request(dan, `POST /api/me/actions/${action.id}`, { done: true })).status).toBe(200);
  });

  it.each([
    [{ user: "" }],
    [{ user: "a".repeat(129) }],
    [{ user: "a\u0000b" }],
    [{ scopes: [] }],
    [{ scopes: ["admin"] }],
    [{ people: "all" }],
  ])("refuses %j by its name", async (kuku) => {
    const refused = await ask(rest.server, "POST /v1/realtime/client_secrets", { as: "app", json: { kuku } });
    expect([refused.status, refused.body.code]).toEqual([400, "INVALID_REQUEST"]);
    expect(refused.body.error).toContain(Object.keys(kuku)[0]);
  });
});

describe("limits of a client secret", () => {
  const subjects = (bearer: object) =>
    knownSubjects(
      principalOfSecret({ ownerId: "app", secretId: "s1", limits: { tokensPerDay: 5 }, ...bearer }),
      { perUser: {}, perApplication: {} },
    ).map(({ key }) => key);

  it("[AC3] are counted for its end user, whatever secret they show, and for it alone where it names none", () => {
    const alice = subjects({ user: "alice" });
    expect(subjects({ user: "alice", secretId: "s2" })).toEqual(alice);
    for (const other of [{ user: "bob" }, { user: "alice", ownerId: "other" }, {}])
      expect(subjects(other)[0]).not.toBe(alice[0]);
    expect(subjects({})[0]).not.toBe(subjects({ secretId: "s2" })[0]);
    expect(alice.join()).not.toContain("alice");
  });
});
