/**
 * What measuring delivery costs: `node bench/delivery.ts [--people 10] [--rounds 7]`. So many people speak at once without
 * a pause, 20 ms chunks of 24 kHz in turn, live readings on; told is the process's CPU time as a share of one core, for
 * utterances of 10 s and of 60 s (the longest), the final figures included.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { joinPcm } from "../src/pipeline/audio/pcm.ts";
import { readWav } from "../src/pipeline/audio/wav.ts";
import { createLiveMeter } from "../src/pipeline/delivery/live.ts";
import { createDeliveryMeter } from "../src/pipeline/delivery/meter.ts";
import { median } from "./statistics.ts";

const { values: flags } = parseArgs({
  options: { people: { type: "string", default: "10" }, rounds: { type: "string", default: "7" } },
});
const people = Number(flags.people);
const rounds = Number(flags.rounds);

const rate = 24_000;
const chunk = 480;
const names = ["goal-rms", "fox-slt", "overwhelmed-slt", "yes-wrap-up-awb"];
const sentences = names.map(
  (name) => readWav(readFileSync(new URL(`../test/fixtures/speech/${name}.wav`, import.meta.url))).pcm,
);

/** Everybody's speech, each begun with another sentence. */
function speech(seconds: number): Int16Array[] {
  const all = Array.from({ length: Math.ceil(seconds / 10) }, () => sentences).flat();
  return Array.from({ length: people }, (_, k) =>
    joinPcm([...all.slice(k % names.length), ...all]).subarray(0, seconds * rate),
  );
}

type Meter = ReturnType<typeof createLiveMeter>;

/** CPU seconds for one second of everybody's speech. */
function costOf(voices: readonly Int16Array[], open: () => Meter): number {
  const before = process.cpuUsage();
  const meters = voices.map(open);
  const { length } = voices[0]!;
  for (let at = 0; at < length; at += chunk)
    for (const [k, meter] of meters.entries()) meter.push(voices[k]!.subarray(at, at + chunk));
  for (const meter of meters) if (!meter.finish()) throw new Error("nothing was measured");
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1e6) * (rate / length);
}

const percent = (share: number) => `${(100 * share).toFixed(2).padStart(6)} %`;

console.log(`${people} people speaking at once, share of one core; median (lowest to highest) of ${rounds}`);
for (const seconds of [10, 60]) {
  const voices = speech(seconds);
  const kinds: ReadonlyArray<readonly [string, () => Meter]> = [
    ["without live readings", () => createDeliveryMeter(rate)],
    ["with live readings", () => createLiveMeter(rate, () => {})],
  ];
  for (const [kind, open] of kinds) {
    costOf(voices, open);
    const costs = Array.from({ length: rounds }, () => costOf(voices, open));
    const range = `(${percent(Math.min(...costs)).trim()} to ${percent(Math.max(...costs)).trim()})`;
    console.log(`${String(seconds).padStart(3)} s ${kind.padEnd(22)} ${percent(median(costs))} ${range}`);
  }
}
