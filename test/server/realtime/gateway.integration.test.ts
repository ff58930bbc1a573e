import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect as connectTcp } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { decodeAudioFrame } from "../../../src/protocol/binary-frame.ts";
import type { ServerEvent } from "../../../src/protocol/server-events.ts";
import { type Credentials, localUser } from "../../../src/server/access/principal.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { protocolError } from "../../../src/server/net/http-error.ts";
import { originAllowed } from "../../../src/server/net/origin.ts";
import { Gateway } from "../../../src/server/realtime/gateway.ts";
import { eventually } from "../../support/eventually.ts";
import {
  type AnyEvent,
  echoSessions,
  type TestServer,
  type TestServerOptions,
  testServer,
} from "../support.ts";

let server: TestServer | undefined;
const start = async (options: Partial<TestServerOptions> = {}) => {
  const sessions = echoSessions();
  server = await testServer({ open: sessions.open, ...options });
  return { server, sessions: sessions.all };
};
afterEach(() => server?.dispose());

describe("an upgrade", () => {
  test("opens a session, plain without a sub-protocol", async () => {
    const { server, sessions } = await start();
    const client = await server.connect();
    expect((await client.event("session.created")).session.id).toBe(sessions[0]?.id);
    expect(client.ws.protocol).toBe("");
    expect(sessions[0]).toMatchObject({ extension: false, persona: "kuku", principal: "local" });
  });

  test.each([
    [["kuku.v1", "realtime"], "kuku.v1", true],
    [["realtime", "kuku.v1"], "kuku.v1", true],
    [["realtime"], "realtime", false],
    [["realtime", "openai-insecure-api-key.ek_secret123"], "realtime", false],
    [["openai-insecure-api-key.ek_secret123", "openai-beta.realtime-v1", "realtime"], "realtime", false],
  ])("offered %j it speaks %s and never echoes a token", async (protocols, chosen, extension) => {
    const { server, sessions } = await start();
    const client = await server.connect({ protocols });
    expect(client.ws.protocol).toBe(chosen);
    expect(sessions[0]?.extension).toBe(extension);
    expect(server.logged.join("")).not.toContain("secret123");
  });

  test("[RF5] hands credentials to authentication before a session exists", async () => {
    const seen: (string | undefined)[] = [];
    const authenticate = async ({ token }: Credentials) => {
      seen.push(token);
      if (token !== "good") throw protocolError("invalid_credentials", "These credentials are not known.");
      return { id: "user-7" };
    };
    const { server, sessions } = await start({ authenticate });
    await server.connect({ headers: { Authorization: "Bearer good" } });
    await server.connect({ protocols: ["realtime", "openai-insecure-api-key.good"] });
    await server.connect({ headers: { "api-key": "good" } });
    expect(sessions.map((session) => session.principal)).toEqual(["user-7", "user-7", "user-7"]);
    const { status, body, headers } = await server.refused({ headers: { Authorization: "Bearer bad" } });
    expect(status).toBe(401);
    expect(body).toEqual({
      success: false,
      error: "These credentials are not known.",
      code: "invalid_credentials",
    });
    expect(headers["www-authenticate"]).toContain("Bearer");
    expect(sessions).toHaveLength(3);
    expect(seen).toEqual(["good", "good", "good", "bad"]);
  });

  test("authentication that hangs is answered 408 at the deadline and told to stop", async () => {
    const clock = manualClock();
    const asked = Promise.withResolvers<AbortSignal>();
    const authenticate = (_: Credentials, signal: AbortSignal) => {
      asked.resolve(signal);
      return new Promise<never>(() => {});
    };
    const { server, sessions } = await start({
      limits: { authenticationDeadlineMs: 10_000 },
      authenticate,
      clock,
    });
    const refused = server.refused();
    const signal = await asked.promise;
    await clock.advance(9_999);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
    expect((await refused).status).toBe(408);
    expect((await refused).body.code).toBe("authentication_timeout");
    expect(sessions).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  test("a client that leaves while it is authenticated leaves nothing behind", async () => {
    const clock = manualClock();
    const asked = Promise.withResolvers<AbortSignal>();
    const authenticate = (_: Credentials, signal: AbortSignal) => {
      asked.resolve(signal);
      return new Promise<never>(() => {});
    };
    const { server, sessions } = await start({ authenticate, clock });
    const socket = connectTcp(server.port, "127.0.0.1");
    socket.write(
      "GET /v1/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    const signal = await asked.promise;
    const aborted = once(signal, "abort");
    socket.resetAndDestroy();
    await aborted;
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    expect(sessions).toHaveLength(0);
  });

  test.each([
    ["/v1/realtime?model=reader", "reader"],
    ["/v1/realtime?model=gpt-realtime", "kuku"],
    ["/v1/realtime?model=gpt-4o-realtime-preview-2024-12-17", "kuku"],
    ["/v1/realtime?model=", "kuku"],
    ["/v1/realtime", "kuku"],
    ["/v1/realtime?deployment=reader", "kuku"],
    ["/openai/realtime?api-version=2025-04-01-preview&deployment=reader", "reader"],
    ["/openai/realtime?api-version=2025-04-01-preview&deployment=gpt-4o-realtime-preview", "kuku"],
    ["/openai/v1/realtime?model=reader", "reader"],
  ])("[RF5] %s is answered by %s", async (path, persona) => {
    const { server, sessions } = await start();
    await server.connect({ path });
    expect(sessions[0]?.persona).toBe(persona);
  });

  test.each([
    // A telephony vendor's sample, transcription clients, a cloud reseller's.
    ["model=gpt-realtime&temperature=0.8125", ["temperature"]],
    ["intent=conversation", ["intent"]],
    ["intent=transcription&model=gpt-4o-transcribe", ["model"]],
    ["api-version=2025-04-01-preview&deployment=talk&model=reader", ["api-version", "deployment"]],
    [`${"x".repeat(80)}=1`, ["x".repeat(60)]],
    ["model=kuku", undefined],
  ])("[S11] ?%s opens, and what means nothing is named in the log", async (query, unfollowed) => {
    const { server } = await start();
    await server.connect({ path: `/v1/realtime?${query}` });
    const lines = server.logged.map((line) => JSON.parse(line));
    const opened = lines.filter(({ msg }) => msg === "connection opened");
    expect(opened.map((line) => line.unfollowed)).toEqual([unfollowed]);
    expect(server.logged.join("")).not.toContain("0.8125");
  });

  test.each([
    ["/v1/realtime?model=nobody", {}, 404, "model_not_found"],
    ["/openai/realtime?deployment=nobody", {}, 404, "model_not_found"],
    ["/v1/elsewhere", {}, 404, "not_found"],
    ["/", {}, 404, "not_found"],
    ["/v1/realtime?last_event=event_1", {}, 400, "invalid_query"],
    ["/v1/realtime", { protocols: ["chat"] }, 400, "unsupported_subprotocol"],
    ["/v1/realtime", { origin: "https://evil.example" }, 403, "origin_not_allowed"],
    ["/v1/realtime", { origin: "null" }, 403, "origin_not_allowed"],
  ])("%s %j is refused with %i %s", async (path, options, status, code) => {
    const { server, sessions } = await start();
    const answer = await server.refused({ path, ...options });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({ success: false, error: expect.stringMatching(/\.$/), code });
    expect(sessions).toHaveLength(0);
  });

  test("broken handshakes are answered in the same envelope", async () => {
    const { server } = await start();
    const socket = connectTcp(server.port, "127.0.0.1");
    socket.end(
      "GET /v1/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    const answer = (await socket.setEncoding("utf8").toArray()).join("");
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      success: false,
      code: "upgrade_required",
    });
  });

  test("no more sessions than there may be; a place that is left is free again", async () => {
    const { server } = await start({ limits: { maxSessions: 2 } });
    const first = await server.connect();
    await server.connect();
    const answer = await server.refused();
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe("overloaded");
    expect(answer.headers["retry-after"]).toBe("5");
    first.ws.close();
    await first.closed;
    const third = await server.connect();
    await third.roundTrip();
  });

  test("a name that was pointed here from outside is refused: on loopback, and where PUBLIC_URL says the server's own", async () => {
    const own = { access: { ...readConfig({}).access, publicUrl: "https://coach.example" } };
    for (const config of [{}, own]) {
      const { server } = await start({ config });
      expect(await server.refused({ headers: { host: "rebound.example" } })).toMatchObject({
        status: 403,
        body: { code: "origin_not_allowed" },
      });
    }
    const { server } = await start({ config: own });
    for (const host of ["coach.example", "127.0.0.1:8000", "localhost"])
      (await server.connect({ headers: { host } })).ws.close();
  });

  test("pages of this server, of loopback and of the list may connect", async () => {
    const { server } = await start({ config: { allowedOrigins: ["https://app.example"] } });
    for (const origin of [server.url, "http://localhost:5173", "https://app.example"]) {
      const client = await server.connect({ origin });
      await client.roundTrip();
    }
  });

  test("a name pointed at this machine from outside is not its own page", () => {
    const page = { origin: "http://rebound.example:8000", host: "rebound.example:8000", allowed: [] };
    expect(originAllowed({ ...page, loopbackOnly: true })).toBe(false);
    expect(originAllowed({ ...page, loopbackOnly: false })).toBe(true);
    const lan = { origin: "https://192.168.1.7:8000", host: "192.168.1.7:8000", allowed: [] };
    expect(originAllowed({ ...lan, loopbackOnly: false })).toBe(true);
    expect(originAllowed({ ...lan, host: "192.168.1.8:8000", loopbackOnly: false })).toBe(false);
    expect(originAllowed({ ...lan, origin: "file:///page.html", loopbackOnly: false })).toBe(false);
  });
});

describe("audio", () => {
  test("goes in and out as binary with kuku.v1, header and samples in one message", async () => {
    const { server, sessions } = await start();
    const client = await server.connect({ protocols: ["kuku.v1"] });
    await client.event("session.created");
    const audio = Buffer.from([1, 2, 3, 4]);
    client.send(audio);
    const decoded = decodeAudioFrame((await client.next()) as Buffer);
    if (!decoded.ok) throw new Error(decoded.message);
    expect(decoded.frame).toMatchObject({ responseNumber: 1, startSample: 7, flags: 0 });
    expect(Buffer.from(decoded.frame.audio)).toEqual(audio);
    expect(sessions[0]?.seen).toEqual(["audio:4"]);
  });

  test("goes in and out as base64 events for a plain client", async () => {
    const { server } = await start();
    const client = await server.connect({ protocols: ["realtime"] });
    await client.event("session.created");
    for (const bytes of [
      [1, 2],
      [3, 4, 5, 6],
    ]) {
      client.send({ type: "input_audio_buffer.append", audio: Buffer.from(bytes).toString("base64") });
      expect(await client.next()).toEqual({
        type: "response.output_audio.delta",
        event_id: expect.stringMatching(/^event_/),
        response_id: "resp_1",
        item_id: 'item_"1"',
        output_index: 0,
        content_index: 0,
        delta: Buffer.from(bytes).toString("base64"),
      });
    }
  });

  test("under push to talk goes on in pieces of 200 ms, all of it before any event behind it", async () => {
    const { server, sessions } = await start();
    const client = await server.connect({ protocols: ["kuku.v1"] });
    const talk = { type: "realtime", audio: { input: { turn_detection: null } } };
    client.send({ type: "session.update", session: talk });
    await client.event("session.updated");
    for (let chunk = 0; chunk < 12; chunk++) client.send(Buffer.alloc(960, chunk));
    client.send({ type: "input_audio_buffer.commit" });
    client.send(Buffer.alloc(960));
    await client.roundTrip();
    expect(sessions[0]?.seen).toEqual([
      "session.update",
      "audio:9600",
      "audio:1920",
      "input_audio_buffer.commit",
      "audio:960",
      "input_audio_buffer.clear",
    ]);
  });

  test("may have odd lengths in a one-byte format", async () => {
    const { server, sessions } = await start();
    const client = await server.connect({ protocols: ["kuku.v1"] });
    client.send({
      type: "session.update",
      session: { type: "realtime", audio: { input: { format: { type: "audio/pcmu" } } } },
    });
    await client.event("session.updated");
    client.send(Buffer.alloc(161));
    await client.roundTrip();
    expect(sessions[0]?.seen).toContain("audio:161");
  });
});

test("what is sent in one go leaves in one write, in order", async () => {
  const writes: string[] = [];
  const socket = new Duplex({
    read() {},
    writev(chunks, done) {
      writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)).toString("latin1"));
      done();
    },
  });
  const sessions = echoSessions();
  const gateway = new Gateway({
    path: "/v1/realtime",
    allowedOrigins: [],
    loopbackOnly: true,
    findPersona: () => "kuku",
    defaultPersona: "kuku",
    limits: readConfig({}).limits,
    clock: manualClock(),
    log: openLog("silent"),
    authenticate: localUser,
    openSession: sessions.open,
  });
  const headers = {
    upgrade: "websocket",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
  };
  const request = { method: "GET", url: "/v1/realtime", headers, socket };
  gateway.upgrade(request as unknown as IncomingMessage, socket, Buffer.alloc(0));
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  const before = writes.length;
  const link = sessions.all[0]!.link;
  for (let event = 1; event <= 6; event++)
    link.send({ type: "input_audio_buffer.cleared", event_id: `event_${event}` });
  queueMicrotask(() => link.send({ type: "input_audio_buffer.cleared", event_id: "event_7" }));
  await settle();
  expect(writes).toHaveLength(before + 1);
  const ids = [...(writes.at(-1) ?? "").matchAll(/event_(\d+)/g)].map(([, id]) => Number(id));
  expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7]);
  socket.destroy();
});

