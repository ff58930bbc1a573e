import { describe, expect, test } from "vitest";
import { openLog } from "../../../src/server/logging/log.ts";
import { measuredServer } from "../../support/measured.ts";
import { openFace } from "../api/support.ts";

const lines = (use: (log: ReturnType<typeof openLog>) => void): string => {
  const written: string[] = [];
  use(openLog("trace", { write: (line: string) => void written.push(line) }));
  return written.join("");
};

describe("the log", () => {
  test("keeps ids and codes", () => {
    const line = JSON.parse(
      lines((log) => log.info({ session: "sess_1", turn: "turn_2", code: 1012 }, "closed")),
    );
    expect(line).toMatchObject({
      level: "info",
      session: "sess_1",
      turn: "turn_2",
      code: 1012,
      msg: "closed",
    });
    expect(Date.parse(line.time)).toBeGreaterThan(0);
  });

  test.each([
    ["authorization header", { request: { headers: { Authorization: "Bearer SECRET" } } }],
    [
      "token among the sub-protocols",
      { headers: { "sec-websocket-protocol": "realtime, openai-insecure-api-key.SECRET" } },
    ],
    ["api key", { config: { openai: { apiKey: "SECRET" } } }],
    ["environment variable", { env: { OPENAI_API_KEY: "SECRET" } }],
    ["token in a query", { url: "/v1/realtime?model=kuku&token=SECRET" }],
    ["resume token in a query", { url: "/v1/realtime?resume=SECRET" }],
    ["audio", { event: { type: "input_audio_buffer.append", audio: "SECRET" } }],
    ["transcript", { utterance: { transcript: { text: "SECRET" } } }],
    ["instructions", { session: { instructions: "SECRET" } }],
    ["item's content", { item: { content: [{ type: "input_text", text: "SECRET" }] } }],
    ["tool arguments", { call: { name: "f", arguments: '{"a":"SECRET"}' } }],
    ["delta", { event: { delta: "SECRET" } }],
    ["bytes", { something: Buffer.from("SECRET") }],
    ["error's own fields", { err: Object.assign(new Error("boom"), { request: { body: "SECRET" } }) }],
    ["an account's address", { user: { email: "SECRET" } }],
    ["a mail", { mail: { to: "SECRET", text: "SECRET", subject: "SECRET" } }],
    ["whom a mail goes to", { to: "SECRET", subject: "SECRET" }],
    ["a password by any name", { password: "SECRET", newPassword: "SECRET", current_password: "SECRET" }],
    ["a token by any name", { sessionToken: "SECRET", "set-auth-token": "SECRET", reset_token: "SECRET" }],
    [
      "a cookie by any name",
      { headers: { cookie: "SECRET", "Set-Cookie": ["SECRET"] }, authCookie: "SECRET" },
    ],
    ["an API key by any name", { "x-api-key": "SECRET", metricsToken: "SECRET", authSecret: "SECRET" }],
    ["an address in an error", { err: new Error("no mail to SECRET@example.org: 550") }],
    ["an address in a link", { url: "/api/auth/verify-email?email=SECRET%40example.org&x=1" }],
    ["secret in an error's cause", { err: new Error("boom", { cause: new Error("401 for Bearer SECRET") }) }],
  ])("never shows: %s", (_, fields) => {
    const written = lines((log) => {
      log.error(fields, "it happened");
      log.child(fields).error("it happened");
    });
    expect(written).toContain("it happened");
    expect(written).not.toContain("SECRET");
    expect(written).not.toContain(Buffer.from("SECRET").toString("base64"));
  });

  test("secrets inside messages are taken out by their looks", () => {
    const written = lines((log) => {
      log.info("key sk-abcdefghijklmnop was refused");
      log.info("offered openai-insecure-api-key.ek_12345678, realtime");
      log.info("GET /v1/realtime?model=kuku&access_token=hunter22");
      log.error(new Error("Authorization: Bearer abc.def.ghi"));
    });
    for (const secret of ["abcdefghijklmnop", "ek_12345678", "hunter22", "abc.def.ghi"])
      expect(written).not.toContain(secret);
    expect(written).toContain("model=kuku");
  });

  test.each([
    "key kk_0198c1f26c3e7d41_SECRET0123456789 was refused",
    "kk-SECRET0123456789",
    "ek_0198c1f26c3e7d41.SECRET0123456789 was offered",
    "GET /api/auth/verify-email?token=eySECRET.abc&callbackURL=/ x",
    "GET /api/auth/reset-password/SECRET0123?callbackURL=%2F x",
    "Cookie: a=b; other=SECRET",
    "set-cookie: x=SECRET; Path=/; HttpOnly",
    "__Host-kuku.session=SECRET; Path=/",
    "better-auth.session_token=SECRET.sig%3D; Max-Age=1",
    "kuku_guest=SECRET",
    "smtps://SECRET:SECRET@mail.example.org:465 does not answer",
    "postgres://kuku:SECRET@database:5432/kuku",
    "SECRET.ann+kuku@mail.example.org is taken",
    "<SECRET@example.org>",
    "to=SECRET@exämple.org",
    "SECRET%40example.org",
    "ünï.SECRET@example.org",
  ])("as in: %s", (message) => {
    const written = lines((log) => {
      log.info(message);
      log.error({ err: new Error(message), detail: [message] }, "failed");
    });
    expect(written).not.toContain("SECRET");
    expect(written.split("\n").filter(Boolean)).toHaveLength(2);
    for (const line of written.split("\n").filter(Boolean)) JSON.parse(line);
  });

  test("what only looks a little like one stays", () => {
    const plain =
      "at node_modules/@fastify/cors/index.js:7:9, better-auth@1.7.25, http://127.0.0.1:8000/a@b, 5 tokens, task_0123456789";
    const fields = {
      tokens: 7,
      inputTokens: 3,
      stage: "reply",
      code: "TOKEN_EXPIRED",
      item: "item_0198c1f2",
    };
    const line = JSON.parse(lines((log) => log.info(fields, plain)));
    expect(line).toMatchObject({ ...fields, msg: plain });
  });

  test("a text made to be hard to look through costs little", () => {
    const hard = [
      "a".repeat(200_000),
      "a@".repeat(100_000),
      `${"a.".repeat(100_000)}@`,
      "x://".repeat(50_000),
    ];
    const before = process.threadCpuUsage();
    for (const message of hard) lines((log) => log.info(message));
    // Linear patterns take some milliseconds; one that backtracks would take minutes.
    expect(process.threadCpuUsage(before).user).toBeLessThan(5_000_000);
  });
});

