/**
 * Evaluates what the prosody drills tell: sentences said with a known stress, emphasis, end and pauses, and people who read
 * right. `npm run eval:prosody -- [--aspect stress,emphasis,contour,pauses] [--part judging|calibration] [--every 1]
 * [--people FOLDER] [--show]`. Wants Debian's `flite` and `praat`; FOLDER as for `npm run eval:people`.
 * Goals: area under the ROC at least 0.95 for emphasis and ends, 0.9 for stress; at most 5 % of right ones accused.
 */
import { parseArgs } from "node:util";
import { findMaterial } from "../../src/coach/drills/texts.ts";
import type { Transcriber } from "../../src/ports/transcriber.ts";
import { openEmbeddedTranscriber } from "../../src/providers/embedded/recogniser/transcriber.ts";
import { table } from "../reader/marking.ts";
import { howToGet } from "../reader/people/recordings.ts";
import { hear, type Outcome, outcomeOf, type Spoken } from "./hear.ts";
import { endOutcomes, peopleIn, stressOutcomes } from "./people.ts";
import { renderingsOf } from "./plans.ts";
import { type ControlledVoice, espeakVoices, fliteVoices } from "./renderings.ts";

const { values: flags } = parseArgs({
  options: {
    aspect: { type: "string", default: "stress,emphasis,contour,pauses" },
    part: { type: "string", default: "judging" },
    every: { type: "string", default: "1" },
    people: { type: "string" },
    show: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
/** Sentences of each person. */
const ofPerson = 120;

/** Probability that a rendering as asked scores higher than one that is not. */
function areaUnderRoc(right: readonly number[], wrong: readonly number[]): number {
  let wins = 0;
  for (const one of right) for (const other of wrong) wins += one > other ? 1 : one === other ? 0.5 : 0;
  return wins / (right.length * wrong.length);
}

const percent = (part: number, whole: number) =>
  whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} % of ${whole}`;

function rowOf(name: string, outcomes: readonly Outcome[]): string[] {
  const right = outcomes.filter(({ asAsked }) => asAsked);
  const wrong = outcomes.filter(({ asAsked }) => !asAsked);
  const scores = (of: readonly Outcome[]) => of.flatMap(({ score }) => score ?? []);
  const area = areaUnderRoc(scores(right), scores(wrong));
  const accused = (of: readonly Outcome[]) => of.filter(({ verdict }) => verdict === "otherwise").length;
  const told = outcomes.filter(({ verdict }) => verdict !== "unclear");
  const correct = told.filter(({ verdict, asAsked }) => (verdict === "as_asked") === asAsked).length;
  return [
    name,
    Number.isNaN(area) ? "–" : area.toFixed(3),
    percent(accused(right), right.length),
    percent(accused(wrong), wrong.length),
    percent(outcomes.length - told.length, outcomes.length),
    percent(correct, told.length),
  ];
}

/** Every other sentence of the material is of the calibration part, as every other voice is. */
const inPart = (index: number) => (index % 2 === 0) === (flags.part === "calibration");

async function judgeVoices(
  transcriber: Transcriber,
  voices: readonly ControlledVoice[],
  aspect: string,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const sentences = findMaterial("en-US", "prosody")
    .filter(({ focus }) => focus === aspect)
    .filter((_, i) => inPart(i))
    .filter((_, i) => i % Number(flags.every) === 0);
  const listen = (spoken: Spoken) => hear(transcriber, spoken);
  for (const sentence of sentences)
    for (const voice of voices)
      for (const rendering of await renderingsOf(sentence, voice, listen)) {
        const { target, asAsked, text } = rendering;
        const outcome = outcomeOf(target, asAsked, await listen(rendering));
        outcomes.push(outcome);
        if (flags.show && outcome.verdict !== (asAsked ? "as_asked" : "otherwise"))
          process.stderr.write(`${voice.name}, ${text} ${JSON.stringify(outcome)}\n`);
      }
  return outcomes;
}

async function judgePeople(transcriber: Transcriber, folder: string): Promise<string[][]> {
  const rows: string[][] = [];
  for (const { name, readings } of peopleIn(folder, flags.part, ofPerson / Number(flags.every))) {
    const stress: Outcome[] = [];
    const prefixed: Outcome[] = [];
    const ends: Outcome[] = [];
    for await (const reading of readings()) {
      const heard = await hear(transcriber, reading);
      stress.push(...stressOutcomes(heard, false));
      prefixed.push(...stressOutcomes(heard, true));
      ends.push(...endOutcomes(heard));
    }
    rows.push(
      rowOf(`${name}, stress of words`, stress),
      rowOf(`${name}, words like "unlock", "reset"`, prefixed),
      rowOf(`${name}, ends of statements`, ends),
    );
  }
  return rows;
}

if (flags.help) {
  process.stdout.write(
    `eval:prosody -- [--aspect stress,emphasis,contour,pauses] [--part judging|calibration] [--every 1] [--people FOLDER] [--show]\nflite and praat are Debian's packages; recordings of people (FOLDER): ${howToGet}\n`,
  );
  process.exit(0);
}
const transcriber = await openEmbeddedTranscriber();
try {
  const voices = [...fliteVoices(), ...(await espeakVoices())].filter(({ part }) => part === flags.part);
  const rows: string[][] = [];
  for (const aspect of flags.aspect.split(",").filter(Boolean))
    rows.push(rowOf(aspect, await judgeVoices(transcriber, voices, aspect)));
  if (flags.people !== undefined) rows.push(...(await judgePeople(transcriber, flags.people)));
  const head = ["", "area under ROC", "right ones accused", "wrong ones noticed", "not told", "told rightly"];
  process.stdout.write(`${table(head, rows)}\n`);
} finally {
  await transcriber.close();
}
