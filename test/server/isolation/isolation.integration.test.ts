import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RouteAccess } from "../../../src/server/http/route-access.ts";
import { type Asker, askers, type Maker } from "./askers.ts";
import { type Cells, type Row, sockets, table } from "./table.ts";
import { marker, userMarker } from "./things.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** Those who have the owner's words, by being the owner. */
const theOwner: readonly Asker[] = ["owner", "reader"];
/** Those who have Alice's words, who is an end user of the owner's application. */
const alices: readonly Asker[] = [...theOwner, "alice"];
/** Those who also ask with HEAD, which is let through where GET is. */
const heads: readonly Asker[] = ["nobody", "other", "owner"];
const openOf = (of: Maker) => (of === "owner" ? world.things : world.things.user).open;
const routeOf = (name: string) => name.split(" – ")[0] as string;
const rows = new Map(Object.entries(table).map(([name, row]) => [routeOf(name), row]));
const urls = new Map([...rows].map(([name, row]) => [name.split(" ")[1] as string, row]));
/** Those who get nothing, who find everything still there, and then, one by one, those who may take it away. */
const inTurns = (cells: Cells): readonly (readonly Asker[])[] => {
  const some = askers.filter((asker) => cells[asker] < 300);
  return [askers.filter((asker) => !some.includes(asker)), ...some.map((asker) => [asker])];
};

/** The server's routes without the star, where browsers ask what they may ask. HEAD goes with GET. */
const routes = () =>
  world.server.routes
    .filter(({ url }) => url !== "*")
    .map(({ method, url, access }) => ({ method, access, url: url === "/" ? url : url.replace(/\/$/, "") }));
const isKnown = ({ method, url }: RouteAccess) => rows.has(`${method === "HEAD" ? "GET" : method} ${url}`);

it("every route of the server is in the table, and the table has no other", () => {
  const there = routes().map(({ method, url }) => `${method} ${url}`);
  expect([...rows.keys()].filter((name) => !there.includes(name))).toEqual([]);
  // Public ones on a path that is known say which methods it has: see below.
  const missing = routes().filter(
    (route) => !isKnown(route) && !(route.access === "public" && urls.has(route.url)),
  );
  expect(missing.map(({ method, url, access }) => `${method} ${url} (${access})`)).toEqual([]);
});

it("a method that a path does not have is nobody's way in", async () => {
  for (const route of routes().filter((each) => !isKnown(each))) {
    const { method, url } = route;
    const { status, text } = await world.ask("owner", method, (urls.get(url) as Row).path(world.things, ""));
    const told = url === "/v1/realtime" ? 426 : method === "OPTIONS" ? 204 : 405;
    expect([method, url, status]).toEqual([method, url, told]);
    expect(text).not.toContain(marker);
  }
});

describe.each(Object.entries(table))("%s", (name, row) => {
  const [method = "", url = ""] = routeOf(name).split(" ");
  const { of = "owner" } = row;
  const ask = async (asker: Asker) => {
    const session = row.fresh && row.cells[asker] < 300 ? await world.newSession(of) : openOf(of);
    const path = row.path(world.things, session);
    const json = row.json?.(world.things);
    const answer = await world.ask(asker, method, path, { ...(json !== undefined && { json }) });
    if (row.signsOut && row.cells[asker] < 300) await world.renew(asker);
    return { path, ...answer };
  };
  const checkHead = async (asker: Asker, path: string, status: number) => {
    const access = (of: string) =>
      world.server.routes.find((each) => each.method === of && each.url === url)?.access;
    const none = access("HEAD") !== access("GET");
    const head = await world.ask(asker, "HEAD", path);
    expect([asker, head.status, head.text]).toEqual([asker, none ? 405 : status, ""]);
  };

  it("answers everybody what they may have", async () => {
    const answered: Record<string, number> = {};
    const check = async (asker: Asker) => {
      const { path, status, text } = await ask(asker);
      answered[asker] = status;
      const told = row.tells === asker;
      const ownersWords = theOwner.includes(asker) || (told && of === "owner");
      if (!ownersWords) expect(text, asker).not.toContain(marker);
      if (!alices.includes(asker)) expect(text, asker).not.toContain(userMarker);
      if (row.tellsAlice && asker === "alice") expect(text, asker).toContain(userMarker);
      if (told) expect(text, asker).toContain(of === "owner" ? marker : userMarker);
      if (method === "GET" && heads.includes(asker)) await checkHead(asker, path, status);
    };
    for (const turn of inTurns(row.cells)) await Promise.all(turn.map(check));
    expect(answered).toEqual(row.cells);
  });
});

describe.each(Object.entries(sockets))(
  "a socket: %s",
  (_, { query, fresh, of = "owner", tells = [], cells }) => {
    it.each(["header", "offer"] as const)("lets in whom it may, credentials as a %s", async (how) => {
      const admitted: Record<string, number> = {};
      let resumable = fresh ? await world.newResumable(of) : "";
      const check = async (asker: Asker) => {
        const { status, client, text } = await world.connect(asker, query(world.things, resumable), how);
        admitted[asker] = status;
        if (![...theOwner, ...tells].includes(asker)) expect(text, asker).not.toContain(marker);
        if (!alices.includes(asker)) expect(text, asker).not.toContain(userMarker);
        client?.ws.terminate();
        await client?.closed;
        if (client && fresh) resumable = await world.newResumable(of);
      };
      for (const turn of inTurns(cells)) await Promise.all(turn.map(check));
      expect(admitted).toEqual(cells);
    });
  },
);