describe("a connection's end", () => {
  test("of the client ends the session", async () => {
    const { server, sessions } = await start();
    const client = await server.connect();
    client.ws.terminate();
    await sessions[0]?.ended;
    expect(sessions[0]?.endedBy).toBe("client_gone");
  });

  test("of the session closes the socket with its code", async () => {
    const { server, sessions } = await start();
    const client = await server.connect();
    sessions[0]?.link.close(4001, "session expired — bye");
    expect(await client.closed).toEqual({ code: 4001, reason: "session expired ? bye" });
    sessions[0]?.link.send({ type: "input_audio_buffer.cleared", event_id: "event_1" });
  });

  test("a bug behind a message ends that session with 1011 and no other", async () => {
    const sessions = echoSessions((type) => {
      if (type === "response.create") throw new Error("a bug");
    });
    server = await testServer({ open: sessions.open });
    const [struck, other] = [await server.connect(), await server.connect()];
    struck.send({ type: "response.create" });
    expect((await struck.error()).code).toBe("internal_error");
    expect((await struck.closed).code).toBe(1011);
    expect(sessions.all[0]?.endedBy).toBe("failed");
    await other.roundTrip();
    expect(server.logged.join("")).toContain("a bug");
  });

  test("a session that cannot be opened closes with 1011", async () => {
    const { server } = await start({
      open: () => {
        throw new Error("no engine");
      },
    });
    const client = await server.connect();
    expect((await client.closed).code).toBe(1011);
    await server.vacant();
  });
});

