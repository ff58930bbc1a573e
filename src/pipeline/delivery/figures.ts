/** Last step of the delivery figures: from an utterance's frames to what is told of it. Pure. */
import type { VoiceDelivery } from "../speech.ts";
import { type Contour, drawContour, type Silence } from "./contour.ts";
import { type Frames, frameMs, readingOf } from "./frames.ts";
import { pitchFigures, steadyRuns } from "./pitch-figures.ts";
import { deviation, loudestOf } from "./statistics.ts";
import { countSyllables } from "./syllables.ts";
import { findVoice, type Run, voicedFrames } from "./voice.ts";

/** A silence shorter than this is a stop consonant or a breath, not a pause, ms. */
const shortestPauseMs = 250;
/** How far under the loudest (99th percentile) speech still lies, dB (de Jong & Wempe 2009). */
const speechRangeDb = 25;
/** Clarity from which the loudest moment of a syllable is no hiss: creaking and breathy voices have it. */
const hoarse = 0.35;
/** Voices waver, even synthetic ones; what does not, by so little (semitones and dB), is a tone. */
const wavering = { semitones: 0.05, decibels: 0.5 };

/** What of an utterance's frames is speech; `speaks` is asked about a frame. */
interface Speech {
  readonly runs: readonly Run[];
  readonly span: Span;
  readonly pauses: readonly Silence[];
  speaks(frame: number): boolean;
}

/** Undefined when nothing voiced is in it. */
function findSpeech(frames: Frames): Speech | undefined {
  const level = medianOfFive(frames.level);
  const threshold = speechThreshold(level, (i) => clarityAt(frames, i) < hoarse);
  if (threshold === undefined) return undefined;
  const speaks = (i: number) => level[i]! > threshold;
  const runs = findVoice(frames, speaks);
  const span = voicedSpan(level.length, voicedFrames(frames, runs), speaks);
  return span && { runs, span, pauses: pausesIn(span, speaks), speaks };
}

/** The delivery of an utterance; undefined when nothing voiced is in it. */
export function deliveryOf(frames: Frames): VoiceDelivery | undefined {
  return analyse(frames)?.delivery;
}

/** The course of an utterance's pitch and level; undefined where it has no delivery. */
export function contourOf(frames: Frames): Contour | undefined {
  const speech = analyse(frames)?.speech;
  if (!speech) return undefined;
  const { runs, span, pauses } = speech;
  return drawContour(frames, { runs: steadyRuns(runs), ...span, pauses });
}

function analyse(frames: Frames): { speech: Speech; delivery: VoiceDelivery } | undefined {
  const speech = findSpeech(frames);
  if (!speech) return undefined;
  const { runs, span, pauses, speaks } = speech;
  const pitch = pitchFigures(runs);
  const loudness = loudnessOf(frames, span, speaks);
  if (isTone(pitch, loudness)) return undefined;
  const speechMs = (span.last + 1 - span.first) * frameMs;
  const pausedMs = pauses.reduce((total, { lengthMs }) => total + lengthMs, 0);
  const syllables = countSyllables(frames.loudness, (i) => speaks(i) && clarityAt(frames, i) > hoarse);
  const delivery: VoiceDelivery = {
    onsetMs: span.first * frameMs,
    speechMs,
    pauseCount: pauses.length,
    pausesPerMinute: round((pauses.length * 60_000) / speechMs, 1),
    ...(pauses.length > 0 && {
      meanPauseMs: Math.round(pausedMs / pauses.length),
      longestPauseMs: Math.max(...pauses.map(({ lengthMs }) => lengthMs)),
    }),
    phonationRatio: round(1 - pausedMs / speechMs, 3),
    ...(syllables > 0 && { syllablesPerSecond: round((syllables * 1000) / (speechMs - pausedMs), 2) }),
    ...pitch,
    loudnessDbfs: round(loudness.mean, 1),
    loudnessSdDb: round(loudness.sd, 1),
  };
  return { speech, delivery };
}

/** First and last frame that are voiced. */
interface Span {
  readonly first: number;
  readonly last: number;
}

/** The level that tells speech from silence, dBFS; undefined of no audio. */
function speechThreshold(level: readonly number[], unvoiced: (frame: number) => boolean): number | undefined {
  const loudest = loudestOf(level);
  if (loudest === undefined) return undefined;
  // Behind a speaker in a noisy room silence is not as far down.
  const floor = level.reduce((least, each, i) => (each < least && unvoiced(i) ? each : least), Infinity);
  const quiet = floor === Infinity ? -Infinity : Math.min(floor + 6, loudest - 10);
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

interface Loudness {
  /** RMS over the speech frames, dBFS. */
  readonly mean: number;
  /** Standard deviation of their levels, dB. */
  readonly sd: number;
}

function loudnessOf(frames: Frames, { first, last }: Span, speaks: (index: number) => boolean): Loudness {
  const levels: number[] = [];
  let energy = 0;
  for (let i = first; i <= last; i++) {
    if (!speaks(i)) continue;
    energy += frames.energy[i]!;
    levels.push(frames.level[i]!);
  }
  return { mean: 10 * Math.log10(energy / levels.length), sd: deviation(levels)! };
}

/** A whistle, a beep, a mains hum. */
function isTone({ pitchSdSemitones }: ReturnType<typeof pitchFigures>, { sd }: Loudness): boolean {
  return pitchSdSemitones !== undefined && pitchSdSemitones < wavering.semitones && sd < wavering.decibels;
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
