/** An utterance as it was spoken: pitch, level, pauses, and the words along them, in rows of four seconds. Pure SVG. */
import { formatNumber } from "./figures.ts";
import type { ContourView, ReadingWord } from "./kept.ts";
import { place } from "./line-chart.ts";
import { type Markup, markup } from "./markup.ts";
import type { ReportTexts } from "./texts.ts";

const rowMs = 4000;
const width = 360;
/** With the words, and without any. */
const heights = { words: 132, bare: 96 };
const plot = { left: 6, right: 354, top: 8, bottom: 66 };
const level = { top: 70, bottom: 92 };
const wordLines = [107, 123];
/** Space a letter takes, for words that would lie upon each other. */
const letterWidth = 7;

/** The pitches that all utterances of a session are drawn between. */
export interface PitchScale {
  /** Hz; the session's median, or the middle of the drawing where there is no pitch. */
  readonly medianHz: number;
  /** Semitones under and over it that still fit. */
  readonly reach: number;
}

/** A scale on which all of them fit. */
export function pitchScale(contours: readonly ContourView[]): PitchScale {
  const pitches = contours
    .flatMap(({ pitchHz }) => pitchHz.filter((pitch) => pitch !== null))
    .sort((a, b) => a - b);
  const medianHz = pitches[pitches.length >> 1] ?? 150;
  const furthest = [pitches[0], pitches.at(-1)].map((pitch) =>
    Math.abs(semitones(pitch ?? medianHz, medianHz)),
  );
  return { medianHz, reach: Math.min(18, Math.max(5, ...furthest)) };
}

function semitones(pitch: number, reference: number): number {
  return 12 * Math.log2(pitch / reference);
}

interface PlacedWord {
  readonly text: string;
  readonly startMs: number;
  readonly verdict?: ReadingWord["verdict"];
}

/** Draws all rows of one utterance. */
export function drawContour(contour: ContourView, scale: PitchScale, texts: ReportTexts): Markup {
  const endMs = contour.startMs + contour.pitchHz.length * contour.stepMs;
  const rows = Math.max(1, Math.ceil((endMs - contour.startMs) / rowMs));
  const words = wordsOf(contour);
  return markup`<div class="rows">${Array.from({ length: rows }, (_, row) => drawRow(contour, words, scale, row, rows, texts))}</div>`;
}

function wordsOf({ words, reading }: ContourView): PlacedWord[] {
  const read = (reading?.words ?? []).flatMap(({ expected, heard, verdict, startMs }) =>
    startMs === undefined ? [] : [{ text: expected ?? heard ?? "…", startMs, verdict }],
  );
  return read.length > 0 ? read : (words ?? []).map(({ text, startMs }) => ({ text, startMs }));
}

function drawRow(
  contour: ContourView,
  words: readonly PlacedWord[],
  { medianHz, reach }: PitchScale,
  row: number,
  rows: number,
  texts: ReportTexts,
): Markup {
  const from = contour.startMs + row * rowMs;
  const toX = (ms: number) => plot.left + ((ms - from) / rowMs) * (plot.right - plot.left);
  const middle = (plot.top + plot.bottom) / 2;
  const toY = (pitch: number) => {
    const height = semitones(pitch, medianHz) / reach;
    return middle - Math.max(-1, Math.min(1, height)) * ((plot.bottom - plot.top) / 2);
  };
  const inside = (startMs: number, endMs: number) => endMs > from && startMs < from + rowMs;
  const clip = (ms: number) => place(toX(Math.max(from, Math.min(from + rowMs, ms))));
  const pauses = contour.pauses.filter(({ startMs, lengthMs }) => inside(startMs, startMs + lengthMs));
  // A word begins with its first sound, which may be a hiss before the first voiced moment.
  const rowWords = words.filter(
    ({ startMs }) => (row === 0 || startMs >= from) && (row === rows - 1 || startMs < from + rowMs),
  );
  const height = words.length > 0 ? heights.words : heights.bare;
  return markup`<svg class="contour" viewBox="0 0 ${width} ${height}" role="img" aria-label="${texts.contour(row + 1, rows)}">
${pauses.map(({ startMs, lengthMs }) => {
  const [x, end] = [clip(startMs), clip(startMs + lengthMs)];
  return markup`<rect class="pause" x="${x}" y="${plot.top}" width="${place(end - x)}" height="${level.bottom - plot.top}"/>
${startMs >= from && end - x > 24 && markup`<text class="axis" x="${place((x + end) / 2)}" y="${plot.top + 11}" text-anchor="middle">${formatNumber(lengthMs / 1000, 1, texts.locale)} s</text>`}`;
})}
<line class="median" x1="${plot.left}" x2="${plot.right}" y1="${middle}" y2="${middle}"/>
<text class="axis" x="${plot.right}" y="${middle - 3}" text-anchor="end">${Math.round(medianHz)} Hz</text>
<polygon class="level" points="${levelArea(contour, from, toX)}"/>
${pitchLines(contour, from, toX, toY).map((points) => markup`<polyline class="pitch" points="${points}"/>`)}
${drawWords(rowWords, toX)}
</svg>`;
}

/** The points of a row, each with the middle of its time. */
function rowPoints({ startMs, stepMs, pitchHz, levelDbfs }: ContourView, from: number) {
  const first = Math.round((from - startMs) / stepMs);
  return pitchHz.slice(first, first + rowMs / stepMs + 1).map((pitch, k) => ({
    pitch,
    level: levelDbfs[first + k] ?? -99,
    ms: startMs + (first + k + 0.5) * stepMs,
  }));
}

/** One line for each stretch of voice; a lone point is a short line. */
function pitchLines(
  contour: ContourView,
  from: number,
  toX: (ms: number) => number,
  toY: (pitch: number) => number,
): string[] {
  const lines: string[][] = [[]];
  for (const { pitch, ms } of rowPoints(contour, from)) {
    if (pitch === null) lines.push([]);
    else if (ms <= from + rowMs) lines.at(-1)?.push(`${place(toX(ms))},${place(toY(pitch))}`);
  }
  return lines
    .filter((line) => line.length > 0)
    .map((line) => (line.length > 1 ? line.join(" ") : `${line[0]} ${line[0]}`));
}

/** The level as a hill: 40 dB under the loudest is flat. */
function levelArea(contour: ContourView, from: number, toX: (ms: number) => number): string {
  const loudest = Math.max(...contour.levelDbfs);
  const toY = (dbfs: number) =>
    level.bottom - Math.max(0, 1 - (loudest - dbfs) / 40) * (level.bottom - level.top);
  const points = rowPoints(contour, from).filter(({ ms }) => ms <= from + rowMs);
  const hill = points.map((point) => `${place(toX(point.ms))},${place(toY(point.level))}`);
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) return "";
  return [`${place(toX(first.ms))},${level.bottom}`, ...hill, `${place(toX(last.ms))},${level.bottom}`].join(
    " ",
  );
}

/** Words where they begin; one that would lie upon the one before goes to the other line. */
function drawWords(words: readonly PlacedWord[], toX: (ms: number) => number): Markup[] {
  const ends = wordLines.map(() => 0);
  return words.map(({ text, startMs, verdict }) => {
    const length = text.length * letterWidth;
    const x = Math.max(0, Math.min(toX(startMs), width - length));
    const free = ends.findIndex((end) => end <= x);
    const line = free < 0 ? ends.indexOf(Math.min(...ends)) : free;
    ends[line] = x + length + 3;
    return markup`<text class="word ${verdict ?? ""}" x="${place(x)}" y="${wordLines[line]}">${text}</text>`;
  });
}
