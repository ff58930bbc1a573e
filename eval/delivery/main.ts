/**
 * Compares the delivery figures with Praat's, on people and synthetic voices, clean and in pink noise. What Praat finds in
 * the clean recording is the reference; beside it, how far Praat itself is off in the noise.
 * `npm run eval:delivery -- --folder FOLDER [--conditions clean,…] [--every 1] [--show]`; `--help` tells how to get Praat
 * and the recordings.
 */
import { parseArgs } from "node:util";
import type { Recording } from "../../src/pipeline/audio/wav.ts";
import type { Contour } from "../../src/pipeline/delivery/contour.ts";
import { createDeliveryMeter } from "../../src/pipeline/delivery/meter.ts";
import { quantile } from "../../src/pipeline/delivery/statistics.ts";
import { semitones } from "../../src/pipeline/delivery/voice.ts";
import type { SampleRate } from "../../src/ports/audio.ts";
import { table } from "../reader/marking.ts";
import { inRoom, conditions as rooms } from "../reader/people/conditions.ts";
import { askPraat, type Figures, hasPraat, type PraatFigures } from "./praat.ts";
import { type Group, howToPrepare, type Utterance, utterancesIn } from "./utterances.ts";

const { values: flags } = parseArgs({
  options: {
    folder: { type: "string" },
    conditions: { type: "string", default: "clean,noise 20 dB,noise 10 dB,noise 5 dB" },
    every: { type: "string", default: "1" },
    show: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

interface Measured {
  readonly figures: Figures;
  readonly contour: Contour | undefined;
}

/** An utterance in a room: measured here, by Praat, and by Praat in the clean recording. */
interface Compared {
  readonly utterance: Utterance;
  readonly ours: Measured;
  readonly praat: PraatFigures;
  readonly reference: PraatFigures;
}

interface Comparison {
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  /** How far a figure lies from the reference's; undefined where one of them is absent. */
  off(here: Figures, reference: Figures): number | undefined;
}

function comparison(
  title: string,
  [unit, digits]: readonly [string, number],
  figure: keyof Figures,
  off: (here: number, reference: number) => number = (here, reference) => here - reference,
): Comparison {
  return {
    title,
    unit,
    digits,
    off(here, reference) {
      const [one, other] = [here[figure], reference[figure]];
      return one === undefined || other === undefined ? undefined : off(one, other);
    },
  };
}

const comparisons: readonly Comparison[] = [
  comparison("median pitch", ["semitones", 2], "pitchHz", semitones),
  comparison("range of pitch", ["semitones", 2], "pitchRangeSemitones"),
  comparison("number of pauses", ["", 0], "pauseCount"),
  comparison("all pauses together", ["ms", 0], "pausedMs"),
  comparison("level", ["dB", 1], "loudnessDbfs"),
  comparison("syllables a second", ["%", 0], "syllablesPerSecond", (here, other) => 100 * (here / other - 1)),
];

function measure({ rate, pcm }: Recording): Measured {
  const meter = createDeliveryMeter(rate as SampleRate);
  meter.push(pcm);
  const delivery = meter.finish();
  const pausedMs = delivery && delivery.pauseCount * (delivery.meanPauseMs ?? 0);
  return { figures: { ...delivery, pausedMs }, contour: meter.part().contour() };
}

/** Pitches of a contour's points beside Praat's at the same time, Hz; where both have voice, Praat for the whole step. */
function pitchPairs({ contour }: Measured, { track }: PraatFigures): (readonly [number, number])[] {
  if (!contour) return [];
  const { startMs, stepMs, pitchHz } = contour;
  return pitchHz.flatMap((here, i) => {
    const from = Math.round((startMs + i * stepMs) / 10);
    const there = track.slice(from, from + stepMs / 10);
    if (here === null || there.length === 0 || there.includes(0)) return [];
    return [[here, quantile(there, 0.5) as number] as const];
  });
}

async function compareIn(condition: string, utterances: readonly Utterance[]): Promise<Compared[]> {
  const room = rooms[condition];
  const clean = rooms.clean;
  if (!room || !clean) throw new Error(`--conditions: there are ${Object.keys(rooms).join(", ")}`);
  const nobody = new Float32Array(1);
  const recordings: Recording[] = [];
  const references: Recording[] = [];
  for (const utterance of utterances) {
    const recording = await utterance.record();
    recordings.push(await inRoom(room, recording, nobody, 0));
    references.push(await inRoom(clean, recording, nobody, 0));
  }
  const reference = askPraat(references);
  const praat = askPraat(recordings);
  return utterances.map((utterance, i) => ({
    utterance,
    ours: measure(recordings[i]!),
    praat: praat[i]!,
    reference: reference[i]!,
  }));
}

/** Number, median, median and largest size of deviations. */
function spread(offs: readonly number[], digits: number): string[] {
  if (offs.length === 0) return ["0", "–", "–", "–"];
  const sizes = offs.map(Math.abs);
  const tell = (value: number) => value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "");
  return [
    String(offs.length),
    tell(quantile(offs, 0.5)!),
    tell(quantile(sizes, 0.5)!),
    tell(Math.max(...sizes)),
  ];
}

function figureTable({ title, unit, digits, off }: Comparison, all: ReadonlyMap<string, Compared[]>): string {
  const rows = [...all].map(([name, compared]) => {
    const offs = (of: (each: Compared) => Figures) =>
      compared.flatMap((each) => off(of(each), each.reference) ?? []);
    const [, , typical = "–", worst = "–"] = spread(
      offs(({ praat }) => praat),
      digits,
    );
    const wanted = compared.filter(({ reference }) => off(reference, reference) !== undefined).length;
    const [told = "", ...rest] = spread(
      offs(({ ours }) => ours.figures),
      digits,
    );
    return [name, `${told} of ${wanted}`, ...rest, `${typical}, ${worst}`];
  });
  const head = [
    unit === "" ? title : `${title}, ${unit}`,
    "told",
    "off by, median",
    "size, median",
    "size, worst",
    "Praat there: size, median, worst",
  ];
  return table(head, rows);
}

function octaveTable(all: ReadonlyMap<string, Compared[]>): string {
  const rows = [...all].map(([name, compared]) => {
    const pairs = compared.flatMap(({ ours, reference }) => pitchPairs(ours, reference));
    const offs = pairs.map(([here, there]) => Math.abs(semitones(here, there)));
    const octaves = offs.filter((off) => off > 6).length;
    const far = offs.filter((off) => off > 1).length;
    return [name, String(pairs.length), String(octaves), String(far)];
  });
  return table(["points of pitch", "compared", "octave errors", "over 1 semitone off"], rows);
}

function show(condition: string, compared: readonly Compared[]): void {
  for (const { utterance, ours, reference } of compared) {
    const told = comparisons.map(
      ({ title, digits, off }) => `${title} ${off(ours.figures, reference)?.toFixed(digits) ?? "–"}`,
    );
    process.stderr.write(`${condition}, ${utterance.name}: ${told.join(", ")}\n`);
  }
}

async function evaluate(folder: string): Promise<void> {
  const every = Math.max(1, Number(flags.every));
  const utterances = utterancesIn(folder).filter((_, i) => i % every === 0);
  const groups: readonly Group[] = ["people", "synthetic"];
  const all = new Map<string, Compared[]>();
  for (const condition of flags.conditions.split(",")) {
    const compared = await compareIn(condition, utterances);
    if (flags.show) show(condition, compared);
    for (const group of groups)
      all.set(
        `${condition}, ${group}`,
        compared.filter(({ utterance }) => utterance.group === group),
      );
  }
  const tables = [...comparisons.map((each) => figureTable(each, all)), octaveTable(all)];
  const counts = groups.map(
    (group) => `${utterances.filter((each) => each.group === group).length} ${group}`,
  );
  process.stdout.write(`${counts.join(", ")}\n\n${tables.join("\n\n")}\n`);
}

if (flags.help || flags.folder === undefined || !hasPraat()) {
  process.stdout.write(
    `--folder FOLDER: recordings from Debian's packages, unpacked there; praat and flite are installed:\n${howToPrepare}\n`,
  );
  process.exitCode = flags.help ? 0 : 2;
} else await evaluate(flags.folder);
