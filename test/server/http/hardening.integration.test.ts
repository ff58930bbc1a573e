/** What a stranger's bytes may not do: the listener, the framing of requests, the names the server goes by, what bodies may be. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../../src/lib/clock.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { success } from "../../../src/server/http/envelope.ts";
import { openListener } from "../../../src/server/http/listener.ts";
import type { App } from "../../../src/server/http/typed-app.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { originAllowed } from "../../../src/server/net/origin.ts";
import { type Face, type FaceOptions, openFace } from "../api/support.ts";
import { echoSessions, type TestServer, testServer } from "../support.ts";

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const moreRoutes = (app: App) => {
  app.post("/mine", { config: { access: "user" } }, async (request) => success(request.body ?? null));
};

/** The real listener with the real face on it, on a free port. */
async function listen(options: FaceOptions = {}) {
  const { limits } = readConfig({});
  const authenticationDeadlineMs = options.deadlineMs ?? limits.authenticationDeadlineMs;
  const server = openListener({ limits: { ...limits, authenticationDeadlineMs } });
  const logged: string[] = [];
  const face = await openFace({
    server,
    log: openLog("debug", { write: (line: string) => void logged.push(line) }),
    clock: systemClock,
    deadlineMs: 1000,
    moreRoutes,
    ...options,
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
    await face.close();
  });
  return { port, server, logged };
}

/** Sends bytes as they are; all that comes back until the server ends the connection. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(Buffer.from(bytes, "latin1"));
  return await text(socket);
}

const post = (headers: string, body = "") =>
  `POST /mine HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
const get = (headers: string, target = "/health") => `GET ${target} HTTP/1.1\r\n${headers}\r\n`;
/** What a proxy might take for a second request. */
const hidden = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

