/**
 * The voice detector's verdicts on recordings and made-up sounds, kept in `test/fixtures/voice-activity/verdicts.json` to
 * hold a changed detector against. `node test/pipeline/voice-activity/verdicts.ts` writes that file anew.
 */
import { writeFileSync } from "node:fs";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { type Detection, openTurnDetector } from "../../../src/pipeline/ears/turn-detector.ts";
import { atLevel, rate, recording, serverVad, silence, sound, withNoise } from "../ears/ears.ts";
import { noVoice } from "./sounds.ts";

/** By condition: a list of "sign frame", of `began` the frame of the onset as well. Frames have 20 ms. */
export type Verdicts = Readonly<Record<string, readonly string[]>>;

export const verdictsFile = "test/fixtures/voice-activity/verdicts.json";

const speech = [
  "fox-slt",
  "fox-rms",
  "fox-fast-rms",
  "goal-rms",
  "overwhelmed-slt",
  "pause-1200ms-rms",
  "yes-wrap-up-awb",
  "mhm-slt",
  "rice-slt",
];
const noVoiceFiles = ["silence-3s", "noise-pink-3s", "tone-220hz-2s"];
const semantic: Detection = { type: "semantic_vad", eagerness: "high" };

/** Conditions by name: audio at 24 kHz and the way of turn detection. */
function* conditions(): Generator<readonly [name: string, pcm: Int16Array, detection: Detection]> {
  const framed = (pcm: Int16Array) => joinPcm([silence(600), pcm, silence(2500)]);
  for (const name of speech) {
    const pcm = recording(name);
    for (const level of [-3, -20, -40])
      yield [`${name} at ${level} dBFS`, framed(atLevel(pcm, level)), serverVad];
    for (const snr of [20, 10, 5]) yield [`${name}, SNR ${snr} dB`, withNoise(framed(pcm), snr), serverVad];
    yield [`${name}, semantic`, framed(pcm), semantic];
  }
  for (const name of noVoiceFiles) yield [name, recording(name), serverVad];
  for (const [name, shape] of Object.entries(noVoice))
    for (const level of [-6, -20, -40])
      yield [`${name} at ${level} dBFS`, joinPcm([silence(500), sound(3000, level, shape)]), serverVad];
}

async function signsOf(pcm: Int16Array, detection: Detection): Promise<string[]> {
  const detector = await openTurnDetector(rate, { detection, language: "en", draftAfterMs: 200 });
  const length = (rate * 20) / 1000;
  const signs: string[] = [];
  for (let frame = 0; (frame + 1) * length <= pcm.length; frame++)
    for (const sign of detector.take(pcm.subarray(frame * length, (frame + 1) * length), undefined)) {
      if (sign === "began") signs.push(`onset ${frame + 1 - detector.beganFramesAgo}`);
      signs.push(`${sign} ${frame}`);
    }
  detector.close();
  return signs;
}

/** The verdicts of the detector as it is. */
export async function verdicts(): Promise<Verdicts> {
  const all: Record<string, readonly string[]> = {};
  for (const [name, pcm, detection] of conditions()) all[name] = await signsOf(pcm, detection);
  return all;
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(verdictsFile, `${JSON.stringify(await verdicts(), undefined, 1)}\n`);
