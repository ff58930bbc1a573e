import { afterAll, beforeAll, expect, it } from "vitest";
import { type Clock, manualClock, systemClock } from "../../../src/lib/clock.ts";
import { newId } from "../../../src/lib/ids.ts";
import { openAccountData } from "../../../src/server/account-data/account-data.ts";
import { openStore } from "../../../src/store/open-store.ts";
import { item, newSession } from "../../store/samples.ts";
import { eventually } from "../../support/eventually.ts";
import { overriding } from "../../support/overriding.ts";
import { ask, begin, type RestServer, startRest } from "../../support/rest.ts";
import { testDatabase } from "../../support/test-database.ts";
import { echoing, live, type Person, soundsOf, stop } from "./people.ts";
import { filesWith, notesWith, tablesWith } from "./scan.ts";

const { hears, options } = echoing();
/** What was put off for long waits for the test. */
const putOff: (() => void)[] = [];
const clock: Clock = {
  ...systemClock,
  after(ms, run) {
    if (ms !== 30_000) return systemClock.after(ms, run);
    putOff.push(run);
    return () => {};
  },
};
let rest: RestServer;
let ann: Person;
let bob: Person;
const pool = () => rest.store.database.pool;
const said = async (person: Person) => {
  const [first = ""] = person.sessions;
  return ask(rest.server, `GET /api/sessions/${first}/messages`, { as: person.id });
};

beforeAll(async () => {
  rest = await startRest({ databaseUrl: await testDatabase(), clock, ...options });
  ann = await live(rest, hears, "annzqxv");
  bob = await live(rest, hears, "bobkwyj");
  // As autovacuum would sooner or later, which notes frequent values in the catalogue.
  await pool().query("analyze");
});
afterAll(async () => {
  await stop(rest);
});

it("leaves nothing of who is erased in any table, and all of the other", async () => {
  const [annsSounds, before] = [await soundsOf(rest, ann), await tablesWith(pool(), bob.word)];
  expect(await tablesWith(pool(), ann.word)).toEqual(before);
  expect(await notesWith(pool(), ann.word)).not.toEqual([]);
  expect(before.length).toBeGreaterThan(14);
  const json = { confirm: "erase everything" };
  putOff.length = 0;
  const { status, body } = await ask(rest.server, "DELETE /api/me", { as: ann.id, json });
  expect([status, body.data]).toEqual([200, { erased: true, complete: true }]);
  for (const trace of [ann.word, ...ann.sessions]) expect(await tablesWith(pool(), trace)).toEqual([]);
  expect(await filesWith(rest.dataDir, [ann.word, ...annsSounds])).toEqual([]);
  expect((await said(ann)).status).toBe(404);
  expect(JSON.stringify((await said(bob)).body)).toContain(`${bob.word}two`);
  expect(await tablesWith(pool(), bob.word)).toEqual(before);
  // The catalogue's notes are made anew by the chore.
  await eventually(async () => expect(await notesWith(pool(), ann.word)).toEqual([]));
});

it("does not wait for a recording that is written for ever; a sweep erases the rest once it is", async () => {
  const session = newSession({ ownerId: "carol" });
  const journal = rest.store.journals.open({ ...session, nodeId: "node-other" });
  journal.write([{ type: "item", item: item(1, "carolwords") }]);
  await journal.settled();
  const time = manualClock(Date.now());
  const { promise: written, resolve: finish } = Promise.withResolvers<void>();
  const { services } = rest;
  const { erasure } = openAccountData({
    ...services,
    database: rest.store.database,
    nodeId: "node-one",
    jobs: overriding(services.jobs, { work() {}, schedule() {}, send: async () => true }),
    recorder: { settled: () => written },
    clock: time,
  });
  let complete: boolean | undefined;
  void erasure.session(session.id).then((outcome) => {
    complete = outcome;
  });
  await eventually(async () => {
    await time.advance(1_000);
    expect(complete).toBe(false);
  });
  expect(await tablesWith(pool(), "carolwords")).toEqual([]);
  expect(await tablesWith(pool(), session.id)).not.toEqual([]);
  finish();
  await erasure.sweep();
  expect(await tablesWith(pool(), session.id)).toEqual([]);
});

