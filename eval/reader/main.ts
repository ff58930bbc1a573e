/**
 * Evaluates the embedded recogniser's judgement of readings: sentences with one known error or none, spoken by synthetic voices, judged
 * word by word.
 * `npm run eval:reader -- [--half judging|tuning|both|calibration] [--session both|yes|no] [--voices espeak|flite|all] [--every 1] [--no-pairs] [--show]`.
 * Goals: precision at least 90 %, recall at least 80 %. Nothing is downloaded; without Debian's `flite` its four voices
 * are left out.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import type { Transcriber, Transcript } from "../../src/ports/transcriber.ts";
import { openEmbeddedTranscriber } from "../../src/providers/embedded/recogniser/transcriber.ts";
import { openEmbeddedSynthesizer } from "../../src/providers/embedded/voice/synthesizer.ts";
import { calibrationReaders } from "./calibration.ts";
import { transcribe } from "./hearing.ts";
import { confusionTable, type Mark, markReading, rates, rateTable } from "./marking.ts";
import { judgePairs, pairTable } from "./pairs.ts";
import { errors, type PlannedReading, planReading } from "./readings.ts";
import { sentences } from "./sentences.ts";
import { espeakVoices, fliteVoices, frenchVoices, type Voice } from "./voices.ts";

const { values: flags } = parseArgs({
  options: {
    half: { type: "string", default: "judging" },
    voices: { type: "string", default: "all" },
    every: { type: "string", default: "1" },
    session: { type: "string", default: "both" },
    pairs: { type: "boolean", default: true },
    show: { type: "boolean", default: false },
  },
  allowNegative: true,
});
const halves = ["tuning", "judging", "calibration"] as const;
type Half = (typeof halves)[number];
const goals = { precision: 0.9, recall: 0.8 };

function show(voice: Voice, { sentence, said, kind }: PlannedReading, { reading }: Transcript): void {
  const told = reading?.words.map(({ verdict, expected, heard }) =>
    verdict === "correct" ? expected : `[${verdict} ${expected ?? ""}→${heard ?? "?"}]`,
  );
  process.stderr.write(
    `${voice.name}, ${kind}\n  text: ${sentence.text}\n  said: ${said}\n  told: ${told?.join(" ") ?? "–"}\n`,
  );
}

interface Reader {
  readonly voice: Voice;
  readonly readings: readonly PlannedReading[];
}

/** Who reads what, in the order of the sentences. */
function readersOf(half: Half, voices: readonly Voice[]): Reader[] {
  const every = Math.max(1, Number(flags.every));
  if (half === "calibration") return calibrationReaders(every);
  return voices.map((voice, at) => ({
    voice,
    readings: sentences.flatMap((sentence, index) =>
      sentence.half === half && index % every === 0 ? [planReading(sentence, index, at % 4)] : [],
    ),
  }));
}

/**
 * Judges every reading, two voices at a time; by voice. In a `session` each voice is one speaker, whose readings are
 * judged knowing those before; else every reading is a stranger's.
 */
async function judge(
  transcriber: Transcriber,
  readers: readonly Reader[],
  session: boolean,
): Promise<Map<string, Mark[]>> {
  const marks = new Map<string, Mark[]>();
  const waiting = [...readers];
  const work = async () => {
    for (let reader = waiting.shift(); reader; reader = waiting.shift()) {
      const { voice, readings } = reader;
      const speaker = session ? { speaker: {} } : {};
      const own = marks.get(voice.name) ?? [];
      marks.set(voice.name, own);
      for (const plan of readings) {
        const transcript = await transcribe(transcriber, await voice.speak(plan.said), {
          expectation: { kind: "reading", text: plan.sentence.text },
          language: "en-US",
          ...speaker,
        });
        const mark = markReading(plan, transcript.understood ? transcript.reading?.words : undefined);
        own.push(mark);
        const right = mark.falseFlags === 0 && (mark.kind === "none") === (mark.told === "unnoticed");
        if (flags.show && !right) show(voice, plan, transcript);
      }
    }
  };
  await Promise.all([work(), work()]);
  return marks;
}

const synthesizer = await openEmbeddedSynthesizer({ threads: 1 });
const transcriber = await openEmbeddedTranscriber({ threads: Math.min(2, availableParallelism()) });
const families = { espeak: espeakVoices(synthesizer), flite: fliteVoices() };
let missed = false;
for (const half of halves) {
  if (flags.half !== half && (flags.half !== "both" || half === "calibration")) continue;
  for (const [family, voices] of Object.entries(families)) {
    if (voices.length === 0 || (flags.voices !== "all" && flags.voices !== family)) continue;
    if (half === "calibration" && family !== "flite") continue;
    for (const session of [false, true]) {
      if (flags.session !== "both" && (flags.session === "yes") !== session) continue;
      const marks = await judge(transcriber, readersOf(half, voices), session);
      const all = [...marks.values()].flat();
      const { precision, recall } = rates(all);
      missed ||=
        (session || flags.session === "no") && !(precision >= goals.precision && recall >= goals.recall);
      const how = session ? "one session a voice" : "every reading alone";
      process.stdout.write(
        `\n## ${family}, ${half}, ${how}: ${all.length} readings\n\n${confusionTable(all, errors)}\n\n` +
          `${rateTable(new Map([...marks, ["all", all]]))}\n`,
      );
    }
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
