/** The delivery figures of an utterance, computed from its frames. */
import type { VoiceDelivery } from "../../ports/delivery.ts";
import { type Contour, drawContour, type Silence } from "./contour.ts";
import { type Frames, frameMs, readingOf } from "./frames.ts";
import { findHesitations } from "./hesitations.ts";
import { type PitchFigures, pitchFigures, steadyRuns } from "./pitch-figures.ts";
import { deviation, loudestOf } from "./statistics.ts";
import { addPitches, emptySums, hesitationSums, histogramFigures, type SpeechSums } from "./sums.ts";
import { countSyllables } from "./syllables.ts";
import { findVoice, type Run, voicedFrames } from "./voice.ts";

/** A silence shorter than this is a stop consonant or a breath, not a pause, ms. */
const shortestPauseMs = 250;
/** Range of speech below the loudest (99th percentile), dB (de Jong & Wempe 2009). */
const speechRangeDb = 25;
/**
 * Speech over the quietest moment, dB, under which pitch has no movement: noise hides the ends of its course, and what is
 * left sounds monotone (docs/delivery-appendix.md, "Beside Praat"). In pink noise 10 dB under the voice 13 to 15 are
 * measured, 20 dB under it 22 to 25.
 */
const leastOverNoiseDb = 18;
/** Share of noisy speech beyond which the whole is noisy. */
const noisyShare = 0.2;
/** Speech that figures want, frames: of less, rates are the accidents of a burst. */
const fewestFrames = 300 / frameMs;
/** Clarity from which the loudest moment of a syllable is no hiss: creaking and breathy voices have it. */
const hoarse = 0.35;
/** Voices waver, even synthetic ones; what does not, by so little (semitones and dB), is a tone. */
const wavering = { semitones: 0.05, decibels: 0.5 };

/** The speech among an utterance's frames; `speaks` tells of one frame. */
interface Speech {
  readonly runs: readonly Run[];
  readonly span: Span;
  readonly pauses: readonly Silence[];
  /** Level of the quietest moment without voice, dBFS; −Infinity where there is none. */
  readonly noiseDbfs: number;
  speaks(frame: number): boolean;
}

/** Undefined when nothing voiced is in it. */
function findSpeech(frames: Frames): Speech | undefined {
  const level = medianOfFive(frames.level);
  const noiseDbfs = noiseFloor(level, (i) => clarityAt(frames, i) < hoarse);
  const threshold = speechThreshold(level, noiseDbfs);
  if (threshold === undefined) return undefined;
  const speaks = (i: number) => level[i]! > threshold;
  const runs = findVoice(frames, speaks);
  const span = voicedSpan(level.length, voicedFrames(frames, runs), speaks);
  return span && { runs, span, pauses: pausesIn(span, speaks), noiseDbfs, speaks };
}

/** An utterance as it was spoken. */
export interface SpokenFigures {
  readonly delivery: VoiceDelivery;
  /** The course of pitch and level, a point every `stepMs`. */
  contour(stepMs?: number): Contour;
}

/** The figures of an utterance; undefined when there is less than 300 ms of speech in it, or nothing voiced. */
export function spokenFigures(frames: Frames): SpokenFigures | undefined {
  const analysed = analyse(frames);
  if (!analysed || !isEnough(analysed.sums)) return undefined;
  const { speech, sums, delivery } = analysed;
  const { runs, span, pauses } = speech;
  const { hesitations } = sums;
  return {
    delivery,
    contour: (stepMs) =>
      drawContour(frames, { runs: steadyRuns(runs), ...span, pauses, hesitations, stepMs }),
  };
}

/** The sums of an utterance, or of a part of one; undefined where it has no delivery. */
export function sumsOf(frames: Frames): SpeechSums | undefined {
  const analysed = analyse(frames);
  if (!analysed) return undefined;
  const { speech, sums } = analysed;
  const levels = speechFrames(speech).map((frame) => frames.level[frame]!);
  const whole: SpeechSums = {
    ...sums,
    levels: levels.reduce((sum, level) => sum + level, 0),
    squares: levels.reduce((sum, level) => sum + level * level, 0),
  };
  for (const { pitches } of steadyRuns(speech.runs)) addPitches(whole, pitches);
  return whole;
}

/** The delivery that sums come to; undefined when they are of less than 300 ms of speech. */
export function deliveryOfSums(sums: SpeechSums): VoiceDelivery | undefined {
  if (!isEnough(sums)) return undefined;
  const mean = sums.levels / sums.frames;
  const sd = Math.sqrt(Math.max(0, sums.squares / sums.frames - mean * mean));
  return tell(sums, histogramFigures(sums), sd);
}

function isEnough({ frames }: SpeechSums): boolean {
  return frames >= fewestFrames;
}

