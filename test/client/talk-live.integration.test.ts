/** `kuku talk` the whole way: recordings through the real server and its offline engines, verdicts and exit codes back. */
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { main } from "../../src/client/cli/main.ts";
import type { TalkResult } from "../../src/client/cli/outcome.ts";
import { readWav, writeWav } from "../../src/pipeline/audio/wav.ts";
import { reservePort } from "../support/reserve-port.ts";
import { testDataDir } from "../support/test-database.ts";
import { type Served, serve } from "../web/serve.ts";
import { openTalkServer, recording } from "./talk-server.ts";

const server = openTalkServer();
/** Speaks a fixture, or the file at a path. */
const speak = (name: string, ...flags: string[]) =>
  server.speak(isAbsolute(name) ? name : recording(name), ...flags);
const fox = ["--text", "The quick brown fox jumps over the lazy dog."];

describe("kuku talk, with the offline engines", () => {
  test("[LM10] it says at its start which ears and voice the server has, and how they get better", async () => {
    let told = "";
    const write = (text: string) => {
      told += text;
    };
    const url = server.socketUrl;
    const terminal = { out: { write }, error: { write } };
    await main(
      ["talk", recording("fox-slt.wav"), "--fast", "--timeout", "400", "--url", url, ...fox],
      terminal,
    );
    expect(told.split("\n").slice(0, 3)).toEqual([
      expect.stringMatching(/^ears: soundswallower \(inside the server\), voice: \S+ \(inside the server\)$/),
      "for better ears: npm run kuku -- models add zipformer-en-20M",
      "for a better voice: npm run kuku -- models add kitten",
    ]);
  });

  test("a clean reading is right word by word, and is answered by voice", async () => {
    const result = await speak("fox-slt.wav", ...fox);
    expect(result.code).toBe(0);
    expect(result.words?.map((word) => word.verdict)).toEqual(Array(9).fill("correct"));
    expect(result).toMatchObject({ accuracy: 1, outcome: "read_well", understood: true, turns: 1 });
    expect(result.reply).not.toBe("");
    expect(result.reply_audio_ms).toBeGreaterThan(500);
  });

  test("three words read wrong are the three that are named, with what was heard", async () => {
    const { words, code } = await speak("fox-misread-slt.wav", ...fox);
    expect(code).toBe(0);
    expect(words?.filter((word) => word.verdict !== "correct")).toMatchObject([
      { verdict: "substituted", expected: "fox", heard: "box" },
      { verdict: "substituted", expected: "lazy", heard: "crazy" },
      { verdict: "substituted", expected: "dog", heard: "log" },
    ]);
  });

  test("[DR17] a reading in noise: the coach says so and asks again, and no word is called wrong", async () => {
    const { rate, pcm } = readWav(readFileSync(recording("fox-misread-slt.wav")));
    const noise = readWav(readFileSync(recording("noise-pink-3s.wav"))).pcm;
    const rms = (of: Int16Array) => Math.sqrt(of.reduce((sum, v) => sum + v * v, 0) / of.length);
    const gain = (0.6 * rms(pcm)) / rms(noise);
    const noisy = Int16Array.from(pcm, (v, i) => v + gain * (noise[i % noise.length] as number));
    const file = join(server.folder, "noisy.wav");
    await writeFile(file, writeWav({ rate, pcm: noisy }));
    const result = await speak(file, ...fox, "--turns", "push");
    expect(result).toMatchObject({ code: 0, outcome: "not_heard", unjudgeable: "noise", turns: 1 });
    expect(result.words).toBeUndefined();
    expect(result.reply).toMatch(/too noisy.*lazy dog\.$/);
  });

  test("push to talk gives the same verdicts", async () => {
    const { words } = await speak("fox-omitted-rms.wav", ...fox, "--turns", "push");
    expect(words?.filter((word) => word.verdict !== "correct")).toMatchObject([
      { verdict: "omitted", expected: "brown" },
      { verdict: "omitted", expected: "lazy" },
    ]);
  });

  test("a word of a pair is heard as the one it was, whichever was asked for", async () => {
    const pair = ["--drill", "pairs", "--focus", "r/l"];
    const right = await speak("rice-slt.wav", ...pair);
    expect(right).toMatchObject({ code: 0, sentence: "rice", outcome: "read_well", pair: { heard: "rice" } });
    const slip = await speak("lice-slt.wav", ...pair);
    expect(slip).toMatchObject({ code: 0, outcome: "slipped", pair: { heard: "lice", said: 1, right: 0 } });
    expect(slip.task).toEqual({ kind: "minimal_pairs", words: ["rice", "lice"] });
  });

  test("a pace is measured against what was asked for", async () => {
    const read = await speak("fox-slt.wav", "--drill", "pacing", ...fox);
    expect(read.task).toMatchObject({ kind: "pacing", unit: "words_per_minute", value: 130 });
    // 2.97 s for nine words, a little silence included.
    expect(read.pace?.verdict).toBe("above");
    expect(read.pace?.measured).toBeGreaterThan(165);
    expect(read.pace?.measured).toBeLessThan(230);
  });

  test("a server killed in the middle of the sentence and started again hears all of it; stderr says so", async () => {
    const mine = testDataDir();
    // A machine under load takes its time to start a server.
    const PORT = String(await reservePort());
    const env = { PORT, REPLY_MODEL: "scripted", SYNTHESIZER: "scripted", RESUME_GRACE_SECONDS: "600" };
    const first = await serve(mine, env);
    let restarting: Promise<Served> | undefined;
    const again = async () => {
      await first.stop();
      return serve(mine, env);
    };
    let last = "";
    let said = "";
    const out = {
      write(line: string) {
        last = line;
        if (line.includes("speech_started")) restarting ??= again();
      },
    };
    const error = {
      write(line: string) {
        said += line;
      },
    };
    const file = fileURLToPath(new URL("../fixtures/speech/fox-slt.wav", import.meta.url));
    try {
      // In real time: at four times that, a minute of audio is kept for a server that is away 15 s at most.
      const code = await main(
        ["talk", file, "--json", "--timeout", "400", "--url", first.socketUrl, ...fox],
        { out, error },
      );
      const { words, turns, reply } = JSON.parse(last) as TalkResult;
      expect(said).toBe("kuku: the connection was lost; reconnecting\nkuku: connected again; going on\n");
      expect(code).toBe(0);
      expect(words?.map((word) => word.verdict)).toEqual(Array(9).fill("correct"));
      expect([turns, reply]).toEqual([1, "This is a scripted reply: I answer the same to everything."]);
    } finally {
      await first.stop();
      await (await restarting)?.stop();
      await rm(mine, { recursive: true, force: true });
    }
  });

  test("[FS1] free speech is written down and answered", async () => {
    const result = await speak("goal-rms.wav");
    expect(result).toMatchObject({ code: 0, ok: true, understood: true });
    expect(result.transcript).toContain("end of");
    expect(result.reply).not.toBe("");
  });

  test("silence is no turn: exit code 1, and it says so", async () => {
    expect(await speak("silence-3s.wav", "--timeout", "30")).toMatchObject({
      code: 1,
      ok: false,
      error: { code: "no_speech" },
    });
  });

  test("a persona that is not there is refused in the server's words", async () => {
    const result = await speak("fox-slt.wav", "--persona", "nobody");
    expect(result).toMatchObject({ code: 1, error: { code: "refused" } });
    expect(result.error?.message).toMatch(/nobody/);
  });
});
