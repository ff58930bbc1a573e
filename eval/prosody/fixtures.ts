/**
 * Makes the recordings of test/fixtures/speech/prosody with Debian's `flite` (voice rms) and `praat`:
 * `node --no-warnings eval/prosody/fixtures.ts`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Recording, writeWav } from "../../src/pipeline/audio/wav.ts";
import { changeMelodies } from "./praat.ts";
import { fliteVoices, withStress } from "./renderings.ts";

const folder = fileURLToPath(new URL("../../test/fixtures/speech/prosody/", import.meta.url));
const rms = fliteVoices().find(({ name }) => name.endsWith("rms"));
if (!rms) throw new Error("flite has no voice rms");

function write(name: string, recording: Recording): void {
  writeFileSync(`${folder}${name}.wav`, writeWav(recording));
}

mkdirSync(folder, { recursive: true });
const importing = (syllable: number) =>
  rms.say("We import tea from India.", { word: "import", phones: withStress("import", syllable) });
write("import-second", importing(2));

/** Where words are in the plain recordings, s, as the recogniser finds them. */
const stole = rms.say("I didn't say he stole it.");
const emphasised = [
  { name: "emphasis-he", from: 0.97, to: 1.12 },
  { name: "emphasis-stole", from: 1.12, to: 1.6 },
].map(({ name, from, to }) => ({
  name,
  recording: stole,
  changes: {
    flatten: 0.5,
    pitch: [
      [from - 0.08, 0],
      [from + 0.02, 6],
      [to - 0.05, 6],
      [to + 0.06, -1],
      [9, -1],
    ] as const,
    stretch: { from, to, factor: 1.35 },
    louder: { from, to, decibels: 5 },
  },
}));
const river = rms.say("You live near the river.");
const ended = [
  { name: "river-rise", to: 6 },
  { name: "river-fall", to: -5 },
].map(({ name, to }) => ({
  name,
  recording: river,
  changes: {
    tail: [
      [1.15, 0],
      [1.25, 0],
      [1.5, to],
    ] as const,
  },
}));
/** The voice puts the stress on the first syllable; here it is heard by anybody. */
const first = {
  name: "import-first",
  recording: importing(1),
  changes: {
    pitch: [
      [0.33, 0],
      [0.38, 4],
      [0.52, 4],
      [0.6, 0],
    ] as const,
    stretch: { from: 0.37, to: 0.48, factor: 1.3 },
    louder: { from: 0.35, to: 0.57, decibels: 3 },
  },
};
const all = [first, ...emphasised, ...ended];
for (const [i, recording] of changeMelodies(all).entries()) write(all[i]!.name, recording);
