import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type ManualClock, manualClock } from "../../src/lib/clock.ts";
import type { SessionJournal } from "../../src/store/journal/journal.ts";
import type { StoreLimits } from "../../src/store/limits.ts";
import { type OpenStore, openStore } from "../../src/store/open-store.ts";
import { StoreError } from "../../src/store/store.ts";
import { eventually } from "../support/eventually.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { testDatabase } from "../support/test-database.ts";
import { startProxy, type TestProxy } from "./proxy.ts";
import { item, morning, newSession } from "./samples.ts";

let postgres: TestPostgres;
/** URL of an empty database with all its tables; each test has a copy. */
let template: string;
beforeAll(async () => {
  postgres = await startPostgres();
  template = await postgres.createDatabase();
  const where = { databaseUrl: template, dataDir: "unused" };
  await (await openStore({ ...where, clock: manualClock(), nodeId: "template" })).close();
});
afterAll(() => postgres.stop());

describe("while the database is away", () => {
  let proxy: TestProxy;
  let clock: ManualClock;
  let store: OpenStore;
  let databaseUrl: string;
  const limits = { databaseTimeoutMs: 2000, waitingBytes: 20_000, closeMs: 0 };
  const begin = async (shares: Partial<StoreLimits> = {}) => {
    clock = manualClock(morning);
    store = await openStore({
      databaseUrl,
      dataDir: "unused",
      clock,
      nodeId: "node-1",
      limits: { ...limits, ...shares },
    });
  };
  /** Opens the store anew, with shares of what may wait. */
  const share = async () => {
    await store.close();
    await begin({
      waitingBytes: 40_000,
      ownerWaitingBytes: 12_000,
      sessionWaitingBytes: 8_000,
      behindBytes: 2_000,
    });
  };
  beforeEach(async () => {
    const url = new URL(await testDatabase(template));
    proxy = await startProxy(postgres.port);
    url.port = String(proxy.port);
    databaseUrl = url.href;
    await begin();
  });
  afterEach(async () => {
    await store.close();
    await proxy.stop();
    expect(clock.pending).toBe(0);
  });

  const open = (ownerId = "anna") => {
    const session = newSession({ ownerId });
    return { id: session.id, journal: store.journals.open({ ...session, nodeId: "node-1" }) };
  };
  const outage = () => eventually(() => expect(store.journals.state.failingSince).toBeDefined());
  /** Moves through the pauses until the journal is safe. */
  const recovery = async (journal: SessionJournal) => {
    let outcome: string | undefined;
    void journal.settled().then((settled) => {
      outcome = settled;
    });
    await eventually(async () => {
      await clock.advance(2000);
      expect(outcome).toBe("saved");
    });
  };

  it("changes wait, those of a session that began meanwhile too, and are stored once it is back", async () => {
    const former = open();
    await former.journal.settled();
    proxy.cut();
    const later = open();
    former.journal.write([{ type: "item", item: item(1, "old") }]);
    const settled = vi.fn();
    void later.journal.settled().then(settled);
    await outage();
    former.journal.write([
      { type: "item", item: item(2) },
      { type: "item", item: item(1, "new") },
    ]);
    expect(store.journals.state).toMatchObject({ waiting: 4, full: false, failingSince: expect.any(Number) });
    await expect(store.readItems(former.id)).rejects.toThrow(StoreError);
    await expect(store.journals.claim(former.id, "node-2")).rejects.toThrow(StoreError);
    expect(settled).not.toHaveBeenCalled();
    proxy.mend();
    await recovery(former.journal);
    expect(settled).toHaveBeenCalledWith("saved");
    expect(await store.readItems(former.id)).toEqual([item(1, "new"), item(2)]);
    expect(await store.findSession(later.id)).toBeDefined();
    expect(store.journals.state).toEqual({ waiting: 0, bytes: 0, full: false });
  });

  it("a session whose changes a database keeps unanswered is not waited for without end by who claims it", async () => {
    const { id, journal } = open();
    await journal.settled();
    await postgres.freeze();
    journal.write([{ type: "item", item: item(1) }]);
    const claimed = store.journals.claim(id, "node-1").then(
      () => "claimed",
      (error: unknown) => error,
    );
    await clock.advance(2000);
    expect(await claimed).toBeInstanceOf(StoreError);
    await postgres.thaw();
    await recovery(journal);
  });

  it("a batch whose commit was never answered is stored once", async () => {
    const { id, journal } = open();
    journal.write([{ type: "item", item: item(1) }]);
    proxy.cutBehind("commit");
    void journal.settled();
    await outage();
    journal.write([
      { type: "item", item: item(2) },
      { type: "ended", at: morning, reason: "finished" },
    ]);
    proxy.mend();
    await recovery(journal);
    expect(await store.readItems(id)).toEqual([item(1), item(2)]);
    expect(await store.pendingReports(10)).toEqual([id]);
  });

  it("what waits is bounded: coalesced first, then refused whole, with room told again after", async () => {
    const { id, journal } = open();
    await journal.settled();
    proxy.cut();
    const write = (n: number) => journal.write([{ type: "item", item: item(n, "word ".repeat(100)) }]);
    write(1);
    void journal.settled();
    await outage();
    for (let again = 0; again < 100; again++) expect(write(1)).toBe(true);
    let taken = 1;
    while (taken < 100 && write(taken + 1)) taken++;
    expect(taken).toBeGreaterThan(2);
    expect(taken).toBeLessThan(100);
    expect(store.journals.state.bytes).toBeLessThanOrEqual(20_000);
    expect(store.journals.state.full).toBe(true);
    expect(journal.write([{ type: "item", item: item(1, "short") }])).toBe(true);
    proxy.mend();
    await recovery(journal);
    expect(await store.readItems(id)).toHaveLength(taken);
    expect(store.journals.state.full).toBe(false);
  });

  it("[ST9] a session and an owner have a share of what may wait, and their clients half of it", async () => {
    await share();
    const [flooder, again, other] = [open(), open(), open("ben")];
    await Promise.all([flooder, again, other].map(({ journal }) => journal.settled()));
    proxy.cut();
    other.journal.write([{ type: "item", item: item(1) }]);
    void other.journal.settled();
    await outage();
    expect(flooder.journal.room).toBe(4000);
    const fill = (journal: SessionJournal) => {
      const write = (n: number) => journal.write([{ type: "item", item: item(n, "word ".repeat(20)) }]);
      let taken = 0;
      while (taken < 100 && write(taken + 1)) taken++;
      return taken;
    };
    const [first, second] = [fill(flooder.journal), fill(again.journal)];
    expect(first).toBeGreaterThan(second);
    expect(second).toBeGreaterThan(0);
    expect(flooder.journal.room).toBe(0);
    expect(other.journal.room).toBeGreaterThan(0);
    expect(store.journals.state.bytes).toBeLessThan(14_000);
    expect(store.journals.state.full).toBe(false);
    expect(other.journal.write([{ type: "item", item: item(2) }])).toBe(true);
    expect(other.journal.writable()).toBeUndefined();
    proxy.mend();
    await recovery(flooder.journal);
    expect(await store.readItems(flooder.id)).toHaveLength(first);
    expect(await store.readItems(again.id)).toHaveLength(second);
    expect(flooder.journal.room).toBe(4000);
  });

  it("[ST9] a batch that takes too long is halved until it does not", async () => {
    await store.close();
    await begin({ setRows: 2 });
    const slow =
      "create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(0.3); return new; end $$";
    await store.database.pool.query(slow);
    await store.database.pool.query(
      "create trigger slow before insert on kuku.items for each row execute function slow()",
    );
    const { id, journal } = open();
    const all = Array.from({ length: 16 }, (_, n) => item(n + 1, "w"));
    for (const each of all) journal.write([{ type: "item", item: each }]);
    await recovery(journal);
    expect(await store.readItems(id)).toEqual(all);
  });

  it("[ST15] what is written again, since the answer to its commit was lost, never takes a session back", async () => {
    await store.close();
    await begin({ waitingBytes: 1_000_000, setRows: 4 });
    const { id, journal } = open();
    await journal.settled();
    const cuts = async () => {
      proxy.cutBehind("commit");
      await eventually(async () => {
        await clock.advance(2000);
        expect(proxy.whole).toBe(false);
      });
    };
    for (let n = 1; n <= 40; n++)
      journal.write([
        { type: "item", item: item(n) },
        { type: "session", patch: { snapshot: { items: n } } },
      ]);
    await cuts();
    proxy.mend();
    await cuts();
    const direct = new pg.Client({
      connectionString: databaseUrl.replace(String(proxy.port), String(postgres.port)),
    });
    await direct.connect();
    const stored = () =>
      direct.query("select snapshot, (select count(*)::integer from kuku.items) as items from kuku.sessions");
    await eventually(async () =>
      expect((await stored()).rows).toEqual([{ snapshot: { items: 40 }, items: 40 }]),
    );
    await direct.end();
    proxy.mend();
    await recovery(journal);
    expect(await store.findSnapshot(id)).toEqual({ items: 40 });
  });

  it("[ST9] a client pauses while much of its waits, until most of that is stored or the database is away", async () => {
    await share();
    const { journal } = open();
    await journal.settled();
    expect(journal.writable()).toBeUndefined();
    const write = (n: number) => journal.write([{ type: "item", item: item(n, "word ".repeat(100)) }]);
    write(1);
    const paused = journal.writable();
    expect(paused).toBeInstanceOf(Promise);
    await journal.settled();
    await paused;
    expect(journal.writable()).toBeUndefined();
    proxy.cut();
    write(2);
    const again = journal.writable();
    expect(again).toBeInstanceOf(Promise);
    void journal.settled();
    await again;
    expect(journal.writable()).toBeUndefined();
    proxy.mend();
    await recovery(journal);
  });

  it("pauses grow from 0.2 to 2 s", async () => {
    const { journal } = open();
    proxy.cut();
    void journal.settled();
    await outage();
    const tries: number[] = [];
    const connect = vi.spyOn(store.database.journalPool, "connect").mockImplementation(() => {
      tries.push(clock.now() - morning);
      return Promise.reject(new Error("away"));
    });
    await clock.advance(9999);
    connect.mockRestore();
    expect(tries).toEqual([200, 600, 1400, 3000, 5000, 7000, 9000]);
  });

  it("drain says at its deadline that something waits", async () => {
    const { journal } = open();
    proxy.cut();
    void journal.settled();
    await outage();
    const drained = store.journals.drain(100);
    await clock.advance(100);
    expect(await drained).toBe(false);
    proxy.mend();
    await recovery(journal);
    expect(await store.journals.drain(0)).toBe(true);
  });

  it("a server that hangs counts as away, and what it did not answer is stored once it goes on", async () => {
    const { id, journal } = open();
    await journal.settled();
    await postgres.freeze();
    journal.write([{ type: "item", item: item(1, "on its way") }]);
    void journal.settled();
    journal.write([{ type: "item", item: item(1, "said since") }]);
    await outage();
    await expect(store.ping()).rejects.toThrow(StoreError);
    await postgres.thaw();
    await recovery(journal);
    expect(await store.readItems(id)).toEqual([item(1, "said since")]);
  });

  it("a server that crashes and starts again has what was acknowledged, and gets the rest", async () => {
    const { id, journal } = open();
    journal.write([{ type: "item", item: item(1) }]);
    await journal.settled();
    await postgres.crash();
    journal.write([{ type: "item", item: item(2) }]);
    void journal.settled();
    await outage();
    await postgres.restart();
    await recovery(journal);
    expect(await store.readItems(id)).toEqual([item(1), item(2)]);
  });
});

