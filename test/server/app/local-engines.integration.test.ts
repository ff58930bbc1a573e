import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { readWav, writeWav } from "../../../src/pipeline/audio/wav.ts";
import { openEngines } from "../../../src/server/app/engines/open-engines.ts";
import { ConfigError, readConfig } from "../../../src/server/config/config.ts";
import { openLog } from "../../../src/server/logging/log.ts";
import { collect } from "../../collect.ts";
import { toneSpeech } from "../../providers/local/tone-speech.ts";
import { ask, audioForm, begin, fixture, startRest } from "../../support/rest.ts";
import { writeWholeRecogniser } from "../../support/tiny-models/tiny-models.ts";
import { tinyModels } from "../../support/tiny-models/tiny-models-folder.ts";
import { writePunctuation } from "../../support/tiny-models/tiny-punctuation.ts";

const models = tinyModels();
afterAll(() => models.remove());
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface LogLine {
  readonly msg: string;
  readonly engine?: string;
  readonly memoryMb?: number;
}

/** Opens the engines of these settings, the models being the tiny ones; with what was logged. */
async function open(settings: Record<string, string>) {
  const lines: string[] = [];
  const log = openLog("info", { write: (line: string) => void lines.push(line) });
  const { providers } = readConfig({ MODELS_DIR: models.folder, ...settings });
  const engines = await openEngines(providers, { clock: manualClock(), log, cores: 1 });
  closers.push(() => engines.close());
  return { engines, logged: lines.map((line) => JSON.parse(line) as LogLine) };
}

const signal = new AbortController().signal;

test("[LM6] TRANSCRIBER=local and SYNTHESIZER=local talk with the models that are there, and tell their memory", async () => {
  const { engines, logged } = await open({ TRANSCRIBER: "local", SYNTHESIZER: "local" });
  expect(engines.transcriber.name).toBe("local/streaming");
  expect(engines.synthesizer.name).toBe("local/voice");
  const told = logged.filter((line) => line.msg === "local model loaded");
  expect(told.map((line) => line.engine).sort()).toEqual(["local/streaming", "local/voice"]);
  for (const line of told) expect(line.memoryMb).toBeGreaterThan(10);
  const call = { voice: "default", speed: 1, language: "en-US", rate: 24_000, signal };
  async function* audio() {
    for await (const { pcm } of engines.synthesizer.synthesize("hhh   lll", call)) yield pcm;
  }
  const heard = await collect(
    engines.transcriber.transcribe(audio(), { rate: 24_000, language: "en-US", signal }),
  );
  expect(heard.at(-1)).toMatchObject({ type: "final", transcript: { text: "high low" } });
});

test("[LM8] a model of punctuation among the models is used by TRANSCRIBER=local, and told", async () => {
  writePunctuation(join(models.folder, "marks"));
  try {
    const { engines, logged } = await open({ TRANSCRIBER: "local", SYNTHESIZER: "scripted" });
    expect(logged).toContainEqual(
      expect.objectContaining({
        msg: "local model loaded",
        engine: "local/streaming",
        punctuation: ["marks"],
      }),
    );
    async function* audio() {
      yield toneSpeech(["low", "mid"], 24_000);
    }
    const heard = await collect(
      engines.transcriber.transcribe(audio(), { rate: 24_000, language: "en-US", signal }),
    );
    expect(heard.at(-1)).toMatchObject({ type: "final", transcript: { text: "Low mid." } });
  } finally {
    rmSync(join(models.folder, "marks"), { recursive: true });
  }
});

