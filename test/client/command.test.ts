import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { readArguments } from "../../src/client/cli/arguments.ts";
import { drawLive, drawMeter, drawWords } from "../../src/client/cli/drawing.ts";
import { main } from "../../src/client/cli/main.ts";
import { paint } from "../../src/client/cli/terminal.ts";
import { noTurns } from "../../src/client/turns.ts";
import { readWav } from "../../src/client/wav.ts";
import { replyTone, scriptedCoach, words } from "./scripted-coach.ts";

const closing: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/speech/${name}`, import.meta.url));

/** Runs the command in this process. */
async function kuku(...argv: string[]) {
  let out = "";
  let error = "";
  const code = await main(argv, {
    out: {
      write(text) {
        out += text;
      },
    },
    error: {
      write(text) {
        error += text;
      },
    },
  });
  return { code, out, error };
}

describe("the command kuku", () => {
  test("its bin says what it can do", async () => {
    const child = spawn(process.execPath, [
      fileURLToPath(new URL("../../bin/kuku.js", import.meta.url)),
      "--help",
    ]);
    let out = "";
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString();
    });
    const [code] = await once(child, "close");
    expect(code).toBe(0);
    expect(out).toMatch(/^kuku talk FILE\.wav/);
    for (const flag of [
      "--url",
      "--persona",
      "--text",
      "--drill",
      "--level",
      "--focus",
      "--language",
      "--out",
      "--fast",
      "--json",
      "--insecure",
    ])
      expect(out).toContain(flag);
  });

  test.each([
    [[], /say what to do/],
    [["sing"], /no command "sing"/],
    [["talk"], /which recording/],
    [["talk", "a.wav", "b.wav"], /one too many/],
    [["talk", "a.wav", "--loud"], /--loud/],
    [["talk", "a.wav", "--url", "ftp://x"], /no http:, https:, ws: or wss: address/],
    [["talk", "a.wav", "--turns", "never"], /none of server, semantic, push/],
    [["talk", "a.wav", "--timeout", "soon"], /no number of seconds/],
    [["talk", "a.wav", "--text", " "], /--text: nothing in " " can be read aloud/],
    [["talk", "a.wav", "--text", "🙂🙂"], /--text: nothing in "🙂🙂" can be read aloud/],
    [["talk", "a.wav", "--drill", "song"], /none of sentence, pairs, pacing/],
    [["talk", "a.wav", "--level", "4"], /none of 1, 2, 3/],
    [["talk", "a.wav", "--focus", ""], /the sound is empty/],
    [["talk", "a.wav", "--drill", "pairs", "--text", "ship"], /the drill's own list/],
    [["talk", "a.wav", "--level", "2", "--text", "Hi."], /no --level and no --focus/],
    [["talk", "nowhere.wav"], /there is no such file/],
    [["talk", fixture("not-audio.wav")], /not a WAV file/],
  ])("%j is wrong usage, and it says how", async (argv, message) => {
    const { code, error, out } = await kuku(...argv);
    expect(code).toBe(2);
    expect(error).toMatch(message);
    expect(out).toBe("");
  });

  test("a sentence to read means the reader; otherwise the conversation is the default", () => {
    expect(readArguments(["talk", "a.wav", "--text", "Hi."])).toMatchObject({ persona: "reader" });
    expect(readArguments(["talk", "a.wav"])).toMatchObject({ persona: "kuku", greeting: true });
    expect(readArguments(["talk", "a.wav", "--no-greeting"])).toMatchObject({ greeting: false });
  });

  test("where no server answers the exit code is 1 and the last JSON line says so", async () => {
    const server = await scriptedCoach();
    await server.close();
    const { code, out } = await kuku("talk", fixture("fox-slt.wav"), "--json", "--url", server.url);
    expect(code).toBe(1);
    expect(JSON.parse(out.trim().split("\n").at(-1) as string)).toMatchObject({
      type: "result",
      ok: false,
      error: { code: "no_server" },
    });
  });

  test("--json prints one object a line, the last one the result; --out keeps the reply", async () => {
    const server = await scriptedCoach();
    const folder = await mkdtemp(join(tmpdir(), "kuku-test-"));
    closing.push(server.close, () => rm(folder, { recursive: true }));
    const out = join(folder, "reply.wav");
    const argv = ["talk", fixture("mhm-slt.wav"), "--fast", "--out", out, "--url", server.url];
    const told = await kuku(...argv, "--json");
    expect(told.code).toBe(0);
    const lines = told.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string });
    expect(new Set(lines.slice(0, -1).map((line) => line.type))).toEqual(new Set(["event", "audio"]));
    expect(lines.at(-1)).toMatchObject({ type: "result", ok: true, transcript: "the box" });
    expect(readWav(await readFile(out))).toEqual({ pcm: replyTone, rate: 24_000 });
  });

  test("a person reads words, verdicts and latencies, without escape codes where it is no terminal", async () => {
    const server = await scriptedCoach();
    closing.push(server.close);
    const { code, out } = await kuku("talk", fixture("mhm-slt.wav"), "--fast", "--url", server.url);
    expect(code).toBe(0);
    expect(out).toContain("speech started");
    expect(out).toContain("fox (heard “box”)");
    expect(out).toContain("lazy (left out)");
    expect(out).toContain("33 % right");
    expect(out).toMatch(/end of speech → first reply audio: -?\d+ ms/);
    expect(out).not.toContain("\u001b");
  });
});

test("a person reads the drill's result, the help, the question and the report", async () => {
  const task = { kind: "pacing", unit: "words_per_minute", value: 120, tolerance: 20 };
  const pace = { measured: 98, verdict: "below" };
  const drill = { type: "coach.drill", sentence: "The lazy fox", outcome: "slipped", task, pace, words };
  const care = { type: "coach.care", kind: "self_harm", line: { name: "Samaritans", number: "116 123" } };
  const tells = [drill, care, { type: "coach.wrap_up", state: "confirmed" }];
  const reports = { text: "ACTION PLAN:\n1. Sleep", insights: [], actions: [], quotes: [] };
  const server = await scriptedCoach({ tells, reports });
  closing.push(server.close);
  const { code, out } = await kuku("talk", fixture("mhm-slt.wav"), "--fast", "--url", server.url);
  expect(code).toBe(0);
  expect(out).toContain("Read it at 120 words a minute (± 20): The lazy fox");
  expect(out).toContain("98 words a minute: slower than asked (120 ± 20).");
  expect(out).toMatch(/Someone to talk to\n.*people who listen[\s\S]*Samaritans: 116 123/);
  expect(out).toMatch(/the conversation ends[\s\S]*Report\nACTION PLAN:\n1\. Sleep/);
});

test("the meter is empty at −60 dBFS and full at 0", () => {
  expect([-60, -30, 0].map((level) => drawMeter(level, 4))).toEqual(["░░░░", "██░░", "████"]);
});

test("the live line never outgrows the terminal, however much was said", () => {
  const utterance = { itemId: "i", state: "speaking", text: "word ".repeat(60), understood: true } as const;
  const line = drawLive(-20, 1_234, { ...noTurns, turns: [{ utterance }] }, paint(false), 80);
  expect(line.length).toBeLessThanOrEqual(80);
  expect(line).toMatch(/….*word $/);
});

test("a word's verdict is told by colour, sign and text alike", () => {
  const word = { verdict: "substituted", expected: "fox", heard: "box" } as const;
  expect(drawWords([word], paint(true))).toBe("\u001b[31m≠ fox (heard “box”)\u001b[0m");
  expect(drawWords([{ verdict: "correct", expected: "dog" }], paint(false))).toBe("✓ dog");
});