describe("nodes that share a database", () => {
  it("start at once on an empty one, and fence each other", async () => {
    const databaseUrl = await postgres.createDatabase();
    const clock = manualClock(morning);
    const start = (nodeId: string) => openStore({ databaseUrl, dataDir: "unused", clock, nodeId });
    const [one, two] = await Promise.all([start("node-1"), start("node-2")]);
    const session = newSession();
    const journal = one.journals.open({ ...session, nodeId: "node-1" });
    journal.write([{ type: "item", item: item(1) }]);
    await journal.settled();
    expect(await two.findHolder(session.id)).toBe("node-1");
    const claimed = await two.journals.claim(session.id, "node-2");
    expect(claimed?.stored.items).toEqual([item(1)]);
    expect(await one.findHolder(session.id)).toBe("node-2");
    journal.write([{ type: "item", item: item(2, "too late") }]);
    claimed?.journal.write([{ type: "item", item: item(2, "in time") }]);
    expect(await Promise.all([journal.settled(), claimed?.journal.settled()])).toEqual(["lost", "saved"]);
    expect(await one.readItems(session.id)).toEqual([item(1), item(2, "in time")]);
    await two.close();
    expect(await one.findHolder(session.id)).toBeUndefined();
    await one.close();
    expect(clock.pending).toBe(0);
  });

  it("do not start without it", async () => {
    const clock = manualClock(morning);
    const store = openStore({
      databaseUrl: "postgres://nobody@127.0.0.1:1/none",
      dataDir: "unused",
      clock,
      nodeId: "node-1",
      limits: { startMs: 0 },
    });
    await expect(store).rejects.toThrow(StoreError);
  });
});
