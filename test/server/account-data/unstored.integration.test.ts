/** Erasure of sessions that are not stored yet, and beside whatever else is being written. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { newId } from "../../../src/lib/ids.ts";
import { accountDataRoutes } from "../../../src/server/api/account-data.ts";
import type { Link } from "../../../src/session/link.ts";
import { type OpenStore, openStore } from "../../../src/store/open-store.ts";
import { item, newSession } from "../../store/samples.ts";
import { eventually } from "../../support/eventually.ts";
import { ask, begin, type RestServer, startRest } from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";
import { tablesWith } from "./scan.ts";

let rest: RestServer;
let other: OpenStore;

beforeAll(async () => {
  const databaseUrl = await testDatabase();
  rest = await startRest({ databaseUrl, moreRoutes: accountDataRoutes });
  other = await openStore({ databaseUrl, dataDir: "unused", clock: systemClock, nodeId: newId("node") });
});
afterAll(async () => {
  await other.close();
  await rest.close();
});

/** Takes every connection of a pool. Returns a function that gives them back. */
async function takeAll(pool: pg.Pool): Promise<() => void> {
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  return () => {
    for (const client of clients) client.release();
  };
}

/** Runs `work` while the journals of a store cannot write. */
async function withoutWriting<T>(store: OpenStore, work: () => Promise<T>): Promise<T> {
  const release = await takeAll(store.database.journalPool);
  return work().finally(release);
}

/** A session of a node that has ended, and that the node has yet to store. */
function endedUnstored(store: OpenStore, ownerId: string) {
  const session = newSession({ id: newId("session"), ownerId });
  const journal = store.journals.open({ ...session, nodeId: "node-gone" });
  journal.write([{ type: "item", item: item(1, `${ownerId}words`) }]);
  journal.write([{ type: "ended", at: Date.now(), reason: "finished" }]);
  journal.close();
  return { id: session.id, journal };
}

/** Opens a live session, and gives the token by which it is resumed. */
async function openResumable(ownerId: string) {
  const told: string[] = [];
  const link: Link = {
    send(event) {
      if (event.type === "kuku.resumable") told.push(event.token);
    },
    sendAudio() {},
    writable: () => undefined,
    close() {},
  };
  const principal = { id: ownerId };
  const session = rest.services.sessions.open({ link, principal, persona: "kuku", extension: true });
  await eventually(() => expect(told).toHaveLength(1));
  const [token = ""] = told;
  const find = () => rest.services.sessions.find({ token, seen: { lastEvent: "" } }, principal);
  return { session, find };
}

const erase = (id: string, as: string) => ask(rest.server, `DELETE /api/sessions/${id}`, { as });
const traces = (text: string) => tablesWith(rest.store.database.pool, text);

describe("[ST13] a session that has ended and is not stored yet", () => {
  it("is erased, and stored no more", async () => {
    const { journal, status } = await withoutWriting(rest.store, async () => {
      const { id, journal } = endedUnstored(rest.store, "anna");
      return { journal, status: (await erase(id, "anna")).status };
    });
    expect(status).toBe(200);
    expect(await journal.settled()).toBe("lost");
    await rest.store.journals.drain(5000);
    expect(await traces("annawords")).toEqual([]);
  });

  it("is another's to nobody, and stored", async () => {
    const { journal, id, status } = await withoutWriting(rest.store, async () => {
      const { id, journal } = endedUnstored(rest.store, "bruno");
      return { id, journal, status: (await erase(id, "mallory")).status };
    });
    expect(status).toBe(404);
    expect(await journal.settled()).toBe("saved");
    expect((await ask(rest.server, `GET /api/sessions/${id}`, { as: "bruno" })).status).toBe(200);
  });

  it("is erased with its user", async () => {
    const json = { confirm: "erase everything" };
    const { journal, answer } = await withoutWriting(rest.store, async () => {
      const { journal } = endedUnstored(rest.store, "clara");
      return { journal, answer: await ask(rest.server, "DELETE /api/me", { as: "clara", json }) };
    });
    expect([answer.status, answer.body.data]).toEqual([200, { erased: true, complete: true }]);
    expect(await journal.settled()).toBe("lost");
    expect(await traces("clarawords")).toEqual([]);
  });

  it("is waited for by whoever reads or exports it, and 503 where that takes too long, never 404", async () => {
    const release = await takeAll(rest.store.database.journalPool);
    const { id } = endedUnstored(rest.store, "doris");
    const read = () => ask(rest.server, `GET /api/sessions/${id}`, { as: "doris" });
    const early = await read();
    expect([early.status, early.body.code]).toEqual([503, "STORE_UNAVAILABLE"]);
    const [reading, exporting] = [read(), ask(rest.server, "GET /api/me/export", { as: "doris" })];
    release();
    expect((await reading).status).toBe(200);
    expect(JSON.stringify((await exporting).body)).toContain("doriswords");
  });

  it("is told as ended to whoever writes to it, once that is stored", async () => {
    const release = await takeAll(rest.store.database.journalPool);
    const { id } = endedUnstored(rest.store, "erwin");
    const write = () =>
      ask(rest.server, `POST /api/sessions/${id}/messages`, { as: "erwin", json: { text: "Me again." } });
    const early = await write();
    expect([early.status, early.body.code]).toEqual([503, "STORE_UNAVAILABLE"]);
    const writing = write();
    release();
    expect((await writing).body.code).toBe("SESSION_ENDED");
  });

  it("is found by its resume token, where it goes on", async () => {
    const { session, find } = await openResumable("fritz");
    const release = await takeAll(rest.store.database.journalPool);
    session.end("draining");
    await session.ended;
    const found = find();
    release();
    expect((await found).id).toBe(session.id);
    (await found).end("finished");
  });

  it("on another node, is stored no more once its user has erased it here", async () => {
    const { id, journal } = await withoutWriting(other, async () => {
      const unstored = endedUnstored(other, "emil");
      expect((await erase(unstored.id, "emil")).status).toBe(404);
      return unstored;
    });
    expect(await journal.settled()).toBe("lost");
    expect(await traces("emilwords")).toEqual([]);
    expect((await erase(id, "emil")).status).toBe(404);
  });

  it("on another node, is stored where somebody else has tried to erase it here", async () => {
    const { id, journal } = await withoutWriting(other, async () => {
      const unstored = endedUnstored(other, "frida");
      expect((await erase(unstored.id, "mallory")).status).toBe(404);
      return unstored;
    });
    expect(await journal.settled()).toBe("saved");
    expect((await ask(rest.server, `GET /api/sessions/${id}`, { as: "frida" })).status).toBe(200);
  });
});

