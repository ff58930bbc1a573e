/** The book of personas: those that come along, those of a folder, those that users made. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { findPersona, type Persona } from "../../../src/coach/personas/personas.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { hashSecret } from "../../../src/lib/ids.ts";
import { compose } from "../../../src/server/app/compose.ts";
import { ConfigError, readConfig } from "../../../src/server/config/config.ts";
import { openPersonas } from "../../../src/server/conversations/persona-book.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { testDataDir } from "../../support/test-database.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "personas-"));
});
afterEach(() => rm(folder, { recursive: true }));

const kuku = findPersona("kuku") as Persona;
const named = (id: string, more: object = {}): Persona => ({ ...kuku, id, name: `My ${id}`, ...more });
const given = (name: string, json: unknown) =>
  writeFile(join(folder, name), typeof json === "string" ? json : JSON.stringify(json));

test("those of a folder join those that come along, or take their place", async () => {
  await given("boss.json", named("boss"));
  await given("kuku.json", { ...kuku, name: "Our Kuku" });
  const book = await openPersonas({ directory: folder });
  expect(book.find("boss", "ann")?.name).toBe("My boss");
  expect(book.find("kuku", "ann")?.name).toBe("Our Kuku");
  expect(book.list("ann").map(({ persona }) => persona.id)).toEqual([
    "boss",
    "interviewer",
    "kuku",
    "presenter",
    "reader",
  ]);
});

test("instructions may stand in a file beside", async () => {
  const { instructions: _, ...rest } = named("boss");
  await given("boss.json", { ...rest, instructionsFile: "boss.md" });
  await given("boss.md", "You are a boss.\n");
  expect((await openPersonas({ directory: folder })).find("boss", "ann")?.instructions).toBe(
    "You are a boss.",
  );
});

test.each([
  ["not-json.json", "{", /not-json\.json: is not JSON/],
  ["odd.json", named("odd", { flow: "song" }), /odd\.json[\s\S]*flow/],
  ["odd.json", named("odd", { mood: "good" }), /odd\.json[\s\S]*mood/],
  ["odd.json", named("other"), /odd\.json: its id is other/],
  ["odd.json", named("odd", { flow: "interview" }), /odd\.json[\s\S]*questions/],
  ["odd.json", named("odd", { instructionsFile: "a.md" }), /odd\.json[\s\S]*not both/],
  [
    "odd.json",
    { ...named("odd"), instructions: undefined, instructionsFile: "a.md" },
    /odd\.json: instructionsFile/,
  ],
  [
    "odd.json",
    named("odd", { instructions: undefined, instructionsFile: "../.env" }),
    /odd\.json[\s\S]*plain name/,
  ],
])("a wrong file is named with its field: %s %#", async (name, json, why) => {
  await given(name, json);
  const opening = openPersonas({ directory: folder });
  await expect(opening).rejects.toThrow(ConfigError);
  await expect(opening).rejects.toThrow(why);
  await expect(opening).rejects.toThrow(/^PERSONAS_DIR: /);
});

test("a folder that is not there is named", async () => {
  await expect(openPersonas({ directory: join(folder, "none") })).rejects.toThrow(/PERSONAS_DIR.*ENOENT/);
});

test("what a user made is theirs, and is there after a restart", async () => {
  const madeIn = join(folder, "made");
  const book = await openPersonas({ madeIn });
  expect(await book.add("ann", named("mine"))).toBe("added");
  expect(await book.add("bob", named("kuku"))).toBe("taken");
  for (const each of [book, await openPersonas({ madeIn })]) {
    expect(each.find("mine", "ann")?.name).toBe("My mine");
    expect(each.find("mine", "bob")).toBeUndefined();
    expect(each.list("bob").some(({ persona }) => persona.id === "mine")).toBe(false);
    expect(each.list("ann")).toContainEqual({ persona: named("mine"), own: true });
  }
  expect(await book.remove("bob", "mine")).toBe(false);
  expect(await book.remove("ann", "mine")).toBe(true);
  expect(await book.remove("ann", "mine")).toBe(false);
  expect(await readdir(madeIn)).toEqual([]);
});

test("[AC6] ids are each user's own: nobody learns of, takes or fills another's", async () => {
  const madeIn = join(folder, "made");
  const book = await openPersonas({ madeIn });
  expect(await book.add("ann", named("mine", { name: "Ann's" }))).toBe("added");
  expect(await book.add("bob", named("mine", { name: "Bob's" }))).toBe("added");
  for (const each of [book, await openPersonas({ madeIn })])
    expect([each.find("mine", "ann")?.name, each.find("mine", "bob")?.name]).toEqual(["Ann's", "Bob's"]);
  for (let user = 0; user < 21; user++)
    for (let n = 0; n < 50; n++) expect(await book.add(`user ${user}`, named(`p${n}`))).toBe("added");
  expect(await book.add("cleo", named("mine"))).toBe("added");
  expect(await book.remove("bob", "mine")).toBe(true);
  expect(book.find("mine", "ann")?.name).toBe("Ann's");
});

test("[AC6] one that an earlier version stored is read, replaced and removed in its file", async () => {
  const madeIn = join(folder, "made");
  await mkdir(madeIn);
  const path = join(madeIn, "mine.json");
  await writeFile(path, JSON.stringify({ ownerId: "ann", persona: named("mine") }));
  const book = await openPersonas({ madeIn });
  expect(book.find("mine", "ann")?.name).toBe("My mine");
  expect(await book.add("ann", named("mine", { name: "New" }))).toBe("added");
  expect(await readdir(madeIn)).toEqual(["mine.json"]);
  expect((await openPersonas({ madeIn })).find("mine", "ann")?.name).toBe("New");
  expect(await book.remove("ann", "mine")).toBe(true);
  expect(await readdir(madeIn)).toEqual([]);
});

test("there are so many at most, and none where no other node would know them", async () => {
  const book = await openPersonas({ madeIn: join(folder, "made") });
  for (let i = 0; i < 50; i++) expect(await book.add("ann", named(`p${i}`))).toBe("added");
  expect(await book.add("ann", named("more"))).toBe("full");
  expect(await book.add("ann", named("p7", { name: "New" }))).toBe("added");
  expect(await (await openPersonas({})).add("ann", named("mine"))).toBe("fixed");
});

test("what cannot be written is not there", async () => {
  await writeFile(join(folder, "made"), "no folder");
  const book = await openPersonas({ madeIn: join(folder, "other") });
  const file = `${hashSecret("ann")}.mine.json`;
  await mkdir(join(folder, "other", file, "in-the-way"), { recursive: true });
  await expect(book.add("ann", named("mine"))).rejects.toThrow();
  expect(book.find("mine", "ann")).toBeUndefined();
});

test("a socket is refused another user's persona as one that is not there", async () => {
  const dataDir = testDataDir();
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const book = await openPersonas({ madeIn: join(dataDir, "personas") });
  await book.add("ann", named("mine"));
  const engines = { TRANSCRIBER: "scripted", REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
  const around = { clock: systemClock, log: openLog("silent") };
  const composition = await compose(readConfig({ DATA_DIR: dataDir, ...engines }), around);
  try {
    expect(composition.findPersona("mine", "ann")).toBe("mine");
    expect(composition.findPersona("mine", "bob")).toBeUndefined();
    expect(composition.refusal("mine", { id: "ann" })).toBeUndefined();
    expect(composition.refusal("mine", { id: "bob" })).toMatchObject({
      code: "MODEL_NOT_FOUND",
      status: 404,
    });
  } finally {
    await composition.close();
  }
});