describe("a request that could be read in two ways is refused, and its connection ends", () => {
  let port = 0;
  beforeAll(async () => {
    ({ port } = await listen());
  });
  test.each<[string, string, number?]>([
    [
      "Content-Length and Transfer-Encoding",
      post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    ],
    [
      "Transfer-Encoding and Content-Length",
      post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
    ],
    ["two lengths", post("Content-Length: 2\r\nContent-Length: 4\r\n", "{}  ")],
    ["a list of lengths", post("Content-Length: 2, 2\r\n", "{}")],
    ["a length with a sign", post("Content-Length: +2\r\n", "{}")],
    ["an encoding that is nearly chunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")],
    ["an encoding before chunked", post("Transfer-Encoding: gzip, chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")],
    ["chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")],
    ["identity", post("Transfer-Encoding: identity\r\n", "{}")],
    ["a chunk's size that is no number", post("Transfer-Encoding: chunked\r\n", "ZZ\r\n{}\r\n0\r\n\r\n")],
    ["chunks ended by a bare LF", post("Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n")],
    ["a folded header", get("Host: localhost\r\nX-A: b\r\n c\r\n")],
    ["a NUL in a header", get("Host: localhost\r\nX-A: b\0c\r\n")],
    ["a space before the colon", get("Host : localhost\r\n")],
    ["lines ended by a bare LF", "GET /health HTTP/1.1\nHost: localhost\n\n"],
    ["lines ended by a bare CR", "GET /health HTTP/1.1\rHost: localhost\r\r"],
    ["two Hosts", get("Host: localhost\r\nHost: evil.example\r\n")],
    ["a Host that is none", get("Host: localhost/evil\r\n")],
    ["an empty Host", get("Host:\r\n")],
    ["two Authorizations", get("Host: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n")],
    ["a target of another server", get("Host: localhost\r\n", "http://evil.example/health")],
    ["a target with a user", get("Host: localhost\r\n", "http://me@localhost/health")],
    ["a target of another scheme", get("Host: localhost\r\n", "ftp://localhost/health")],
    ["HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["an endless line", get("Host: localhost\r\n", `/${"a".repeat(20_000)}`), 431],
    ["a hundred and one headers", get(`Host: localhost\r\n${"a: b\r\n".repeat(100)}`), 431],
    ["more headers than Node reads", get(`Host: localhost\r\n${"a:\r\n".repeat(3000)}`), 431],
    ["an expectation", post("Expect: something\r\nContent-Length: 2\r\n", "{}"), 417],
    ["a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 405],
  ])("%s", async (_, bytes, status = 400) => {
    const answer = await exchange(port, bytes + hidden);
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toMatch(/connection: close/i);
    // One answer, and nothing behind it.
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(JSON.parse(body)).toEqual({
      success: false,
      error: expect.any(String),
      code: expect.stringMatching(/^[A-Z_]+$/),
    });
  });

  test("what is unusual but plain is answered", async () => {
    const end = "Connection: close\r\n";
    const fine = [
      get(`Host: localhost:${port}\r\n${end}`, `http://localhost:${port}/health`),
      get(`Host: [::1]:${port}\r\n${end}`),
      `GET /health HTTP/1.0\r\n\r\n`,
      get(`Host: localhost\r\n${"a: b\r\n".repeat(90)}${end}`),
      post(`Transfer-Encoding: Chunked\r\n${end}`, "2\r\n{}\r\n0\r\n\r\n"),
      // Another protocol is offered, and declined.
      get("Host: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n"),
    ];
    for (const bytes of fine) expect(await exchange(port, bytes), bytes).toMatch(/^HTTP\/1.1 200 /);
  });

  test("an upgrade with a body, or with two Hosts, gets no socket", async () => {
    const { port, server } = await listen();
    let upgrades = 0;
    server.on("upgrade", (_request, socket) => {
      upgrades++;
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    const upgrade = (headers: string) =>
      get(`Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}`, "/v1/realtime");
    await exchange(port, upgrade(""));
    expect(upgrades).toBe(1);
    const socket = connect(port, "127.0.0.1");
    socket.write(`${upgrade("Content-Length: 5\r\n")}hello`);
    expect(String(await once(socket, "data"))).toMatch(/^HTTP\/1.1 426 /);
    socket.destroy();
    expect(await exchange(port, upgrade("Host: evil.example\r\n"))).toMatch(/^HTTP\/1.1 400 /);
    expect(upgrades).toBe(1);
  });
});

describe("the listener", () => {
  test("closes connections that send nothing, or send it drop by drop", async () => {
    const { port } = await listen({ deadlineMs: 100 });
    const silent = connect(port, "127.0.0.1");
    const slow = connect(port, "127.0.0.1");
    slow.write("GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: ");
    slow.once("connect", () => slow.write("b"));
    const [nothing, late] = await Promise.all([text(silent), text(slow)]);
    // Who has sent nothing may still read why.
    for (const answer of [nothing, late]) expect(answer).toMatch(/^HTTP\/1.1 408 .*REQUEST_TIMEOUT/s);
  });

  test("has an end to how much it takes", () => {
    const { limits } = readConfig({ MAX_SESSIONS: "10" });
    const server = openListener({ limits });
    expect(server.maxConnections).toBe(1020);
    expect(server.headersTimeout).toBe(10_000);
    expect(server.requestTimeout).toBe(120_000);
    expect(server.timeout).toBeGreaterThan(120_000);
  });
});

describe("bodies", () => {
  let face: Face;
  beforeAll(async () => {
    face = await openFace({ moreRoutes });
    closing.push(() => face.close());
  });
  const ask = async (payload: string, headers: Record<string, string> = {}) => {
    const answer = await face.app.inject({
      method: "POST",
      url: "/mine",
      headers: { "content-type": "application/json", ...headers },
      payload,
    });
    return { answer, said: [answer.statusCode, answer.json().code] };
  };

  test.each(["gzip", "deflate", "br", "zstd", "gzip, identity"])(
    "in %s are not decompressed",
    async (encoding) => {
      const { answer, said } = await ask("{}", { "content-encoding": encoding });
      expect(said).toEqual([415, "UNSUPPORTED_ENCODING"]);
      expect(answer.headers["accept-encoding"]).toBe("identity");
    },
  );

  test("as they are may say so", async () => {
    expect((await ask("{}", { "content-encoding": "identity" })).answer.statusCode).toBe(200);
  });

  test.each([
    ["[", "]", 30_000],
    ['{"a":', "}", 9_000],
    ["[", "]", 65],
  ])("nested by %j %j, %i times, are refused", async (open, close, times) => {
    const inner = open === "[" ? "" : "1";
    const { said } = await ask(open.repeat(times) + inner + close.repeat(times));
    expect(said).toEqual([400, "INVALID_JSON"]);
  });

  test("nested as deep as anybody needs are read", async () => {
    expect((await ask("[".repeat(60) + "]".repeat(60))).answer.statusCode).toBe(200);
  });

  test.each([
    '{"__proto__":{"admin":true}}',
    '{"a":[{"__proto__":1}]}',
    '{"\\u005f_proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
  ])("%s is refused", async (payload) => {
    expect((await ask(payload)).said).toEqual([400, "INVALID_JSON"]);
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
  });

  test("that break off are no fault of the server's", async () => {
    const noticed = Promise.withResolvers<void>();
    const { port, logged } = await listen({
      moreRoutes(app) {
        moreRoutes(app);
        app.addHook("onSend", async ({ url }) => void (url === "/mine" && noticed.resolve()));
      },
    });
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((resolve) => socket.write(post("Content-Length: 400\r\n", '{"a":'), resolve));
    // Only once it is answered is it known that the body was begun.
    expect(await exchange(port, get("Host: localhost\r\nConnection: close\r\n"))).toContain("200 OK");
    socket.resetAndDestroy();
    await noticed.promise;
    expect(logged.filter((line) => /"level":"(warn|error)"/.test(line))).toEqual([]);
  });
});

describe("the names the server goes by", () => {
  const publicUrl = "https://coach.example.org";
  const faces = new Map<string, Promise<Face>>();
  const called = (options: FaceOptions) => {
    const key = Object.entries(options).join();
    const face = faces.get(key) ?? openFace({ moreRoutes, ...options });
    faces.set(key, face);
    return face;
  };
  afterAll(async () => {
    for (const face of faces.values()) await (await face).close();
  });
  const ask = async (host: string, url = "/mine", options: FaceOptions = {}) => {
    const face = await called({ loopbackOnly: false, publicUrl, ...options });
    const answer = await face.app.inject({
      method: url === "/mine" ? "POST" : "GET",
      url,
      headers: { host },
    });
    return answer.statusCode;
  };

  test.each([
    "coach.example.org",
    "coach.example.org:443",
    "COACH.example.org",
    "localhost:8000",
    "10.0.0.7:8000",
    "[fd00::7]",
  ])("%s is one of them", async (host) => {
    expect(await ask(host)).toBe(200);
    expect(await ask(host, "/")).toBe(200);
  });

  test.each([
    "evil.example",
    "coach.example.org.evil.example",
    "xcoach.example.org",
    "localhost.evil.example",
  ])("%s is not, for pages and for who signs in, either", async (host) => {
    for (const url of ["/mine", "/", "/openapi.json", "/nothing"]) expect(await ask(host, url)).toBe(403);
    expect(await ask(host, "/health")).toBe(200);
  });

  test("a listed origin's is; without a public one, a server that others reach has any", async () => {
    expect(await ask("front.example", "/mine", { allowedOrigins: ["https://front.example"] })).toBe(200);
    expect(await ask("evil.example", "/mine", { publicUrl: undefined })).toBe(200);
    expect(await ask("evil.example", "/", { publicUrl: undefined, loopbackOnly: true })).toBe(403);
    expect(await ask("coach.example.org", "/", { loopbackOnly: true })).toBe(200);
  });

  test("pages of the public one may ask, behind a proxy that calls the server otherwise", () => {
    const facts = { host: "127.0.0.1:8000", allowed: [], loopbackOnly: true, publicUrl };
    expect(originAllowed({ ...facts, origin: publicUrl })).toBe(true);
    expect(originAllowed({ ...facts, origin: "http://coach.example.org" })).toBe(false);
  });
});

describe("headers", () => {
  let face: Face;
  beforeAll(async () => {
    face = await openFace();
    closing.push(() => face.close());
  });
  test.each(["/", "/health", "/openapi.json", "/nothing", "/%"])(
    "of %s tell nothing, and let nothing in",
    async (url) => {
      const { headers } = await face.app.inject({ method: "GET", url });
      expect(headers.server ?? headers["x-powered-by"]).toBeUndefined();
      expect(headers).toMatchObject({
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
      });
      const policy = String(headers["content-security-policy"]);
      expect(policy).toMatch(/^default-src 'none'; ?script-src 'self'; ?script-src-attr 'none';/);
      for (const part of [
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
      ])
        expect(policy).toContain(part);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
    },
  );
});

describe("the socket", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer({ open: echoSessions().open });
    closing.push(() => server.dispose());
  });

  test("compresses nothing, whatever is offered", async () => {
    const ws = new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime`, [], {
      perMessageDeflate: true,
    });
    const [[response]] = await Promise.all([once(ws, "upgrade"), once(ws, "open")]);
    expect(response.headers["sec-websocket-extensions"]).toBeUndefined();
    expect(ws.extensions).toBe("");
    ws.terminate();
  });

  const forbidden = '"parameters":{"type":"object","properties":{"constructor":{"prototype":{"a":1}}}}';
  test.each([
    [
      "deep, where nobody looks",
      `{"type":"input_audio_buffer.append","audio":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    ],
    [
      "deep, beside the audio",
      `{"type":"input_audio_buffer.append","audio":"AAAA","x":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
    ],
    ["deep, as a whole", "[".repeat(100_000) + "]".repeat(100_000)],
    [
      "deep, in an event of no known type",
      `{"type":"x","a":${'{"a":'.repeat(30_000)}1${"}".repeat(30_000)}}`,
    ],
    ["a forbidden name", '{"type":"input_audio_buffer.clear","__proto__":{"polluted":1}}'],
    [
      "a forbidden name below",
      `{"type":"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"f",${forbidden}}]}}`,
    ],
  ])("%s: an error, and the session goes on", async (_, message) => {
    const client = await server.connect({ protocols: ["realtime"] });
    await client.event("session.created");
    client.send(message);
    expect((await client.error()).code).toMatch(/^(invalid_value|invalid_event|unknown_field)$/);
    await client.roundTrip();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
