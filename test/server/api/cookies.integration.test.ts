import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { newId } from "../../../src/lib/ids.ts";
import { openGuestCookies } from "../../../src/server/access/guests.ts";
import { openIdentity } from "../../../src/server/access/identity.ts";
import type { Authenticate, Credentials } from "../../../src/server/access/principal.ts";
import { type RunningServer, startServer } from "../../../src/server/app/server.ts";
import { readConfig } from "../../../src/server/config/config.ts";
import { success } from "../../../src/server/http/envelope.ts";
import type { App } from "../../../src/server/http/typed-app.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { protocolError } from "../../../src/server/net/http-error.ts";
import { isOwnOrigin } from "../../../src/server/net/same-origin.ts";
import { shiftedClock } from "../../support/rest.ts";
import { echoSessions } from "../support.ts";
import { type Face, openFace } from "./support.ts";

const cookie = "theme=dark; kuku.session_token=ann";
const allowed = "https://front.example";

/** Who shows the cookie is ann; a token is whom it names. */
const byCookie: Authenticate = async ({ token, cookie: shown }: Credentials) => {
  if (token) return { id: token };
  if (shown?.includes("session_token=ann")) return { id: "ann" };
  throw protocolError("invalid_credentials", "Who are you?");
};

const moreRoutes = (app: App) => {
  app.get("/mine", { config: { access: "user" } }, async ({ principal }) => success(principal?.id));
  app.post("/mine", { config: { access: "user" } }, async ({ principal }) => success(principal?.id));
};

describe("a cookie says who somebody is", () => {
  let face: Face;
  afterEach(() => face?.close());
  const open = (more = {}) =>
    openFace({ moreRoutes, authenticate: byCookie, allowedOrigins: [allowed], loopbackOnly: false, ...more });
  const inject = async (method: "GET" | "POST", headers: Record<string, string>) => {
    const answer = await face.app.inject({ method, url: "/mine", headers: { cookie, ...headers } });
    return answer.json().data ?? answer.json().code;
  };

  const host = "coach.example";
  test.each([
    // [what comes with it, a look, a change]
    [{ origin: "https://coach.example" }, "ann", "ann"],
    [{ origin: "http://coach.example" }, "ann", "ann"],
    [{ "sec-fetch-site": "same-origin" }, "ann", "ann"],
    [{ "sec-fetch-site": "none" }, "ann", "ann"],
    [{}, "INVALID_CREDENTIALS", "ORIGIN_REQUIRED"],
    [{ "sec-fetch-site": "cross-site" }, "INVALID_CREDENTIALS", "ORIGIN_REQUIRED"],
    [{ "sec-fetch-site": "same-site" }, "INVALID_CREDENTIALS", "ORIGIN_REQUIRED"],
    [{ origin: allowed }, "INVALID_CREDENTIALS", "ORIGIN_REQUIRED"],
    [{ origin: allowed, "sec-fetch-site": "same-origin" }, "INVALID_CREDENTIALS", "ORIGIN_REQUIRED"],
    [{ origin: "http://localhost:3000" }, "INVALID_CREDENTIALS", "ORIGIN_REQUIRED"],
    [{ origin: "https://coach.example:8443" }, "ORIGIN_NOT_ALLOWED", "ORIGIN_NOT_ALLOWED"],
    [{ origin: "https://evil.example" }, "ORIGIN_NOT_ALLOWED", "ORIGIN_NOT_ALLOWED"],
    [{ origin: "null" }, "ORIGIN_NOT_ALLOWED", "ORIGIN_NOT_ALLOWED"],
    // A token is shown on purpose: no page can have it sent along.
    [{ origin: allowed, authorization: "Bearer bob" }, "bob", "bob"],
    [{ authorization: "Bearer bob" }, "bob", "bob"],
    // Nor is a wrong token made good by a cookie.
    [
      { origin: "https://coach.example", authorization: "Basic YW5u" },
      "INVALID_CREDENTIALS",
      "INVALID_CREDENTIALS",
    ],
  ])("with %j: a look %s, a change %s", async (headers, look, change) => {
    face = await open();
    const sent = { host, ...headers } as Record<string, string>;
    expect([await inject("GET", sent), await inject("POST", sent)]).toEqual([look, change]);
  });

  test("and another server's cookie on this machine is in nobody's way", async () => {
    face = await open({ authenticate: async () => ({ id: "local" }) });
    const answer = await face.app.inject({
      method: "POST",
      url: "/mine",
      headers: { host: "localhost:8000", origin: "http://localhost:3000", cookie: "_other_session=1" },
    });
    expect(answer.json().data).toBe("local");
  });

  test("only by https, where that is how people reach the server", async () => {
    face = await open({ publicUrl: "https://coach.example" });
    const sent = (origin: string) => ({ host, origin });
    expect(await inject("POST", sent("https://coach.example"))).toBe("ann");
    expect(await inject("POST", sent("http://coach.example"))).toBe("ORIGIN_REQUIRED");
  });

  test.each([
    ["https://a.example", "a.example", true, undefined, true],
    ["http://a.example", "a.example", true, undefined, false],
    // Behind a proxy that speaks TLS the request itself is plain.
    ["https://a.example", "a.example", false, undefined, true],
    ["https://a.example", "inside:8000", false, "https://a.example", true],
    ["http://a.example", "a.example", false, "https://a.example", false],
    ["http://localhost:8000", "localhost:8000", false, "https://a.example", true],
    ["http://localhost:8000", "localhost:3000", false, undefined, false],
    ["null", "a.example", false, undefined, false],
    ["chrome-extension://a.example", "a.example", false, undefined, false],
    ["https://a.example", undefined, false, undefined, false],
    ["https://a.example", "a b", false, undefined, false],
  ])("%s asked as %s (TLS: %s, PUBLIC_URL %s): ours %s", (origin, at, encrypted, publicUrl, ours) => {
    expect(isOwnOrigin({ origin, host: at, encrypted, publicUrl })).toBe(ours);
  });
});

