/** Texts with figures and signs in them, the whole way: read aloud into the real server, judged by its offline ears. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { main } from "../../src/client/cli/main.ts";
import type { TalkResult } from "../../src/client/cli/outcome.ts";
import { testDatabase } from "../support/test-database.ts";
import { type Served, serve } from "../web/serve.ts";

let folder = "";
let server: Served | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kuku-written-"));
  const engines = { REPLY_MODEL: "scripted", SYNTHESIZER: "scripted" };
  server = await serve(folder, { ...engines, DATABASE_URL: await testDatabase() });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Reads a text with a recording and gives what the client was told. */
async function read(recording: string, text: string): Promise<TalkResult & { code: number }> {
  const file = fileURLToPath(new URL(`../fixtures/speech/${recording}.wav`, import.meta.url));
  let last = "";
  const out = {
    write(line: string) {
      last = line;
    },
  };
  const flags = ["--json", "--fast", "--timeout", "400", "--url", server?.socketUrl ?? "", "--text", text];
  const code = await main(["talk", file, ...flags], { out, error: out });
  return { ...(JSON.parse(last) as TalkResult), code };
}

describe("[DR15] a text that is not written as it is said", () => {
  test.each([
    ["percent-slt", "50% of people agree.", "50% of people agree"],
    ["ampersand-rms", "Bread & butter taste good.", "Bread & butter taste good"],
    ["degrees-rms", "It is 20° outside today.", "It is 20° outside today"],
    ["dollars-slt", "The ticket costs $25.", "The ticket costs $25"],
    ["half-slt", "We walked 2.5 miles.", "We walked 2.5 miles"],
    ["price-rms", "The book costs $25.50 today.", "The book costs $25.50 today"],
    ["phone-rms", "Please call 555-1234 now.", "Please call 555-1234 now"],
    ["year-slt", "She was born in 1984.", "She was born in 1984"],
  ])("%s: %s is read well, and told as it is written", async (recording, text, words) => {
    const result = await read(recording, text);
    expect(result).toMatchObject({ code: 0, outcome: "read_well", accuracy: 1, sentence: text });
    expect(result.words?.map(({ expected }) => expected)).toEqual(words.split(" "));
  });

  test("a slip inside a figure is told of the figure, with what was heard", async () => {
    const { words, outcome } = await read("dollars-misread-rms", "The ticket costs $25.");
    expect(outcome).toBe("slipped");
    expect(words?.filter(({ verdict }) => verdict !== "correct")).toMatchObject([
      { verdict: "substituted", expected: "$25", heard: "thirty five dollars" },
    ]);
  });
});

describe("[DR16] what nobody can read aloud", () => {
  test.each(["   ", "🙂🙂", "%&"])("%j is refused by name, and the drill stays as it was", async (text) => {
    const socket = new WebSocket(`${server?.socketUrl}?model=reader`, ["realtime", "kuku.v1"]);
    const events: { type: string; error?: { param: string; message: string }; session?: object }[] = [];
    const answered = Promise.withResolvers<void>();
    socket.on("message", (data, binary) => {
      if (binary) return;
      events.push(JSON.parse(String(data)));
      if (events.filter(({ type }) => type === "session.updated" || type === "error").length === 2)
        answered.resolve();
    });
    await once(socket, "open");
    const update = (kuku: object) =>
      socket.send(JSON.stringify({ type: "session.update", session: { type: "realtime", kuku } }));
    update({ drill: { text } });
    update({ greet: false });
    await answered.promise;
    socket.close();
    const error = events.find(({ type }) => type === "error")?.error;
    expect(error?.param).toBe("session.kuku.drill.text");
    expect(error?.message).toMatch(/read aloud/);
    expect(events.some(({ type }) => type === "session.updated")).toBe(true);
  });
});