function analyse(frames: Frames): { speech: Speech; sums: SpeechSums; delivery: VoiceDelivery } | undefined {
  const speech = findSpeech(frames);
  if (!speech) return undefined;
  const { runs, span, pauses, speaks } = speech;
  const pitch = pitchFigures(runs);
  const spoken = speechFrames(speech);
  const levelSd = deviation(spoken.map((frame) => frames.level[frame]!))!;
  if (isTone(pitch, levelSd)) return undefined;
  const energy = spoken.reduce((sum, frame) => sum + frames.energy[frame]!, 0);
  const overNoiseDb = 10 * Math.log10(energy / spoken.length) - speech.noiseDbfs;
  const sums: SpeechSums = {
    ...emptySums(),
    onsetMs: span.first * frameMs,
    speechMs: (span.last + 1 - span.first) * frameMs,
    pauseCount: pauses.length,
    pausedMs: pauses.reduce((total, { lengthMs }) => total + lengthMs, 0),
    longestPauseMs: Math.max(0, ...pauses.map(({ lengthMs }) => lengthMs)),
    syllables: countSyllables(frames.loudness, (i) => speaks(i) && clarityAt(frames, i) > hoarse),
    frames: spoken.length,
    noisyFrames: overNoiseDb < leastOverNoiseDb ? spoken.length : 0,
    energy,
    ...hesitationSums(findHesitations(frames, { speaks, last: span.last })),
  };
  return { speech, sums, delivery: tell(sums, pitch, levelSd) };
}

function tell(sums: SpeechSums, pitch: PitchFigures, loudnessSd: number): VoiceDelivery {
  const { onsetMs, speechMs, pauseCount, pausedMs, longestPauseMs, syllables } = sums;
  return {
    onsetMs,
    speechMs,
    pauseCount,
    pausesPerMinute: round((pauseCount * 60_000) / speechMs, 1),
    ...(pauseCount > 0 && { meanPauseMs: Math.round(pausedMs / pauseCount), longestPauseMs }),
    phonationRatio: round(1 - pausedMs / speechMs, 3),
    ...(syllables > 0 && { syllablesPerSecond: round((syllables * 1000) / (speechMs - pausedMs), 2) }),
    ...(sums.noisyFrames > noisyShare * sums.frames ? withoutMovement(pitch) : pitch),
    loudnessDbfs: round(10 * Math.log10(sums.energy / sums.frames), 1),
    loudnessSdDb: round(loudnessSd, 1),
    filledPauseCount: sums.filledPauses,
    prolongationCount: sums.prolongations,
    hesitations: sums.hesitations,
  };
}

function withoutMovement({ pitchHz }: PitchFigures): PitchFigures {
  return pitchHz === undefined ? {} : { pitchHz };
}

/** First and last frame that are voiced. */
interface Span {
  readonly first: number;
  readonly last: number;
}

function noiseFloor(level: readonly number[], unvoiced: (frame: number) => boolean): number {
  const floor = level.reduce((least, each, i) => (each < least && unvoiced(i) ? each : least), Infinity);
  return floor === Infinity ? -Infinity : floor;
}

/** The level that tells speech from silence, dBFS; undefined of no audio. */
function speechThreshold(level: readonly number[], noiseDbfs: number): number | undefined {
  const loudest = loudestOf(level);
  if (loudest === undefined) return undefined;
  // Behind a speaker in a noisy room silence is not as far down.
  const quiet = Math.min(noiseDbfs + 6, loudest - 10);
  return Math.max(loudest - speechRangeDb, quiet);
}

function clarityAt(frames: Frames, frame: number): number {
  return frames.pitch[readingOf(frames, frame)]?.clarity ?? 0;
}

function voicedSpan(
  length: number,
  voiced: (frame: number) => boolean,
  speaks: (frame: number) => boolean,
): Span | undefined {
  let first = 0;
  while (first < length && !(voiced(first) && speaks(first))) first++;
  let last = length - 1;
  while (last > first && !(voiced(last) && speaks(last))) last--;
  return first < length ? { first, last } : undefined;
}

/** The silences between two voiced moments. */
function pausesIn({ first, last }: Span, speaks: (index: number) => boolean): Silence[] {
  const pauses: Silence[] = [];
  let quiet = 0;
  for (let i = first; i <= last; i++) {
    if (!speaks(i)) quiet += frameMs;
    else {
      if (quiet >= shortestPauseMs) pauses.push({ startMs: i * frameMs - quiet, lengthMs: quiet });
      quiet = 0;
    }
  }
  return pauses;
}

/** The frames of the span that are no silence. */
function speechFrames({ span, speaks }: Speech): number[] {
  const frames: number[] = [];
  for (let i = span.first; i <= span.last; i++) if (speaks(i)) frames.push(i);
  return frames;
}

/** A whistle, a beep, a mains hum. */
function isTone({ pitchSdSemitones }: PitchFigures, levelSd: number): boolean {
  return (
    pitchSdSemitones !== undefined && pitchSdSemitones < wavering.semitones && levelSd < wavering.decibels
  );
}

/** Each level the median of the five around it: a click in a silence is no speech, and edges stay where they are. */
function medianOfFive(levels: readonly number[]): number[] {
  const five = new Float64Array(5);
  return levels.map((_, i) => {
    for (let k = 0; k < 5; k++) {
      const value = levels[Math.min(Math.max(0, i + k - 2), levels.length - 1)]!;
      let at = k;
      for (; at > 0 && five[at - 1]! > value; at--) five[at] = five[at - 1]!;
      five[at] = value;
    }
    return five[2]!;
  });
}

function round(value: number, digits: number): number {
  const unit = 10 ** digits;
  return Math.round(value * unit) / unit;
}
