import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { manualClock, systemClock } from "../../../src/lib/clock.ts";
import type { Authenticate } from "../../../src/server/access/principal.ts";
import { startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { success } from "../../../src/server/http/envelope.ts";
import { principalOf } from "../../../src/server/http/route-access.ts";
import type { App } from "../../../src/server/http/typed-app.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { protocolError } from "../../../src/server/net/http-error.ts";
import { echoSessions } from "../support.ts";
import { type Face, openFace } from "./support.ts";

const moreRoutes = (app: App) => {
  app.get("/mine", { config: { access: "user" } }, async (request) => success(principalOf(request).id));
  app.post("/mine", { config: { access: "user" } }, async (request) => success(request.body));
  app.get("/theirs", { config: { access: "admin" } }, async (request) => success(principalOf(request).id));
  app.get("/all", { config: { access: "public" } }, async (request) =>
    success(request.principal ?? "nobody"),
  );
};

const byToken: Authenticate = async ({ token }) => {
  if (!token) throw protocolError("invalid_credentials", "Who are you?");
  return { id: token };
};

let face: Face;
afterEach(() => face?.close());
const get = (url: string, headers: Record<string, string> = {}) =>
  face.app.inject({ method: "GET", url, headers });

describe("who may use a route", () => {
  test("is said by every route", async () => {
    face = await openFace({ moreRoutes });
    expect(face.routes.length).toBeGreaterThan(20);
    expect(face.routes.filter(({ access }) => access === undefined)).toEqual([]);
    expect(face.routes).toContainEqual({ method: "GET", url: "/theirs", access: "admin" });
  });

  test("and a server with a route that does not say does not start", async () => {
    const silent = openFace({ moreRoutes: (app) => void app.get("/silent", async () => success(1)) });
    await expect(silent).rejects.toThrow("GET /silent, HEAD /silent");
  });

  test("a user is whoever the credentials say", async () => {
    face = await openFace({ moreRoutes, authenticate: byToken });
    const answer = await get("/mine", { authorization: "Bearer ann" });
    expect(answer.json().data).toBe("ann");
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  test("without credentials the answer is 401; public routes do not ask", async () => {
    face = await openFace({ moreRoutes, authenticate: byToken });
    for (const headers of [{}, { authorization: "Basic ann" }] as Record<string, string>[]) {
      const answer = await get("/mine", headers);
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toEqual({ success: false, error: "Who are you?", code: "INVALID_CREDENTIALS" });
      expect(answer.headers["www-authenticate"]).toContain("Bearer");
    }
    expect((await get("/all")).json().data).toBe("nobody");
  });

  test("an administrator's route is not every user's", async () => {
    face = await openFace({ moreRoutes, authenticate: byToken, isAdmin: ({ id }) => id === "root" });
    const refused = await get("/theirs", { authorization: "Bearer ann" });
    expect([refused.statusCode, refused.json().code]).toEqual([403, "FORBIDDEN"]);
    expect((await get("/theirs", { authorization: "Bearer root" })).json().data).toBe("root");
  });

  test("authentication has a deadline, and its fault is the server's", async () => {
    const clock = manualClock();
    face = await openFace({ moreRoutes, clock, authenticate: () => new Promise(() => {}) });
    const late = get("/mine");
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(10_000);
    expect([(await late).statusCode, (await late).json().code]).toEqual([408, "AUTHENTICATION_TIMEOUT"]);
    expect(clock.pending).toBe(0);
    await face.close();
    face = await openFace({ moreRoutes, authenticate: () => Promise.reject(new Error("secret")) });
    const faulty = await get("/mine");
    expect(faulty.statusCode).toBe(500);
    expect(faulty.body).not.toContain("secret");
  });

  test("a server being stopped takes no new work, but says how it is", async () => {
    face = await openFace({ moreRoutes, draining: () => true });
    const answer = await get("/mine");
    expect([answer.statusCode, answer.json().code]).toEqual([503, "SERVER_DRAINING"]);
    expect(answer.headers["retry-after"]).toBe("5");
    expect((await get("/all")).statusCode).toBe(200);
  });

  test("is settled before the body is there", async () => {
    const server = await startServer({
      config: { ...readConfig({}), port: 0 },
      log: openLog("silent"),
      openSession: echoSessions().open,
      findPersona: () => "kuku",
      defaultPersona: "kuku",
      version: "0.0.0",
      authenticate: byToken,
      routes: moreRoutes,
      clock: systemClock,
    });
    const socket = connect(server.port, "127.0.0.1");
    const head =
      "POST /mine HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{";
    socket.write(head);
    const [answer] = await once(socket, "data");
    expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
    await server.stop();
  });
});

describe("pages of other sites", () => {
  const origin = "https://front.example";

  test.each([
    ["a listed origin", { origin, host: "localhost" }, 200, origin],
    [
      "a page on loopback",
      { origin: "http://localhost:3000", host: "localhost" },
      200,
      "http://localhost:3000",
    ],
    [
      "a page of ours",
      { origin: "http://127.0.0.1:8000", host: "127.0.0.1:8000" },
      200,
      "http://127.0.0.1:8000",
    ],
    ["no page", { host: "localhost" }, 200, undefined],
    ["another origin", { origin: "https://evil.example", host: "localhost" }, 403, undefined],
    ["a page without an origin", { origin: "null", host: "localhost" }, 403, undefined],
  ])("%s: %o is answered %i", async (_, headers, status, allowed) => {
    face = await openFace({ moreRoutes, allowedOrigins: [origin] });
    const answer = await get("/mine", headers as Record<string, string>);
    expect(answer.statusCode).toBe(status);
    if (status === 403) expect(answer.json().code).toBe("ORIGIN_NOT_ALLOWED");
    expect(answer.headers["access-control-allow-origin"]).toBe(allowed);
    expect(answer.headers.vary).toContain("Origin");
  });

  test("are told what they may ask before they ask, without credentials", async () => {
    face = await openFace({ moreRoutes, allowedOrigins: [origin], authenticate: byToken });
    const ask = (from: string) =>
      face.app.inject({
        method: "OPTIONS",
        url: "/mine",
        headers: { origin: from, "access-control-request-method": "POST" },
      });
    const listed = await ask(origin);
    expect(listed.statusCode).toBe(204);
    expect(listed.headers["access-control-allow-origin"]).toBe(origin);
    expect(listed.headers["access-control-allow-headers"]).toContain("Authorization");
    expect((await ask("https://evil.example")).headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("cannot become ours by a name pointed at this machine", async () => {
    face = await openFace({ moreRoutes, allowedOrigins: [origin] });
    const answer = await get("/mine", { host: "rebound.example:8000" });
    expect([answer.statusCode, answer.json().code]).toEqual([403, "HOST_NOT_ALLOWED"]);
    for (const host of ["localhost:8000", "127.0.0.1", "[::1]:8000", "front.example"])
      expect((await get("/mine", { host })).statusCode, host).toBe(200);
    await face.close();
    face = await openFace({ moreRoutes, loopbackOnly: false });
    expect((await get("/mine", { host: "coach.example" })).statusCode).toBe(200);
  });
});