describe("the heartbeat", () => {
  test("two pings unanswered end the connection; no timer is left", async () => {
    const clock = manualClock();
    const sessions = echoSessions();
    server = await testServer({ open: sessions.open, clock });
    const deaf = connectTcp(server.port, "127.0.0.1");
    deaf.write(
      "GET /v1/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    await once(deaf, "data");
    expect(clock.pending).toBe(1);
    await clock.advance(59_000);
    expect(server.connections).toBe(1);
    await clock.advance(1_000);
    await sessions.all[0]?.ended;
    expect(sessions.all[0]?.endedBy).toBe("client_gone");
    expect(clock.pending).toBe(0);
    deaf.destroy();
  });

  test("a client that answers stays", async () => {
    const clock = manualClock();
    const sessions = echoSessions();
    server = await testServer({ open: sessions.open, clock });
    const client = await server.connect();
    for (let ping = 0; ping < 5; ping++) {
      const pinged = once(client.ws, "ping");
      await clock.advance(20_000);
      await pinged;
      await client.roundTrip();
    }
    expect(server.connections).toBe(1);
  });
});

describe("back-pressure", () => {
  const message = "x".repeat(2 ** 20);
  const largeEvent = {
    type: "error",
    event_id: "event_1",
    error: { type: "server_error", code: "internal_error", message },
  } as ServerEvent;

  /** A client that reads nothing until `resume`, and a session that can fill its socket. */
  const stuck = async () => {
    const clock = manualClock();
    const sessions = echoSessions();
    server = await testServer({ open: sessions.open, clock });
    const client = await server.connect({ protocols: ["kuku.v1"] });
    await client.event("session.created");
    client.ws.pause();
    const link = sessions.all[0]!.link;
    const frame = {
      responseId: "r",
      itemId: "i",
      outputIndex: 0,
      contentIndex: 0,
      responseNumber: 1,
      startSample: 0,
      rate: 24_000,
    };
    const sendAudio = (size: number) =>
      link.sendAudio({ ...frame, samples: size / 2, bytes: new Uint8Array(size) });
    /** Sends until there is something to wait for. */
    const fill = async () => {
      for (;;) {
        const drained = link.writable();
        if (drained) return { drained };
        sendAudio(64 * 1024);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return { clock, client, session: sessions.all[0]!, link, sendAudio, fill };
  };

  test("a full socket makes the session wait, and emptied lets it go on", async () => {
    const { client, link, fill } = await stuck();
    const { drained } = await fill();
    expect(link.writable()).toBeInstanceOf(Promise);
    client.ws.resume();
    await drained;
    expect(link.writable()).toBeUndefined();
  });

  test("a client that keeps its socket full beyond the deadline is closed as a slow consumer", async () => {
    const { clock, client, session, fill } = await stuck();
    const { drained } = await fill();
    let released = false;
    const waiting = drained.then(() => {
      released = true;
    });
    await clock.advance(9_000);
    expect(session.endedBy).toBeUndefined();
    expect(released).toBe(false);
    await clock.advance(2_000);
    expect(session.endedBy).toBe("client_gone");
    await waiting;
    client.ws.resume();
    expect((await client.closed).code).toBe(4005);
    await server?.vacant();
    expect(clock.pending).toBe(0);
  });

  test("[IN10] a client that asks for more than it reads is answered as it reads", async () => {
    const sessions = echoSessions(() => sessions.all[0]!.link.send(largeEvent));
    server = await testServer({ open: sessions.open, clock: manualClock() });
    const client = await server.connect();
    client.ws.pause();
    for (let sent = 0; sent < 40; sent++) client.send({ type: "input_audio_buffer.clear" });
    const { link, seen } = sessions.all[0]!;
    await eventually(() => expect(link.writable()).toBeInstanceOf(Promise));
    expect(seen.length).toBeLessThan(40);
    client.ws.resume();
    for (let answered = 0; answered < 40; answered++) await client.event("input_audio_buffer.cleared");
  });

  test("a socket that is flooded beyond all patience is closed at once", async () => {
    const { client, session, sendAudio } = await stuck();
    for (let sent = 0; sent < 64 && session.endedBy === undefined; sent++) sendAudio(256 * 1024);
    expect(session.endedBy).toBe("client_gone");
    client.ws.resume();
    expect((await client.closed).code).toBe(4005);
  });
});

describe("a graceful stop", () => {
  test("tells kuku.v1 clients, closes idle sessions at once and busy ones when they are done, with 1012", async () => {
    const clock = manualClock();
    const sessions = echoSessions();
    server = await testServer({ open: sessions.open, clock });
    const idle = await server.connect({ protocols: ["kuku.v1"] });
    const busy = await server.connect({ protocols: ["realtime"] });
    sessions.all[1]!.busy = true;
    const stopped = server.stop();
    expect(await idle.event("kuku.going_away")).toMatchObject({ deadline_ms: 10_000 });
    expect((await idle.closed).code).toBe(1012);
    expect(sessions.all[0]?.endedBy).toBe("draining");

    const late = await server.refused();
    expect(late.status).toBe(503);
    expect(late.body.code).toBe("server_draining");
    expect((await fetch(`${server.url}/health`)).status).toBe(503);

    await clock.advance(5_000);
    await busy.roundTrip();
    sessions.all[1]!.busy = false;
    await clock.advance(100);
    expect((await busy.closed).code).toBe(1012);
    await stopped;
    expect(clock.pending).toBe(0);
    const rest = [] as AnyEvent[];
    for (let left = await busy.next(); left; left = await busy.next()) rest.push(left);
    expect(rest.map((event) => event.type)).not.toContain("kuku.going_away");
  });

  test("does not wait for a busy session beyond the deadline, nor for a client that does not answer", async () => {
    const clock = manualClock();
    const sessions = echoSessions();
    server = await testServer({ open: sessions.open, clock });
    const client = await server.connect();
    await client.event("session.created");
    sessions.all[0]!.busy = true;
    client.ws.pause();
    let done = false;
    const stopped = server.stop().then(() => {
      done = true;
    });
    await clock.advance(9_900);
    expect(sessions.all[0]?.endedBy).toBeUndefined();
    await clock.advance(200);
    expect(sessions.all[0]?.endedBy).toBe("draining");
    expect(done).toBe(false);
    await clock.advance(3_000);
    await stopped;
    expect(clock.pending).toBe(0);
    client.ws.terminate();
  });
});