describe("lines that belong together", () => {
  test("a request's line names it, its route and the session it is about, and nothing that was made up", async () => {
    const face = await openFace({
      moreRoutes: (app) =>
        void app.get("/api/sessions/:id/x", { config: { access: "user" } }, async () => "x"),
    });
    const session = "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d";
    const headers = { host: "localhost", "x-request-id": "mine-1" };
    await face.app.inject({ url: `/api/sessions/${session}/x`, headers });
    await face.app.inject({ url: "/api/sessions/my-secret-diary/x", headers });
    const [first, second] = face.logged.filter(({ msg }) => msg === "request");
    expect(first).toMatchObject({ request: "mine-1", session, route: "/api/sessions/:id/x", status: 200 });
    expect(JSON.stringify(second)).not.toContain("diary");
    await face.close();
  });

  test("a request's has neither its query, nor its path, nor what it showed", async () => {
    const face = await openFace({
      moreRoutes(app) {
        const config = { access: "public" as const };
        app.get("/api/auth/verify-email", { config }, async () => "x");
        app.get("/api/auth/reset-password/:token", { config }, async () => {
          throw new Error("bug");
        });
      },
    });
    const headers = { host: "localhost", cookie: "a=SECRET", authorization: "Bearer SECRET" };
    for (const url of [
      "/api/auth/verify-email?token=SECRET",
      "/api/auth/reset-password/SECRET",
      "/nothing/SECRET?q=SECRET",
      "/%SECRET",
    ])
      await face.app.inject({ url, headers });
    expect(face.logged.length).toBeGreaterThanOrEqual(3);
    expect(JSON.stringify(face.logged)).not.toContain("SECRET");
    await face.close();
  });

  test("an upgrade's, a session's and its turns' carry the same ids from its opening to its end", async () => {
    const server = await measuredServer({
      transcriptions: ["I have too much to do."],
      chat: ["What matters most?"],
      speech: [{}],
    });
    const client = await server.connect();
    const { id } = await server.speak(client);
    client.ws.close();
    await client.closed;
    await server.close();
    const logged = server.logged.map((line) => JSON.parse(line));
    const named = (msg: string) => logged.find((line) => line.msg === msg);
    const { session, request } = named("connection opened");
    expect(session).toMatch(/^session-/);
    expect(request).toMatch(/^req_/);
    const { turn } = named("first output of a reply");
    expect(turn).toMatch(/^turn_/);
    expect(named("reply closed")).toMatchObject({ session, turn, response: id, status: "completed" });
    expect(named("session closed")).toMatchObject({
      session,
      reason: "client_gone",
      over: true,
      messages: 2,
    });
    expect(named("connection closed")).toMatchObject({ session });
    expect(server.logged.join("")).not.toMatch(/too much|matters/);
  });
});