describe("[ST14] an erasure", () => {
  it("touches no other session of its user, stored or not, here or elsewhere: they are stored on, and resumed", async () => {
    const live = await openResumable("ilse");
    const waiting = await withoutWriting(rest.store, async () => {
      const kept = endedUnstored(rest.store, "ilse");
      const [unstored, unknown] = [endedUnstored(rest.store, "ilse").id, newId("session")];
      const elsewhere = await withoutWriting(other, async () => {
        const { id } = endedUnstored(other, "ilse");
        return { id, status: (await erase(id, "ilse")).status };
      });
      expect([(await erase(unstored, "ilse")).status, elsewhere.status]).toEqual([200, 404]);
      expect((await erase(unknown, "ilse")).status).toBe(404);
      return kept;
    });
    expect(await waiting.journal.settled()).toBe("saved");
    const fresh = await begin(rest.server, { as: "ilse" });
    expect((await ask(rest.server, `GET /api/sessions/${fresh}`, { as: "ilse" })).status).toBe(200);
    expect(await live.session.settled()).toBe("saved");
    expect(await live.find()).toBe(live.session);
    live.session.end("draining");
    await live.session.ended;
    const resumed = await live.find();
    expect(resumed.id).toBe(live.session.id);
    resumed.end("finished");
    expect(await resumed.settled()).toBe("saved");
  });

  it("is answered while journals and jobs hold every connection that they may", async () => {
    const id = await begin(rest.server, { as: "gerda" });
    const { journalPool, backgroundPool } = rest.store.database;
    const release = await Promise.all([takeAll(journalPool), takeAll(backgroundPool)]);
    const { status } = await erase(id, "gerda");
    for (const each of release) each();
    expect(status).toBe(200);
  });

  it("takes few trips to the database", async () => {
    const [first, second] = [endedUnstored(rest.store, "hanno"), endedUnstored(rest.store, "hanno")];
    for (const { journal } of [first, second]) expect(await journal.settled()).toBe("saved");
    await erase(first.id, "hanno");
    const clients = new Set<unknown>();
    const acquired = (client: unknown) => void clients.add(client);
    rest.store.database.pool.on("acquire", acquired);
    const query = vi.spyOn(pg.Client.prototype, "query");
    expect((await erase(second.id, "hanno")).status).toBe(200);
    const { calls, contexts } = query.mock;
    query.mockRestore();
    rest.store.database.pool.off("acquire", acquired);
    const trips = (calls as unknown[][]).filter((_, index) => clients.has(contexts[index]));
    const texts = trips.map(([statement]) =>
      String(typeof statement === "object" ? (statement as pg.QueryConfig).text : statement).trim(),
    );
    expect(texts.filter((text) => !text.includes("kuku_jobs.job_common"))).toEqual([
      expect.stringMatching(/^select .* from "kuku"."sessions"/),
      expect.stringMatching(/^insert into kuku.sessions/),
      expect.stringMatching(/^with\s+items as \(delete/),
      "begin",
      expect.stringMatching(/for update$/),
      expect.stringMatching(/^with jobs as \(delete .*delete from kuku.sessions/s),
      "commit",
    ]);
    expect(texts.length).toBeLessThan(10);
  });
});
