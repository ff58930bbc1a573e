import { afterAll, beforeAll, expect, it } from "vitest";
import { scrubEmbedded } from "../../../src/store/embedded/scrub.ts";
import { eventually } from "../../support/eventually.ts";
import { ask, type RestServer, startRest } from "../../support/rest.ts";
import { testDataDir } from "../../support/test-database.ts";
import { echoing, live, type Person, soundsOf, stop } from "./people.ts";
import { filesWith, filesWithEach, tablesWith } from "./scan.ts";

const erase = { confirm: "erase everything" };
const dataDir = testDataDir();
const { hears, options } = echoing();
let rest: RestServer;
let ann: Person;
let bob: Person;
let annsSounds: Buffer[];
let bobsSounds: Buffer[];
const told = (message: string) => rest.logged.filter(({ msg }) => msg === message);
const pool = () => rest.store.database.pool;

beforeAll(async () => {
  rest = await startRest({ dataDir, ...options });
  ann = await live(rest, hears, "annzqxv");
  bob = await live(rest, hears, "bobkwyj");
  annsSounds = await soundsOf(rest, ann);
  bobsSounds = await soundsOf(rest, bob);
  await pool().query("checkpoint");
});
afterAll(async () => {
  await stop(rest);
});

/** Where somebody's words or id are found. */
const tables = [
  ...["actions", "api_keys", "audit", "credentials", "directives", "items", "rate_limits", "reports"],
  ...["sessions", "sign_ins", "usage_days", "users", "verifications"],
].map((name) => `kuku.${name}`);
tables.push("kuku_jobs.job", "kuku_jobs.job_common");

it("finds the words of both everywhere, while both are there", async () => {
  for (const [person, sounds] of [
    [ann, annsSounds],
    [bob, bobsSounds],
  ] as const) {
    expect(await tablesWith(pool(), person.word)).toEqual(tables);
    const files = await filesWith(dataDir, [person.word]);
    expect(files.filter((file) => file.startsWith("database/base/")).length).toBeGreaterThan(10);
    expect(files.filter((file) => file.startsWith("database/pg_wal/"))).not.toEqual([]);
    const persona = `.${person.word}-boss.json`;
    expect(files.filter((file) => file.startsWith("personas/") && file.endsWith(persona))).toHaveLength(1);
    expect(sounds.length).toBeGreaterThan(4);
    for (const found of await filesWithEach(dataDir, sounds)) expect(found).toHaveLength(1);
  }
});

it("leaves nothing of who is erased, in no table and in no file, and all of the other", async () => {
  const before = await tablesWith(pool(), bob.word);
  const { status, body } = await ask(rest.server, "DELETE /api/me", { as: ann.id, json: erase });
  expect([status, body.data]).toEqual([200, { erased: true, complete: true }]);
  for (const trace of [ann.word, ...ann.sessions]) expect(await tablesWith(pool(), trace)).toEqual([]);
  expect(await tablesWith(pool(), bob.word)).toEqual(before);
  await eventually(() => expect(told("scrub finished")).toHaveLength(1));
  const traces = [ann.word, ...ann.sessions, ...annsSounds];
  expect(await filesWith(dataDir, traces)).toEqual([]);
  expect((await filesWith(dataDir, [bob.word])).length).toBeGreaterThan(10);
  for (const found of await filesWithEach(dataDir, bobsSounds)) expect(found).toHaveLength(1);
});

it("is as it was for the other, and for the next process", async () => {
  const [first = ""] = bob.sessions;
  const history = async () =>
    (await ask(rest.server, `GET /api/sessions/${first}/messages`, { as: bob.id })).body;
  const said = await history();
  expect(JSON.stringify(said)).toContain(`${bob.word}two`);
  await rest.close({ keep: true });
  expect(await filesWith(dataDir, [ann.word, ...annsSounds])).toEqual([]);
  rest = await startRest({ dataDir, ...options });
  expect(await history()).toEqual(said);
  expect(await filesWith(dataDir, [ann.word])).toEqual([]);
});

it("tells of tables that are too large to be written anew, and cleans the others", async () => {
  const { rows } = await pool().query("select pg_total_relation_size('kuku.items') - 1 as largest");
  const { left } = await scrubEmbedded(pool(), { largest: Number(rows[0].largest) });
  expect(left).toContain("kuku.items");
  expect(left).not.toContain("kuku.nodes");
});
