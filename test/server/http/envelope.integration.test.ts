import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { StageError } from "../../../src/lib/errors.ts";
import { dataAnswer, success } from "../../../src/server/http/envelope.ts";
import type { App } from "../../../src/server/http/typed-app.ts";
import { HttpError } from "../../../src/server/net/http-error.ts";
import { type Face, openFace } from "../api/support.ts";
import { echoSessions, type TestServer, testServer } from "../support.ts";

const config = { access: "public" as const };

/** Routes that take something, and routes that fail in every way there is. */
const routes = (app: App) => {
  app.route({
    method: "POST",
    url: "/things/:id",
    schema: {
      params: z.object({ id: z.string().regex(/^thing-/) }),
      body: z.object({ rating: z.number().int().max(5) }),
      response: { 200: dataAnswer("Done.", z.object({ id: z.string(), rating: z.number() })) },
    },
    config: { ...config, invalid: { "params.id": "INVALID_THING_ID" } },
    handler: async ({ params, body }) => success({ id: params.id, rating: body.rating }),
  });
  app.route({
    method: "PUT",
    url: "/things/:id",
    schema: { body: z.object({ note: z.string() }).nullish() },
    config,
    handler: async ({ body }) => success({ note: body?.note ?? "none" }),
  });
  const failing: Record<string, () => never> = {
    problem: () => {
      throw new HttpError(429, "TOO_MANY", "Not so fast.", { retryAfter: 7, headers: { "x-more": "1" } });
    },
    provider: () => {
      throw new StageError("transcribe", "unavailable", { cause: new Error("vendor secret") });
    },
    vendor: () => {
      throw Object.assign(new Error("vendor secret"), { statusCode: 402, code: "vendor" });
    },
    bug: () => {
      throw new TypeError("secret of the code");
    },
    nothing: () => {
      throw undefined;
    },
  };
  for (const [name, handler] of Object.entries(failing)) app.get(`/fails/${name}`, { config }, handler);
  app.route({
    method: "GET",
    url: "/fails/schema",
    schema: { response: { 200: dataAnswer("Never.", z.object({ count: z.number() })) } },
    config,
    handler: async () => ({ success: true, data: { count: "secret" } }) as never,
  });
};

let face: Face;
let server: TestServer | undefined;
afterEach(async () => {
  await face?.close();
  await server?.dispose();
  server = undefined;
});

const json = { "content-type": "application/json" };

describe("what a request can get wrong is answered in the envelope", () => {
  test.each<[string, string, Record<string, string>, string | undefined, number, string, RegExp]>([
    ["not JSON", "/things/thing-1", json, "{rating:", 400, "INVALID_JSON", /JSON/],
    ["a prototype's name", "/things/thing-1", json, '{"__proto__":{}}', 400, "INVALID_JSON", /JSON/],
    ["no body", "/things/thing-1", json, "", 400, "INVALID_REQUEST", /^body: /],
    ["a missing field", "/things/thing-1", json, "{}", 400, "INVALID_REQUEST", /^body\.rating: /],
    ["a field out of range", "/things/thing-1", json, '{"rating":9}', 400, "INVALID_REQUEST", /<=5/],
    [
      "a field with a code of its own",
      "/things/1",
      json,
      '{"rating":1}',
      400,
      "INVALID_THING_ID",
      /^params\.id/,
    ],
    [
      "plain text",
      "/things/thing-1",
      { "content-type": "text/plain" },
      "{}",
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      /type/,
    ],
    [
      "a form",
      "/things/thing-1",
      { "content-type": "application/x-www-form-urlencoded" },
      "a=1",
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      /type/,
    ],
    ["too much", "/things/thing-1", json, `"${"x".repeat(65_536)}"`, 413, "PAYLOAD_TOO_LARGE", /large/],
    ["too much, to a path that is not there", "/nothing", json, "x".repeat(70_000), 404, "NOT_FOUND", /path/],
    [
      "any type, to a path that is not there",
      "/nothing",
      { "content-type": "a/b" },
      "x",
      404,
      "NOT_FOUND",
      /path/,
    ],
    ["a parameter without end", `/things/${"x".repeat(600)}`, json, "{}", 404, "NOT_FOUND", /path/],
  ])("%s", async (_, url, headers, payload, status, code, message) => {
    face = await openFace({ moreRoutes: routes });
    const answer = await face.app.inject({ method: "POST", url, headers, payload });
    expect(answer.statusCode).toBe(status);
    expect(answer.headers["content-type"]).toContain("application/json");
    expect(answer.json()).toEqual({ success: false, error: expect.stringMatching(message), code });
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  test("a method that a path does not take is told which it takes, whatever it brings", async () => {
    face = await openFace({ moreRoutes: routes });
    const payload = "x".repeat(70_000);
    const answer = await face.app.inject({ method: "DELETE", url: "/things/thing-1", payload });
    expect(answer.statusCode).toBe(405);
    expect(answer.json().code).toBe("METHOD_NOT_ALLOWED");
    expect(answer.headers.allow).toBe("PUT, POST");
    const options = await face.app.inject({ method: "OPTIONS", url: "/things/thing-1" });
    expect([options.statusCode, options.headers.allow]).toEqual([204, "PUT, POST"]);
  });

  test("what is right goes through, and so does a body left out where it may be", async () => {
    face = await openFace({ moreRoutes: routes });
    const right = await face.app.inject({ method: "POST", url: "/things/thing-1", payload: { rating: 5 } });
    expect(right.json()).toEqual({ success: true, data: { id: "thing-1", rating: 5 } });
    for (const headers of [json, {}])
      expect((await face.app.inject({ method: "PUT", url: "/things/1", headers })).json().data.note).toBe(
        "none",
      );
  });

  test("what is not even HTTP", async () => {
    server = await testServer({ open: echoSessions().open });
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    socket.write("NONSENSE\r\n\r\n");
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answer.slice(answer.indexOf("{")))).toMatchObject({
      success: false,
      code: "BAD_REQUEST",
    });
  });

  test("headers without end", async () => {
    server = await testServer({ open: echoSessions().open });
    const answer = await fetch(`${server.url}/health`, { headers: { "x-long": "x".repeat(20_000) } });
    expect([answer.status, (await answer.json()).code]).toEqual([431, "HEADERS_TOO_LARGE"]);
  });
});

describe("what the server gets wrong is answered in the envelope, and tells nothing", () => {
  test.each([
    ["problem", 429, "TOO_MANY"],
    ["provider", 503, "PROVIDER_UNAVAILABLE"],
    ["vendor", 500, "INTERNAL_ERROR"],
    ["bug", 500, "INTERNAL_ERROR"],
    ["nothing", 500, "INTERNAL_ERROR"],
    ["schema", 500, "INTERNAL_ERROR"],
  ])("%s", async (name, status, code) => {
    face = await openFace({ moreRoutes: routes });
    const answer = await face.app.inject({ method: "GET", url: `/fails/${name}` });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({ success: false, error: expect.any(String), code });
    expect(answer.body).not.toMatch(/secret|\bat \/|node:/);
    expect(face.logged.filter(({ level }) => level === "error")).toHaveLength(status === 500 ? 1 : 0);
  });

  test("a problem says when to come again", async () => {
    face = await openFace({ moreRoutes: routes });
    const { headers } = await face.app.inject({ method: "GET", url: "/fails/problem" });
    expect(headers).toMatchObject({ "retry-after": "7", "x-more": "1" });
  });
});