it("erases what was counted of them until then, and stored only now", async () => {
  await pool().query("insert into kuku.usage_days (day, owner_id) values ('2026-11-24', $1)", [ann.id]);
  await pool().query("insert into kuku.rate_limits (key) values ($1)", [`tokens user ${ann.id}`]);
  expect(putOff).toHaveLength(1);
  for (const run of putOff) run();
  await eventually(async () => expect(await tablesWith(pool(), ann.word)).toEqual([]));
});

it("erases what another node stored of somebody after they were taken away", async () => {
  const at = Date.now();
  await pool().query(
    `insert into kuku.sessions (id, owner_id, persona, language, origin, recorded, created_at, updated_at)
      values ('session-late', $1, 'kuku', 'en-US', 'socket', false, $2, $2)`,
    [ann.id, at],
  );
  await pool().query("insert into kuku.usage_days (day, owner_id) values ('2026-11-24', $1)", [ann.id]);
  await pool().query(
    "insert into kuku_jobs.job (name, state, data) values ('answer-upload', 'completed', $1)",
    [JSON.stringify({ sessionId: "session-gone", text: ann.word })],
  );
  // Its first sweep was at the start; another process's is now.
  const next = await startRest({ databaseUrl: urlOf(), ...options });
  await eventually(async () => expect(await tablesWith(pool(), ann.word)).toEqual([]));
  await next.close();
  expect(JSON.stringify((await said(bob)).body)).toContain(`${bob.word}two`);
});

it("keeps a session that another node has until that one has let go of it, without its words", async () => {
  const [session = ""] = bob.sessions;
  await pool().query("insert into kuku.nodes (id, seen_at) values ('node_other', now() + interval '1 hour')");
  await pool().query("update kuku.sessions set node_id = 'node_other' where id = $1", [session]);
  const { status } = await ask(rest.server, `DELETE /api/sessions/${session}`, { as: bob.id });
  expect(status).toBe(200);
  expect((await ask(rest.server, `GET /api/sessions/${session}`, { as: bob.id })).status).toBe(404);
  expect(await tablesWith(pool(), session)).toEqual(["kuku.audio", "kuku.sessions"]);
  await pool().query("update kuku.sessions set updated_at = 0 where id = $1", [session]);
  await rest.services.accountData.erasure.sweep();
  expect(await tablesWith(pool(), session)).toEqual([]);
});

it("takes nothing more from a node that had a session, and goes on writing", async () => {
  const other = await openStore({
    databaseUrl: urlOf(),
    dataDir: rest.dataDir,
    clock: systemClock,
    nodeId: "node_late",
  });
  const session = newSession({ id: newId("session"), ownerId: bob.id });
  const journal = other.journals.open({ ...session, nodeId: "node_late" });
  journal.write([{ type: "item", item: item(1, "before") }]);
  expect(await journal.settled()).toBe("saved");
  expect((await ask(rest.server, `DELETE /api/sessions/${session.id}`, { as: bob.id })).status).toBe(200);
  journal.write([{ type: "item", item: item(2, "behind") }]);
  expect(await journal.settled()).toBe("lost");
  // The node lives, and might still write files.
  expect(await tablesWith(pool(), session.id)).toEqual(["kuku.sessions"]);
  await other.close();
  await rest.services.accountData.erasure.sweep();
  expect(await tablesWith(pool(), session.id)).toEqual([]);
});

function urlOf(): string {
  const { connectionString } = pool().options;
  return connectionString ?? "";
}

it("does not wait for a live session that never ends", async () => {
  const id = await begin(rest.server, { as: "dora" });
  const said = { as: "dora", json: { text: "dorawords" } };
  expect((await ask(rest.server, `POST /api/sessions/${id}/messages`, said)).status).toBe(200);
  const { rows } = await pool().query("select node_id from kuku.sessions where id = $1", [id]);
  const time = manualClock(Date.now());
  const { services } = rest;
  const held = [...services.sessions.all()].find(({ session }) => session.id === id);
  if (!held) throw new Error("not live");
  const session = overriding(held.session, { ended: new Promise<void>(() => {}) });
  const { erasure } = openAccountData({
    ...services,
    database: rest.store.database,
    nodeId: rows[0].node_id,
    jobs: overriding(services.jobs, { work() {}, schedule() {}, send: async () => true }),
    sessions: { all: () => [{ ...held, session }] },
    clock: time,
  });
  const erased = erasure.session(id);
  await time.advance(10_000);
  expect(await erased).toBe(true);
  expect(await tablesWith(pool(), "dorawords")).toEqual([]);
  expect(await tablesWith(pool(), id)).toEqual([]);
});
