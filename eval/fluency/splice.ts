/** Disfluencies at known places: filled pauses set into a silence, vowels drawn out within a word. */

import { joinPcm, samplesIn } from "../../src/pipeline/audio/pcm.ts";
import type { Recording } from "../../src/pipeline/audio/wav.ts";
import { createFrameAnalysis, type Frames, frameMs } from "../../src/pipeline/delivery/frames.ts";
import { stretchTime } from "../../src/providers/embedded/voice/time-stretch.ts";

/** What was put in, ms from the start. */
export interface Planted {
  readonly kind: "filled_pause" | "prolongation";
  readonly startMs: number;
  readonly endMs: number;
}

export interface Spliced extends Recording {
  readonly planted?: Planted;
}

/** Numbers in 0–1 that are the same in every run (xorshift). */
export function dice(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

function framesOf({ pcm, rate }: Recording): Frames {
  const analysis = createFrameAnalysis(rate);
  analysis.push(pcm);
  return analysis.frames;
}

/** The part of a recording between its first and its last voiced moment, made `ms` long. */
export function filler(recording: Recording, ms: number): Recording {
  const { pitch, level } = framesOf(recording);
  const loudest = Math.max(...level);
  const voiced = (k: number) => pitch[k]!.clarity > 0.6 && level[2 * k + 2]! > loudest - 20;
  let first = 0;
  while (first < pitch.length - 1 && !voiced(first)) first++;
  let last = pitch.length - 1;
  while (last > first && !voiced(last)) last--;
  const at = (k: number) => samplesIn((2 * k + 2) * frameMs, recording.rate);
  const part = recording.pcm.slice(at(first), at(last) + 1);
  const factor = samplesIn(ms, recording.rate) / part.length;
  const pcm =
    factor >= 1 ? stretchTime(part, factor, recording.rate) : part.slice(0, samplesIn(ms, recording.rate));
  fade(pcm, samplesIn(25, recording.rate));
  return { rate: recording.rate, pcm };
}

/** A filled pause at the quietest place in the middle of the speech, silence on both sides or after it alone. */
export function withFilledPause(speech: Recording, um: Recording, roll: () => number): Spliced {
  const { rate, pcm } = speech;
  const { level } = framesOf(speech);
  const from = Math.floor(level.length * 0.2);
  const to = Math.floor(level.length * 0.8);
  let quietest = from;
  const around = (i: number) => level[i - 1]! + level[i]! + level[i + 1]!;
  for (let i = from; i < to; i++) if (around(i) < around(quietest)) quietest = i;
  const at = samplesIn(quietest * frameMs + frameMs / 2, rate);
  const oneSided = roll() < 1 / 3;
  const room = (ms: number) => silence(speech, level, ms, roll);
  const before = oneSided ? new Int16Array(0) : room(150 + 300 * roll());
  const after = room(150 + 350 * roll());
  const said = atLevelOf(um.pcm, level, -1 - 4 * roll());
  const startMs = ((at + before.length) * 1000) / rate;
  return {
    rate,
    pcm: joinPcm([pcm.subarray(0, at), before, said, after, pcm.subarray(at)]),
    planted: { kind: "filled_pause", startMs, endMs: startMs + (said.length * 1000) / rate },
  };
}

/** A vowel drawn out to `ms` within the speech; undefined where no vowel is clear enough. */
export function withProlongation(speech: Recording, ms: number, roll: () => number): Spliced | undefined {
  const { rate, pcm } = speech;
  const { pitch, level } = framesOf(speech);
  const loudest = Math.max(...level);
  const places: number[] = [];
  for (let k = 5; k < pitch.length - 5; k++) {
    const clear = [k - 2, k - 1, k, k + 1, k + 2].every(
      (each) => pitch[each]!.clarity > 0.8 && level[2 * each + 2]! > loudest - 12,
    );
    const peak = [-4, -2, 2, 4].every((off) => level[2 * k + 2 + off]! <= level[2 * k + 2]! + 1);
    if (clear && peak) places.push(2 * k + 2);
  }
  const place = places[Math.floor(roll() * places.length)];
  if (place === undefined) return undefined;
  const half = samplesIn(35, rate);
  const middle = samplesIn(place * frameMs, rate);
  const vowel = pcm.slice(middle - half, middle + half);
  const long = stretchTime(vowel, samplesIn(ms, rate) / vowel.length, rate);
  const overlap = samplesIn(8, rate);
  const rest = pcm.slice(middle + half - overlap);
  for (let i = 0; i < overlap; i++) {
    const share = i / overlap;
    rest[i] = Math.round(rest[i]! * share + long[long.length - overlap + i]! * (1 - share));
  }
  const startMs = ((middle - half) * 1000) / rate;
  return {
    rate,
    pcm: joinPcm([pcm.subarray(0, middle - half), long.subarray(0, long.length - overlap), rest]),
    planted: { kind: "prolongation", startMs, endMs: startMs + ms },
  };
}

/** Noise at the level of the recording's own silences. */
function silence({ rate }: Recording, level: readonly number[], ms: number, roll: () => number): Int16Array {
  const floor = level.toSorted((a, b) => a - b)[Math.floor(level.length / 50)]!;
  const peak = 32_768 * 10 ** (Math.max(-75, floor) / 20) * Math.sqrt(3);
  return Int16Array.from({ length: samplesIn(ms, rate) }, () => Math.round(peak * (2 * roll() - 1)));
}

/** At the speech's level (90th percentile), `db` off. */
function atLevelOf(pcm: Int16Array, level: readonly number[], db: number): Int16Array {
  const wanted = level.toSorted((a, b) => a - b)[Math.floor(level.length * 0.9)]! + db;
  const power = pcm.reduce((sum, each) => sum + each * each, 0) / pcm.length / 32_768 ** 2;
  const gain = 10 ** ((wanted - 10 * Math.log10(power)) / 20);
  return pcm.map((each) => Math.max(-32_768, Math.min(32_767, Math.round(each * gain))));
}

function fade(pcm: Int16Array, length: number): void {
  for (let i = 0; i < length; i++) {
    pcm[i] = Math.round((pcm[i]! * i) / length);
    pcm[pcm.length - 1 - i] = Math.round((pcm[pcm.length - 1 - i]! * i) / length);
  }
}
