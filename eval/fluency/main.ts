/**
 * Evaluates the hesitations of the delivery meter: filled pauses and prolongations put into clean readings at known
 * places, voices that were not calibrated on. `npm run eval:fluency -- [--part judging|calibration] [--every 1]
 * [--root DIR] [--show]`. People are heard where Debian's `asterisk-core-sounds-{en,es,fr,it,ru}-wav` are installed, or
 * unpacked into DIR (`dpkg -x PACKAGE DIR`); four of the synthetic voices want `flite`.
 * Goals: precision at least 95 %, recall at least 85 %.
 */
import { parseArgs } from "node:util";
import { durationMs } from "../../src/pipeline/audio/pcm.ts";
import type { Recording } from "../../src/pipeline/audio/wav.ts";
import { createDeliveryMeter } from "../../src/pipeline/delivery/meter.ts";
import type { Hesitation } from "../../src/ports/delivery.ts";
import { openEmbeddedSynthesizer } from "../../src/providers/embedded/voice/synthesizer.ts";
import { humanSpeakers, type Part, type Speaker, syntheticSpeakers, testDataSpeakers } from "./recordings.ts";
import { dice, filler, type Planted, withFilledPause, withProlongation } from "./splice.ts";

const { values: flags } = parseArgs({
  options: {
    part: { type: "string", default: "judging" },
    every: { type: "string", default: "1" },
    root: { type: "string", default: "/" },
    show: { type: "boolean", default: false },
  },
});
const goals = { precision: 0.95, recall: 0.85 };

/** Counts of a voice. */
interface Tally {
  readonly planted: Record<Planted["kind"], number>;
  readonly found: Record<Planted["kind"], number>;
  /** Found, and of the right kind. */
  readonly named: Record<Planted["kind"], number>;
  /** Told in the altered readings where nothing had been put. */
  wrong: number;
  /** Told in the unaltered readings, whose length is `cleanMs`. */
  falseAlarms: number;
  cleanMs: number;
}

function emptyTally(): Tally {
  const none = () => ({ filled_pause: 0, prolongation: 0 });
  return { planted: none(), found: none(), named: none(), wrong: 0, falseAlarms: 0, cleanMs: 0 };
}

function hear({ pcm, rate }: Recording): readonly Hesitation[] {
  const meter = createDeliveryMeter(rate);
  meter.push(pcm);
  return meter.finish()?.hesitations ?? [];
}

/** Half of the shorter of the two. */
function overlap(heard: Hesitation, planted: Planted): boolean {
  const common = Math.min(heard.endMs, planted.endMs) - Math.max(heard.startMs, planted.startMs);
  return 2 * common >= Math.min(heard.endMs - heard.startMs, planted.endMs - planted.startMs);
}

function judge(tally: Tally, recording: Recording, planted: Planted, name: string): void {
  const heard = hear(recording);
  const hits = heard.filter((each) => overlap(each, planted));
  tally.planted[planted.kind]++;
  tally.wrong += heard.length - hits.length;
  if (hits.length > 0) tally.found[planted.kind]++;
  if (hits.some(({ kind }) => kind === planted.kind)) tally.named[planted.kind]++;
  if (flags.show && (hits.length === 0 || hits.length < heard.length))
    process.stderr.write(`${name}: ${JSON.stringify({ planted, heard })}\n`);
}

function judgeSpeaker({ name, readings, fillers }: Speaker): Tally {
  const tally = emptyTally();
  for (const [index, reading] of readings.entries()) {
    tally.cleanMs += durationMs(reading.pcm.length, reading.rate);
    tally.falseAlarms += hear(reading).length;
    const roll = dice(index + 1);
    const um = fillers[index % fillers.length];
    const altered = [
      um && withFilledPause(reading, filler(um, 320 + 380 * roll()), roll),
      withProlongation(reading, 350 + 300 * roll(), roll),
    ];
    for (const each of altered) if (each?.planted) judge(tally, each, each.planted, `${name} ${index}`);
  }
  return tally;
}

function merge(tallies: readonly Tally[]): Tally {
  return tallies.reduce((sum, each) => {
    for (const what of ["planted", "found", "named"] as const)
      for (const kind of ["filled_pause", "prolongation"] as const) sum[what][kind] += each[what][kind];
    sum.wrong += each.wrong;
    sum.falseAlarms += each.falseAlarms;
    sum.cleanMs += each.cleanMs;
    return sum;
  }, emptyTally());
}

function rates({ planted, found, named, wrong, falseAlarms, cleanMs }: Tally) {
  const all = found.filled_pause + found.prolongation;
  return {
    precision: all / (all + wrong),
    recall: all / (planted.filled_pause + planted.prolongation),
    filled: found.filled_pause / planted.filled_pause,
    prolonged: found.prolongation / planted.prolongation,
    named: (named.filled_pause + named.prolongation) / all,
    perMinute: (falseAlarms * 60_000) / cleanMs,
  };
}

function row(name: string, tally: Tally): string {
  const { precision, recall, filled, prolonged, named, perMinute } = rates(tally);
  const percent = (share: number) => (Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : "–");
  const { filled_pause: pauses, prolongation } = tally.planted;
  const cells = [
    `${pauses} + ${prolongation}`,
    ...[precision, recall, filled, prolonged, named].map(percent),
    `${perMinute.toFixed(2)} (${(tally.cleanMs / 60_000).toFixed(1)} min)`,
  ];
  return `| ${name} | ${cells.join(" | ")} |`;
}

const part: Part = flags.part === "calibration" ? "calibration" : "judging";
const every = Math.max(1, Number(flags.every));
const synthesizer = await openEmbeddedSynthesizer({ threads: 1 });
const speakers = [
  ...humanSpeakers(flags.root, part, every),
  ...(part === "judging" ? testDataSpeakers(flags.root) : []),
  ...(await syntheticSpeakers(synthesizer, part, every)),
];
await synthesizer.close();
const judged = speakers.map((speaker) => ({ speaker, tally: judgeSpeaker(speaker) }));
const of = (human: boolean) =>
  merge(judged.filter(({ speaker }) => speaker.human === human).map(({ tally }) => tally));
process.stdout.write(
  `## ${part}\n\n| voice | filled pauses + prolongations | precision | recall | of filled pauses | of prolongations | kind right | false alarms a minute, clean |\n|---|---|---|---|---|---|---|---|\n`,
);
for (const { speaker, tally } of judged) process.stdout.write(`${row(speaker.name, tally)}\n`);
const groups = [
  { name: "people", tally: of(true) },
  { name: "synthetic", tally: of(false) },
].filter(({ tally }) => tally.cleanMs > 0);
for (const { name, tally } of groups) process.stdout.write(`${row(`**${name}**`, tally)}\n`);
if (groups.length < 2) process.stdout.write("\nNo people: the recordings are not installed.\n");
const missed = groups.some(({ tally }) => {
  const { precision, recall } = rates(tally);
  return !(precision >= goals.precision && recall >= goals.recall);
});
process.stdout.write(
  `\nGoals: precision ${100 * goals.precision} %, recall ${100 * goals.recall} %: ${missed ? "missed" : "met"}.\n`,
);
process.exitCode = missed ? 1 : 0;
