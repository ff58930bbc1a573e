/** A folder with a tiny model of each kind, for the tests of local engines. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InstalledModel, listModels } from "../../../src/providers/local/models/installed-models.ts";
import { writeStreamingRecogniser, writeVoice, writeWholeRecogniser } from "./tiny-models.ts";

export interface TinyModels {
  readonly folder: string;
  /** A model by its name: `streaming`, `whole`, `voice` (two speakers). */
  find(name: string): Promise<InstalledModel>;
  remove(): void;
}

export function tinyModels(): TinyModels {
  const folder = mkdtempSync(join(tmpdir(), "kuku-models-"));
  writeStreamingRecogniser(join(folder, "streaming"));
  writeWholeRecogniser(join(folder, "whole"));
  writeVoice(join(folder, "voice"), { speakers: 2 });
  return {
    folder,
    async find(name) {
      const { models, refused } = await listModels(folder);
      const model = models.find((each) => each.name === name);
      if (!model) throw new Error(`there is no model ${name}; refused: ${JSON.stringify(refused)}`);
      return model;
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
