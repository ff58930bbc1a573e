/** Two pitch contours of the same text, laid upon each other word by word. Pure. */
import { bareWord } from "./bare-word.ts";

/** The course of a voice's pitch. Times are ms from the start of the audio that the words' times are of, too. */
export interface PitchContour {
  readonly startMs: number;
  /** From one pitch to the next. */
  readonly stepMs: number;
  /** Hz; null where no voice is heard. */
  readonly pitchHz: ReadonlyArray<number | null>;
}

/** A word of the text; without times it was not said. */
interface ContourWord {
  readonly text: string;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

/** A text as somebody said it. */
export interface SpokenContour {
  readonly contour: PitchContour;
  /** In order. */
  readonly words: readonly ContourWord[];
}

/** `x`: place within the word, 0–1; `y`: semitones over the speaker's own median. */
export interface ContourPoint {
  readonly x: number;
  readonly y: number;
}

type Movement = "rising" | "falling" | "level";

/** The course of a voice within a word. */
export interface WordCourse {
  /** Stretches of voice. */
  readonly lines: ReadonlyArray<readonly ContourPoint[]>;
  /** Median, semitones over the speaker's own. */
  readonly height: number;
  readonly movement: Movement;
}

export interface AlignedWord {
  readonly text: string;
  /** Length in the model, ms; where that is not known, in one's own reading. */
  readonly lengthMs: number;
  /** Undefined: not said, or without voice. */
  readonly own?: WordCourse | undefined;
  readonly model?: WordCourse | undefined;
}

/** A change over a word that is heard as one, semitones. */
const heardChange = 1.5;
/** Words that are looked ahead for one that is not next. */
const lookahead = 4;

/** The words of the model, each with both courses. Where either has no words with times, all is one word: `text`. */
export function alignContours(own: SpokenContour, model: SpokenContour, text: string): AlignedWord[] {
  const isTimed = ({ words }: SpokenContour) => words.some((word) => spanOf(word) !== undefined);
  if (!isTimed(own) || !isTimed(model)) {
    const [ownSpan, modelSpan] = [wholeSpan(own.contour), wholeSpan(model.contour)];
    return [aligned(text, { own, ownSpan, model, modelSpan })];
  }
  let at = 0;
  return model.words
    .filter(({ text: word }) => bareWord(word) !== "")
    .map((word) => {
      const found = own.words
        .slice(at, at + lookahead)
        .findIndex((each) => bareWord(each.text) === bareWord(word.text));
      const mine = found < 0 ? undefined : own.words[at + found];
      if (found >= 0) at += found + 1;
      return aligned(word.text, { own, ownSpan: mine && spanOf(mine), model, modelSpan: spanOf(word) });
    });
}

/** The word in which the two are farthest apart: by how many semitones one's own lies above, and both movements. */
export function farthestApart(
  words: readonly AlignedWord[],
): { readonly word: AlignedWord; readonly above: number } | undefined {
  const apart = words.flatMap((word) => {
    const { own, model } = word;
    if (!own || !model) return [];
    const turned = own.movement === model.movement ? 0 : heardChange;
    const above = own.height - model.height;
    return [{ word, above, distance: Math.abs(above) + turned }];
  });
  const [first] = apart.toSorted((a, b) => b.distance - a.distance);
  return first && first.distance >= heardChange ? { word: first.word, above: first.above } : undefined;
}

type Span = readonly [startMs: number, endMs: number];

interface Voices {
  readonly own: SpokenContour;
  readonly ownSpan: Span | undefined;
  readonly model: SpokenContour;
  readonly modelSpan: Span | undefined;
}

function aligned(text: string, { own, ownSpan, model, modelSpan }: Voices): AlignedWord {
  const [from, to] = modelSpan ?? ownSpan ?? [0, 0];
  return {
    text,
    lengthMs: to - from,
    own: ownSpan && courseIn(own.contour, ownSpan),
    model: modelSpan && courseIn(model.contour, modelSpan),
  };
}

function spanOf({ startMs, endMs }: ContourWord): Span | undefined {
  return startMs === undefined || endMs === undefined || endMs <= startMs ? undefined : [startMs, endMs];
}

function wholeSpan({ startMs, stepMs, pitchHz }: PitchContour): Span {
  return [startMs, startMs + stepMs * pitchHz.length];
}

function courseIn(contour: PitchContour, [from, to]: Span): WordCourse | undefined {
  const { startMs, stepMs, pitchHz } = contour;
  const reference = medianPitch(contour);
  const lines: ContourPoint[][] = [[]];
  pitchHz.forEach((pitch, index) => {
    const at = startMs + (index + 0.5) * stepMs;
    if (at < from || at > to) return;
    if (pitch === null) lines.push([]);
    else lines.at(-1)?.push({ x: (at - from) / (to - from), y: 12 * Math.log2(pitch / reference) });
  });
  const voiced = lines.filter((line) => line.length > 0);
  const heights = voiced.flat().map(({ y }) => y);
  if (heights.length === 0) return undefined;
  return { lines: voiced, height: median(heights), movement: movementOf(heights) };
}

/** By the first and the last third. */
function movementOf(heights: readonly number[]): Movement {
  const third = Math.ceil(heights.length / 3);
  const change = median(heights.slice(-third)) - median(heights.slice(0, third));
  return change >= heardChange ? "rising" : change <= -heardChange ? "falling" : "level";
}

function medianPitch({ pitchHz }: PitchContour): number {
  return median(pitchHz.filter((pitch) => pitch !== null));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}
