import { afterEach, describe, expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import type { App } from "../../../src/server/http/typed-app.ts";
import { type Face, openFace } from "./support.ts";

let face: Face;
afterEach(() => face?.close());
const get = (url: string, headers: Record<string, string> = {}) =>
  face.app.inject({ method: "GET", url, headers });

describe("health", () => {
  test("is well where all parts are, and says how each is", async () => {
    face = await openFace({ health: async () => ({ store: { status: "up", detail: "pglite" } }) });
    const answer = await get("/health");
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      status: "healthy",
      checks: { store: { status: "up", detail: "pglite" } },
    });
    expect(answer.headers["cache-control"]).toBe("no-store");
  });

  test("is degraded with a part that is not, and still 200", async () => {
    face = await openFace({
      health: async () => ({ store: { status: "up" }, transcriber: { status: "down" } }),
    });
    const answer = await get("/health");
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ status: "degraded", checks: { transcriber: { status: "down" } } });
  });

  test("is degraded where a part fails to say", async () => {
    face = await openFace({ health: () => Promise.reject(new Error("no")) });
    expect((await get("/health")).json()).toEqual({ status: "degraded" });
  });

  test("does not wait for ever", async () => {
    const clock = manualClock();
    let signal: AbortSignal | undefined;
    face = await openFace({
      clock,
      health: (given) => {
        signal = given;
        return new Promise(() => {});
      },
    });
    const answer = get("/health");
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(2000);
    expect((await answer).json()).toEqual({ status: "degraded" });
    expect(signal?.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("is 503 while the server is being stopped", async () => {
    face = await openFace({ draining: () => true });
    const answer = await get("/health");
    expect([answer.statusCode, answer.json()]).toEqual([503, { status: "draining" }]);
  });
});

describe("the root", () => {
  test("is name and version for a program, the page for a browser", async () => {
    face = await openFace();
    expect((await get("/", { accept: "*/*" })).json()).toEqual({
      message: "Kuku Coach API",
      version: "1.2.3",
    });
    const page = await get("/", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect(page.headers["content-type"]).toContain("text/html");
    expect(page.body).toContain("<title>Kuku Coach</title>");
    expect(page.headers.vary).toContain("Accept");
    const again = await get("/", { accept: "text/html", "if-none-match": String(page.headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
  });

  test("and its head alone", async () => {
    face = await openFace();
    const head = await face.app.inject({ method: "HEAD", url: "/" });
    expect([head.statusCode, head.body, head.headers["content-length"]]).toEqual([200, "", "46"]);
  });
});

describe("a request's name", () => {
  test("is the one given, or a new one, in the answer and in the log", async () => {
    face = await openFace();
    const given = await get("/nothing", { "x-request-id": "from-the-client.7" });
    expect(given.headers["x-request-id"]).toBe("from-the-client.7");
    expect(face.logged.at(-1)).toMatchObject({ request: "from-the-client.7", status: 404, route: "none" });
    for (const bad of ["two words", "x".repeat(200), ""]) {
      const { headers } = await get("/health", { "x-request-id": bad });
      expect(headers["x-request-id"]).toMatch(/^req_[0-9a-f]{32}$/);
    }
    expect((await get("/%")).headers["x-request-id"]).toMatch(/^req_/);
  });

  test("stands in one line a request, which does not hold what was asked", async () => {
    const moreRoutes = (app: App) => {
      app.get("/search/:key", { config: { access: "user" } }, async () => ({}));
    };
    face = await openFace({ moreRoutes });
    await get("/search/key-of-a-recording?q=what-was-said", { authorization: "Bearer token-of-ann" });
    expect(face.logged).toHaveLength(1);
    expect(face.logged[0]).toMatchObject({
      level: "info",
      method: "GET",
      route: "/search/:key",
      status: 200,
    });
    expect(JSON.stringify(face.logged)).not.toMatch(/key-of-a-recording|what-was-said|token-of-ann/);
  });
});

describe("behind a proxy", () => {
  test("the client's address is believed only where the proxy is", async () => {
    const addresses: (string | undefined)[] = [];
    const moreRoutes = (app: App) => {
      app.get("/mine", { config: { access: "user" } }, async () => ({}));
    };
    for (const trustProxy of [undefined, () => true]) {
      face = await openFace({
        moreRoutes,
        trustProxy,
        authenticate: async ({ remoteAddress }) => {
          addresses.push(remoteAddress);
          return { id: "ann" };
        },
      });
      await get("/mine", { "x-forwarded-for": "203.0.113.9" });
      await face.close();
    }
    expect(addresses).toEqual(["127.0.0.1", "203.0.113.9"]);
  });
});
