/** Measures of a recording that tell whether what was read in it can be judged. */
import type { Unjudgeable } from "../../../../ports/reading.ts";
import { ENGINE_RATE, FRAME_MS } from "./front-end.ts";
import type { Suppressed } from "./noise-suppression.ts";

/** A stretch of the recording, ms. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

export interface RecordingQuality {
  /** Level of the speech, dB below a full-scale square wave. */
  readonly levelDb: number;
  /** Level of the speech over that of the stretches without any, dB; undefined where there are next to none. */
  readonly snrDb: number | undefined;
  /** Share of samples near the loudest one, 0–1: speech is seldom there, unless it was cut off. */
  readonly clippedShare: number;
  /** Fall of the level after loud speech, dB in 50 ms: the steepest tenth. */
  readonly decayDb: number;
  /** Speech quieter than the reader's beside the words that were read, ms. */
  readonly otherVoiceMs: number;
}

const FRAME = (ENGINE_RATE * FRAME_MS) / 1000;
/** Probability of speech from which a frame counts as speech, and below which it does not. */
const SPEECH = 0.8;
const NO_SPEECH = 0.3;
/** Frames of a kind that a level is taken of, at least: 100 ms. */
const LEAST_FRAMES = 10;

/** Levels of a recording, measured once for all that is asked of it. */
export interface RecordingLevels {
  /** Mean square of each 10 ms. */
  readonly powers: Float64Array;
  /** Frames that are speech. */
  readonly speech: readonly number[];
  readonly levelDb: number;
  readonly snrDb: number | undefined;
}

/** Measures the levels of a recording; undefined where there is next to no speech in it. */
export function measureLevels(pcm: Int16Array, { speech: chance }: Suppressed): RecordingLevels | undefined {
  const powers = framePowers(pcm);
  const frames = Array.from(powers.keys());
  const speech = frames.filter((frame) => (chance[frame] ?? 0) >= SPEECH);
  const rest = frames.filter((frame) => (chance[frame] ?? 0) < NO_SPEECH);
  if (speech.length < LEAST_FRAMES) return undefined;
  const level = decibels(meanOf(powers, speech));
  const snrDb = rest.length < LEAST_FRAMES ? undefined : level - decibels(meanOf(powers, rest));
  return { powers, speech, levelDb: level - FULL_DB, snrDb };
}

/** Measures a recording in which the `words` were read. */
export function measureRecording(
  pcm: Int16Array,
  suppressed: Suppressed,
  { powers, speech, levelDb, snrDb }: RecordingLevels,
  words: readonly Span[],
): RecordingQuality {
  const around = framesAround(speech, powers.length);
  return {
    levelDb,
    snrDb,
    clippedShare: clippedShare(pcm, around),
    decayDb: steepestFall(powers, around),
    otherVoiceMs: FRAME_MS * otherSpeech(framePowers(suppressed.pcm), speech, words),
  };
}

/** Level of a full-scale square wave, dB over a sample of one. */
const FULL_DB = 20 * Math.log10(32_767);
const decibels = (power: number) => 10 * Math.log10(Math.max(power, 1e-2));

/** Mean square of each 10 ms. */
function framePowers(pcm: Int16Array): Float64Array {
  return Float64Array.from({ length: Math.floor(pcm.length / FRAME) }, (_, frame) => {
    let sum = 0;
    for (let i = frame * FRAME; i < (frame + 1) * FRAME; i++) sum += (pcm[i] as number) ** 2;
    return sum / FRAME;
  });
}

function meanOf(powers: Float64Array, frames: readonly number[]): number {
  return frames.reduce((sum, frame) => sum + (powers[frame] as number), 0) / Math.max(1, frames.length);
}

/** Below, an utterance is better recognised without its noise; above, what the suppression takes from the words costs more. */
const NOISY_DB = 22;

/** Whether an utterance is to be recognised without its noise. */
export function isNoisy(levels: RecordingLevels | undefined): boolean {
  return (levels?.snrDb ?? NOISY_DB) < NOISY_DB;
}