test("[LM1] an upload goes the whole way: heard by the model of whole utterances, punctuated, answered by the local voice", async () => {
  writePunctuation(join(models.folder, "marks"));
  const { engines } = await open({ TRANSCRIBER: "local", SYNTHESIZER: "local", REPLY_MODEL: "scripted" });
  const rest = await startRest({ engines });
  try {
    const id = await begin(rest.server);
    // Tones alone are no speech, which the server refuses.
    const { pcm, rate } = readWav(fixture("speech/fox-slt.wav"));
    const spoken = joinPcm([pcm, toneSpeech(["low", "high", "mid"], rate)]);
    const form = audioForm(writeWav({ pcm: spoken, rate }), "tones.wav");
    const answered = await ask(rest.server, `POST /api/sessions/${id}/messages`, { form });
    expect(answered.status).toBe(200);
    const { messages } = (await ask(rest.server, `GET /api/sessions/${id}/messages`)).body.data;
    expect(messages).toContainEqual(
      expect.objectContaining({ sender: "user", text: expect.stringMatching(/low high, mid\.$/i) }),
    );
    expect(messages).toContainEqual(
      expect.objectContaining({ sender: "ai", audioUrl: expect.stringMatching(/./) }),
    );
  } finally {
    await rest.close();
    rmSync(join(models.folder, "marks"), { recursive: true });
  }
});

test("[LM6] STT_MODEL names one of the models", async () => {
  const { engines } = await open({ TRANSCRIBER: "local", STT_MODEL: "whole", SYNTHESIZER: "scripted" });
  expect(engines.transcriber.name).toBe("local/whole");
});

test("[LM6] local stands in for a server that fails", async () => {
  const { engines } = await open({
    TRANSCRIBER: "openai",
    STT_BASE_URL: "http://127.0.0.1:1/v1",
    STT_MODEL: "whisper",
    STT_FALLBACK: "local",
    SYNTHESIZER: "scripted",
  });
  async function* audio() {
    yield toneSpeech(["mid"], 24_000);
  }
  const heard = await collect(
    engines.transcriber.transcribe(audio(), { rate: 24_000, language: "en-US", signal }),
  );
  expect(heard.at(-1)).toMatchObject({ type: "final", transcript: { text: "mid" } });
});

test("[LM6] a start without a model is refused, and says where it looked and what cannot be used", async () => {
  writeWholeRecogniser(join(models.folder, "half"));
  rmSync(join(models.folder, "half", "tokens.txt"));
  const opening = open({ TRANSCRIBER: "local", STT_MODEL: "parakeet" });
  await expect(opening).rejects.toBeInstanceOf(ConfigError);
  await expect(opening).rejects.toThrow(
    `TRANSCRIBER: local finds no model parakeet for ears in ${models.folder}; half cannot be used: it has no tokens.txt; kuku models list shows which can be fetched`,
  );
});

test("[LM6] a start with a file that was changed since it was first seen is refused, and names it", async () => {
  writeWholeRecogniser(join(models.folder, "changed"));
  const settings = { TRANSCRIBER: "local", STT_MODEL: "changed", SYNTHESIZER: "scripted" };
  await open(settings);
  await open(settings);
  writeFileSync(join(models.folder, "changed", "tokens.txt"), "other 0\n");
  await expect(open(settings)).rejects.toThrow(
    "TRANSCRIBER: the model changed: tokens.txt is not what it was: its checksum differs from the one recorded",
  );
});

test("[LM6] a start with a model that the runtime ends over is refused with the runtime's reason", async () => {
  writeWholeRecogniser(join(models.folder, "broken"));
  writeFileSync(join(models.folder, "broken", "tokens.txt"), "nothing like tokens\n");
  await expect(open({ TRANSCRIBER: "local", STT_MODEL: "broken", SYNTHESIZER: "scripted" })).rejects.toThrow(
    /^TRANSCRIBER: the local engine cannot be opened: the model broken: \S+/,
  );
});

test("[LM6] without a local engine nothing of the runtime is loaded", async () => {
  await open({ TRANSCRIBER: "scripted", SYNTHESIZER: "scripted" });
  const { sharedObjects } = process.report.getReport() as unknown as {
    readonly sharedObjects: readonly string[];
  };
  expect(sharedObjects.filter((path) => path.includes("sherpa"))).toEqual([]);
});