describe("a guest's cookie", () => {
  const key = new Uint8Array(32).fill(1);
  const { clock, later } = shiftedClock();
  const never = () => Promise.reject(new Error("nobody is asked"));
  const guests = openIdentity({
    access: { mode: "accounts", anonymous: false, guests: {} },
    secrets: { read: () => undefined },
    keys: { find: never, findById: never, standing: never },
    limiter: { failed: never },
    signingKey: key,
    clock,
  });
  let face: Face;
  afterEach(() => face?.close());
  const inject = (method: "GET" | "POST", headers: Record<string, string>) =>
    face.app.inject({ method, url: "/mine", headers: { host: "coach.example", ...headers } });
  const own = { origin: "https://coach.example" };

  test("is given to this server's pages when they look, and makes them the same guest from then on", async () => {
    face = await openFace({ moreRoutes, authenticate: guests, loopbackOnly: false });
    const first = await inject("GET", own);
    const [given] = [first.headers["set-cookie"]].flat() as string[];
    expect(given).toMatch(/; HttpOnly; SameSite=Lax$/);
    const shown = { ...own, cookie: (given as string).split(";")[0] as string };
    const again = await inject("POST", shown);
    expect(again.json().data).toBe(first.json().data);
    expect(openGuestCookies(key, clock).read(shown.cookie, false)?.id).toBe(first.json().data);
    expect((await inject("GET", shown)).headers["set-cookie"]).toBeUndefined();
    // Nothing that is made hangs on a cookie that a browser may not keep; and other pages get none.
    expect((await inject("POST", own)).headers["set-cookie"]).toBeUndefined();
    expect((await inject("GET", {})).headers["set-cookie"]).toBeUndefined();
  });

  test("goes by https alone where people come by https", async () => {
    const publicUrl = "https://coach.example";
    face = await openFace({ moreRoutes, authenticate: guests, loopbackOnly: false, publicUrl });
    const [given, dropped] = (await inject("GET", own)).headers["set-cookie"] as string[];
    expect(given).toMatch(
      /^__Host-kuku_guest=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(dropped).toMatch(/^kuku_guest=; Max-Age=0; /);
  });

  test("[AC4] of before is read by https, and taken into the new one, until it has expired", async () => {
    const publicUrl = "https://coach.example";
    face = await openFace({ moreRoutes, authenticate: guests, loopbackOnly: false, publicUrl });
    const id = `guest_${clock.wallTime().toString(16).padStart(12, "0")}${"0".repeat(20)}`;
    const [old = ""] = openGuestCookies(key, clock).make(id, false);
    const cookie = old.split(";")[0] as string;
    const answer = await inject("GET", { ...own, cookie });
    expect(answer.json().data).toBe(id);
    const [renewed = ""] = answer.headers["set-cookie"] as string[];
    const shown = renewed.split(";")[0] as string;
    // The new one is what counts, whatever a neighbour host has set beside it.
    expect((await inject("POST", { ...own, cookie: `${cookie}x; ${shown}` })).json().data).toBe(id);
    const theirs = openGuestCookies(key, clock).make(newId("guest"), false)[0]?.split(";")[0];
    expect((await inject("POST", { ...own, cookie: `${theirs}; ${shown}` })).json().data).toBe(id);
    // Nor can a value of the new name be planted under the old one, or an old one for ever.
    const planted = { ...own, cookie: shown.replace("__Host-", "") };
    expect((await inject("POST", planted)).json().data).not.toBe(id);
    later(31 * 86_400_000);
    expect((await inject("POST", { ...own, cookie })).json().data).not.toBe(id);
    expect((await inject("POST", { ...own, cookie: shown })).json().data).toBe(id);
  });

  test("[AC4] is nobody's where two are shown that differ", async () => {
    face = await openFace({ moreRoutes, authenticate: guests, loopbackOnly: false });
    const cookies = [newId("guest"), newId("guest")].map(
      (id) => openGuestCookies(key, clock).make(id, false)[0]?.split(";")[0] as string,
    );
    const ids = cookies.map((each) => /guest_\w+/.exec(each)?.[0]);
    const whose = async (cookie: string) => (await inject("POST", { ...own, cookie })).json().data;
    for (const both of [cookies, [...cookies].reverse()])
      expect(ids).not.toContain(await whose(both.join("; ")));
    expect(await whose(`${cookies[0]}; ${cookies[0]}`)).toBe(ids[0]);
  });
});

describe("a socket with a cookie", () => {
  let server: RunningServer;
  afterEach(() => server.stop());

  test("is opened by this server's pages alone", async () => {
    const sessions = echoSessions();
    server = await startServer({
      config: { ...readConfig({ ALLOWED_ORIGINS: allowed }), port: 0 },
      log: openLog("silent"),
      openSession: sessions.open,
      findPersona: () => "kuku",
      defaultPersona: "kuku",
      version: "0.0.0",
      authenticate: byCookie,
    });
    const connect = async (headers: Record<string, string>) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime`, {
        headers: { cookie, ...headers },
      });
      socket.on("error", () => {});
      const answer = await Promise.race([
        once(socket, "open").then(() => sessions.all.at(-1)?.principal),
        once(socket, "unexpected-response").then(([, answer]) => (answer as IncomingMessage).statusCode),
      ]);
      socket.terminate();
      return answer;
    };
    expect(await connect({ origin: server.url })).toBe("ann");
    for (const headers of [
      {},
      { origin: allowed },
      { origin: "http://localhost:1" },
      { "sec-fetch-site": "none" },
    ])
      expect(await connect(headers as Record<string, string>), JSON.stringify(headers)).toBe(401);
    expect(await connect({ origin: "https://evil.example" })).toBe(403);
    expect(await connect({ origin: allowed, authorization: "Bearer bob" })).toBe("bob");
  });
});
