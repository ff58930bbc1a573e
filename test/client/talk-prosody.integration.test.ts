/** The prosody drill the whole way: recordings with a known melody through a server, its recogniser and its meter. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { main } from "../../src/client/cli/main.ts";
import type { TalkResult } from "../../src/client/cli/outcome.ts";
import { testDatabase } from "../support/test-database.ts";
import { type Served, serve } from "../web/serve.ts";

let folder = "";
let server: Served | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kuku-prosody-"));
  server = await serve(folder, { DATABASE_URL: await testDatabase() });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function speak(name: string, focus: string): Promise<TalkResult> {
  const file = fileURLToPath(new URL(`../fixtures/speech/prosody/${name}.wav`, import.meta.url));
  let last = "";
  const out = {
    write(line: string) {
      last = line;
    },
  };
  const drill = ["--drill", "prosody", "--focus", focus];
  const url = server?.socketUrl ?? "";
  await main(["talk", file, "--json", "--fast", "--timeout", "100", "--url", url, ...drill], {
    out,
    error: out,
  });
  return JSON.parse(last) as TalkResult;
}

describe("[DR19] [DR20] recordings with a known melody, through the socket", () => {
  test.each([
    ["import-second", "stress", { syllable: 1 }, "The stress was on the second syllable, as it should be."],
    ["emphasis-he", "emphasis", { word: 3 }, '"he" had the weight.'],
    ["river-rise", "contour", { shape: "rise" }, "Your voice rose at the end, as asked."],
  ])("%s is as asked", async (name, focus, heard, says) => {
    const result = await speak(name, focus);
    expect(result).toMatchObject({
      outcome: "read_well",
      task: { kind: "prosody", aspect: focus },
      prosody: { verdict: "as_asked", ...heard },
    });
    expect(result.reply).toContain(says);
    expect(result.prosody?.end_ms).toBeGreaterThan(result.prosody?.start_ms as number);
  });

  test.each([
    ["import-first", "stress", { syllable: 0 }, "on the first syllable; it belongs on the second. One thing"],
    ["emphasis-stole", "emphasis", { word: 4 }, '"stole" had more weight than "he". One thing'],
    ["river-fall", "contour", { shape: "fall" }, "Your voice fell at the end. One thing to try"],
  ])("%s is not, and is asked for again", async (name, focus, heard, says) => {
    const result = await speak(name, focus);
    expect(result).toMatchObject({ outcome: "slipped", prosody: { verdict: "otherwise", ...heard } });
    expect(result.reply).toContain(says);
    expect(result.reply.endsWith(result.sentence as string)).toBe(true);
  });
});