/** Frames on either side of speech that are measured with it: 300 ms. Longer pauses would hide what the speech is like. */
const AROUND_FRAMES = 30;

function framesAround(speech: readonly number[], length: number): number[] {
  const around = new Uint8Array(length);
  for (const frame of speech) around.fill(1, Math.max(0, frame - AROUND_FRAMES), frame + AROUND_FRAMES + 1);
  return Array.from(around.keys()).filter((frame) => around[frame] === 1);
}

/** Share of the loudest sample's level from which on a sample counts as near it. */
const NEAR_LOUDEST = 0.9;

function clippedShare(pcm: Int16Array, frames: readonly number[]): number {
  let most = 1;
  for (const sample of pcm) most = Math.max(most, Math.abs(sample));
  let near = 0;
  for (const frame of frames)
    for (const sample of pcm.subarray(frame * FRAME, (frame + 1) * FRAME))
      if (Math.abs(sample) >= NEAR_LOUDEST * most) near++;
  return near / Math.max(1, FRAME * frames.length);
}

/** Frames over which a fall is measured: 50 ms. */
const FALL_FRAMES = 5;
/** Speech counts as loud down to so many dB below the loudest tenth. */
const LOUD_DB = 10;

function steepestFall(powers: Float64Array, frames: readonly number[]): number {
  const levels = Array.from(powers, decibels);
  const levelAt = (frame: number) => levels[frame] as number;
  const loud = quantile(frames.map(levelAt), 0.9) - LOUD_DB;
  const falls = frames
    .filter((frame) => levelAt(frame) > loud && frame + FALL_FRAMES < levels.length)
    .map((frame) => levelAt(frame) - levelAt(frame + FALL_FRAMES));
  return falls.length === 0 ? 0 : quantile(falls, 0.9);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}

/** Levels, below the reader's, of a voice in the background, dB. */
const BACKGROUND = { from: -28, to: -8 };
/** Frames at the edges of a word that may still be of it. */
const EDGE_MS = 50;

function otherSpeech(clean: Float64Array, speech: readonly number[], words: readonly Span[]): number {
  const inWord = (frame: number) =>
    words.some(
      ({ startMs, endMs }) => frame * FRAME_MS >= startMs - EDGE_MS && frame * FRAME_MS < endMs + EDGE_MS,
    );
  const frames = Array.from(clean.keys());
  const own = decibels(meanOf(clean, frames.filter(inWord)));
  return speech.filter((frame) => {
    if (inWord(frame)) return false;
    const level = decibels(clean[frame] as number) - own;
    return level > BACKGROUND.from && level < BACKGROUND.to;
  }).length;
}

/**
 * Bounds beyond which verdicts are not to be trusted, set on the calibration part of eval/reader/people. Tighter ones hold
 * where a word would be called wrong: a reading that came through whole was not hurt.
 */
const MOST_CLIPPED = 0.01;
const LEAST_LEVEL_DB = -66;
const LEAST_SNR_DB = { whole: 8.5, wrong: 13 };
const MOST_OTHER_VOICE_MS = { whole: 200, wrong: 60 };
const LEAST_DECAY_DB = 7.5;

/**
 * Returns the reason why what was read in such a recording cannot be judged; undefined where it can. `result`: whether any
 * of its words would be called wrong.
 */
export function obstacleIn(quality: RecordingQuality, result: "whole" | "wrong"): Unjudgeable | undefined {
  if (quality.clippedShare > MOST_CLIPPED) return "clipping";
  if (quality.levelDb < LEAST_LEVEL_DB) return "too_quiet";
  if (quality.snrDb !== undefined && quality.snrDb < LEAST_SNR_DB[result]) return "noise";
  if (quality.otherVoiceMs > MOST_OTHER_VOICE_MS[result]) return "second_voice";
  if (result === "wrong" && quality.decayDb < LEAST_DECAY_DB) return "reverberation";
  return undefined;
}
