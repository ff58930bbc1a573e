/**
 * How well the embedded ears judge readings: sentences with one known error or none, spoken by synthetic voices, judged
 * word by word. `npm run eval:reader -- [--half judging|tuning|both] [--voices espeak|flite|all] [--every 1] [--no-pairs] [--show]`.
 * Goals: precision at least 90 %, recall at least 80 %. Nothing is downloaded; without Debian's `flite` its four voices
 * are left out.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Transcriber, Transcript } from "../../src/pipeline/ports.ts";
import { openEmbeddedSynthesizer } from "../../src/providers/embedded/synthesizer.ts";
import { openEmbeddedTranscriber } from "../../src/providers/embedded/transcriber.ts";
import { hear } from "./hearing.ts";
import { confusionTable, type Mark, markReading, rates, rateTable } from "./marking.ts";
import { judgePairs, pairTable } from "./pairs.ts";
import { errors, type PlannedReading, planReading } from "./readings.ts";
import { type Sentence, sentences } from "./sentences.ts";
import { espeakVoices, fliteVoices, frenchVoices, type Voice } from "./voices.ts";

const { values: flags } = parseArgs({
  options: {
    half: { type: "string", default: "judging" },
    voices: { type: "string", default: "all" },
    every: { type: "string", default: "1" },
    pairs: { type: "boolean", default: true },
    show: { type: "boolean", default: false },
  },
  allowNegative: true,
});
const goals = { precision: 0.9, recall: 0.8 };

function show(voice: Voice, { sentence, said, kind }: PlannedReading, { reading }: Transcript): void {
  const told = reading?.words.map(({ verdict, expected, heard }) =>
    verdict === "correct" ? expected : `[${verdict} ${expected ?? ""}→${heard ?? "?"}]`,
  );
  process.stderr.write(
    `${voice.name}, ${kind}\n  text: ${sentence.text}\n  said: ${said}\n  told: ${told?.join(" ") ?? "–"}\n`,
  );
}

/** Judges every reading of a half, two at a time; by voice. */
async function judge(
  transcriber: Transcriber,
  voices: readonly Voice[],
  half: Sentence["half"],
): Promise<Map<string, Mark[]>> {
  const every = Math.max(1, Number(flags.every));
  const marks = new Map<string, Mark[]>(voices.map(({ name }) => [name, []]));
  const tasks = sentences.flatMap((sentence, index) =>
    sentence.half === half && index % every === 0
      ? voices.map((voice, at) => ({ voice, plan: planReading(sentence, index, at % 4) }))
      : [],
  );
  const work = async () => {
    for (let task = tasks.shift(); task; task = tasks.shift()) {
      const { voice, plan } = task;
      const transcript = await hear(transcriber, await voice.speak(plan.said), {
        expectation: { kind: "reading", text: plan.sentence.text },
        language: "en-US",
      });
      const mark = markReading(plan, transcript.understood ? transcript.reading?.words : undefined);
      marks.get(voice.name)?.push(mark);
      const right = mark.falseFlags === 0 && (mark.kind === "none") === (mark.told === "unnoticed");
      if (flags.show && !right) show(voice, plan, transcript);
    }
  };
  await Promise.all([work(), work()]);
  return marks;
}

const synthesizer = await openEmbeddedSynthesizer({ threads: 1 });
const transcriber = await openEmbeddedTranscriber({ threads: Math.min(2, availableParallelism()) });
const families = { espeak: espeakVoices(synthesizer), flite: fliteVoices() };
let missed = false;
for (const half of ["tuning", "judging"] as const) {
  if (flags.half !== "both" && flags.half !== half) continue;
  for (const [family, voices] of Object.entries(families)) {
    if (voices.length === 0 || (flags.voices !== "all" && flags.voices !== family)) continue;
    const marks = await judge(transcriber, voices, half);
    const all = [...marks.values()].flat();
    const { precision, recall } = rates(all);
    missed ||= !(precision >= goals.precision && recall >= goals.recall);
    process.stdout.write(
      `\n## ${family}, ${half} half: ${all.length} readings\n\n${confusionTable(all, errors)}\n\n` +
        `${rateTable(new Map([...marks, ["all", all]]))}\n`,
    );
  }
}
if (flags.pairs) {
  for (const [family, voices] of Object.entries(families)) {
    if (voices.length === 0 || (flags.voices !== "all" && flags.voices !== family)) continue;
    const marks = await judgePairs(transcriber, voices, "en-US");
    process.stdout.write(`\n## ${family}, minimal pairs, en-US\n\n${pairTable(marks)}\n`);
  }
  const marks = await judgePairs(transcriber, frenchVoices(synthesizer), "fr-FR");
  process.stdout.write(`\n## espeak, minimal pairs, fr-FR\n\n${pairTable(marks)}\n`);
}
process.stdout.write(
  `\nGoals: precision ${100 * goals.precision} %, recall ${100 * goals.recall} %: ${missed ? "missed" : "met"}.\n`,
);
await Promise.all([synthesizer.close(), transcriber.close()]);
process.exitCode = missed ? 1 : 0;
