/** Readings that end early, hold an um or begin again, the whole way: recordings through a server and its recogniser. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../../src/client/cli/main.ts";
import type { TalkResult } from "../../src/client/cli/outcome.ts";
import { testDatabase } from "../support/test-database.ts";
import { type Served, serve } from "../web/serve.ts";

let folder = "";
let server: Served | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kuku-disfluent-"));
  server = await serve(folder, { DATABASE_URL: await testDatabase() });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const fox = "The quick brown fox jumps over the lazy dog.";

async function read(name: string): Promise<TalkResult> {
  const file = fileURLToPath(new URL(`../fixtures/speech/${name}.wav`, import.meta.url));
  let last = "";
  const out = {
    write(line: string) {
      last = line;
    },
  };
  const url = server?.socketUrl ?? "";
  const drill = ["--drill", "sentence", "--text", fox];
  await main(["talk", file, "--json", "--fast", "--timeout", "100", "--url", url, ...drill], {
    out,
    error: out,
  });
  return JSON.parse(last) as TalkResult;
}

const exempt = ({ words = [] }: TalkResult) =>
  words.flatMap((word) => (word.exempt ? [`${word.expected ?? word.heard}: ${word.exempt}`] : []));

test("[DR23] half a reading: told as such, the rest is no slip", async () => {
  const result = await read("fox-half-slt");
  expect(result.outcome).toBe("slipped");
  expect(exempt(result)).toEqual(["over: unread", "the: unread", "lazy: unread", "dog: unread"]);
  expect(result.reply).toContain('You stopped after "jumps"');
  expect(result.reply).not.toContain("I didn't hear");
});

test.each([
  ["fox-um-slt", "an um", ["um: filled_pause"]],
  ["fox-again-slt", "words said again", ["brown: repetition", "fox: repetition"]],
])("[DR22] %s: %s within a reading is named, and no slip", async (name, _, named) => {
  const result = await read(name);
  expect(result.outcome).toBe("read_well");
  expect(exempt(result)).toEqual(named);
});
