/**
 * What the local engines cost beside a model: `npm run bench:local -- [--talkers 1,5,20]` measures the tiny models of the tests,
 * whose own work is next to nothing, as `kuku models bench` measures real ones.
 */

import { join } from "node:path";
import { holdProcess } from "../src/lib/clock.ts";
import { runModels } from "../src/server/app/models-cli.ts";
import { toneSpeech } from "../test/providers/local/tone-speech.ts";
import { tinyModels } from "../test/support/tiny-models/tiny-models-folder.ts";
import { writePunctuation } from "../test/support/tiny-models/tiny-punctuation.ts";

const rate = 24_000;
const said = (["low", "high", "mid"] as const).flatMap((tone, _, tones) => [tone, ...tones]);

const releaseProcess = holdProcess();
const models = tinyModels();
try {
  writePunctuation(join(models.folder, "punctuation"));
  const speech = { pcm: toneSpeech(said, rate), rate };
  const terminal = { out: process.stdout, error: process.stderr };
  const words = ["bench", ...process.argv.slice(2)];
  process.exitCode = await runModels(words, terminal, { MODELS_DIR: models.folder }, { speech });
} finally {
  models.remove();
  releaseProcess();
}
