import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { scriptedReplyModel } from "../../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../../src/providers/scripted/synthesizer.ts";
import { scriptedTranscriber } from "../../../../src/providers/scripted/transcriber.ts";
import { enginesInUse } from "../../../../src/server/app/engines/engines-in-use.ts";
import { readConfig } from "../../../../src/server/config/config.ts";
import { tinyModels } from "../../../support/tiny-models/tiny-models-folder.ts";

const models = tinyModels();
afterAll(() => {
  models.remove();
  rmSync(empty, { recursive: true });
});
const empty = mkdtempSync(join(tmpdir(), "kuku-none-"));

const engines = {
  transcriber: scriptedTranscriber(),
  replyModel: scriptedReplyModel(),
  synthesizer: scriptedSynthesizer(),
};
const inUse = (settings: Record<string, string>) => enginesInUse(readConfig(settings).providers, engines);

describe("the engines in use", () => {
  test("[LM10] are told with the place they run at", () => {
    const { transcriber, replyModel, synthesizer } = inUse({
      TRANSCRIBER: "local",
      LLM_BASE_URL: "http://127.0.0.1:1/v1",
      SYNTHESIZER: "scripted",
    });
    expect([transcriber, replyModel, synthesizer].map(({ place }) => place)).toEqual([
      "local",
      "server",
      "scripted",
    ]);
  });

  test("[LM10] embedded ones get better by a start with the models that are there", async () => {
    expect(await inUse({ MODELS_DIR: models.folder }).commands("de-DE")).toEqual([
      { stage: "transcriber", command: "TRANSCRIBER=local npm start" },
      { stage: "synthesizer", command: "SYNTHESIZER=local npm start" },
    ]);
  });

  test("[LM10] embedded ones get better by fetching the first model that is known for the language", async () => {
    expect(await inUse({ MODELS_DIR: empty }).commands("de-DE")).toEqual([
      { stage: "transcriber", command: "npm run kuku -- models add parakeet" },
    ]);
    expect(await inUse({ MODELS_DIR: empty }).commands("ja")).toEqual([]);
  });

  test("[LM10] others are somebody's choice, and no command is told", async () => {
    const chosen = inUse({ MODELS_DIR: empty, TRANSCRIBER: "scripted", SYNTHESIZER: "local" });
    expect(await chosen.commands("en-US")).toEqual([]);
  });
});
