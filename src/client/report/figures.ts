/** The delivery figures as people are shown them: which, in what order, in what words. Data. */

/** Names of a figure in one language. */
export interface FigureWords {
  readonly label: string;
  readonly unit: string;
  readonly about: string;
  /** Names of the rule's bands; a band without one keeps its own. */
  readonly bands?: Readonly<Partial<Record<"low" | "good" | "fair" | "high", string>>> | undefined;
}

/** A figure with its English words. */
export interface FigureText extends FigureWords {
  /** Name, as the server has it. */
  readonly name: string;
  readonly digits: number;
  /** Divisor of the server's value; 1 where absent. */
  readonly per?: number;
  /** No value shown can be greater. */
  readonly most?: number;
}

const shown = [
  {
    name: "wordsPerMinute",
    label: "Speech rate",
    unit: "words/min",
    about: "words from the first to the last",
    digits: 0,
    bands: { low: "slow", good: "good", high: "fast" },
  },
  {
    name: "syllablesPerSecond",
    label: "Articulation rate",
    unit: "syllables/s",
    about: "syllables heard, pauses left out",
    digits: 1,
  },
  {
    name: "pausesPerMinute",
    label: "Pauses",
    unit: "per min",
    about: "silences of 250 ms or more inside what you said",
    digits: 1,
  },
  { name: "meanPauseMs", label: "Mean pause", unit: "s", about: "length of a pause", digits: 2, per: 1000 },
  {
    name: "longestPauseMs",
    label: "Longest pause",
    unit: "s",
    about: "the longest of them",
    digits: 2,
    per: 1000,
  },
  {
    name: "phonationRatio",
    label: "Time speaking",
    unit: "%",
    about: "share of the time that is no pause",
    digits: 0,
    per: 0.01,
    most: 100,
  },
  { name: "pitchHz", label: "Pitch", unit: "Hz", about: "median of the voice", digits: 0 },
  {
    name: "pitchSdSemitones",
    label: "Pitch movement",
    unit: "semitones",
    about: "standard deviation of the pitch",
    digits: 1,
    bands: { low: "monotone", good: "lively" },
  },
  {
    name: "pitchRangeSemitones",
    label: "Pitch range",
    unit: "semitones",
    about: "from the 5th to the 95th percentile",
    digits: 1,
  },
  {
    name: "loudnessDbfs",
    label: "Loudness",
    unit: "dBFS",
    about: "level of the speech; depends on the microphone",
    digits: 0,
  },
  {
    name: "loudnessSdDb",
    label: "Loudness variation",
    unit: "dB",
    about: "standard deviation of the level",
    digits: 1,
  },
  {
    name: "filledPauseCount",
    label: "Ums heard",
    unit: "count",
    about: "um and uh of a quarter of a second or so, by their sound",
    digits: 0,
  },
  {
    name: "prolongationCount",
    label: "Sounds drawn out",
    unit: "count",
    about: "vowels held within words, by their sound",
    digits: 0,
  },
  {
    name: "fillerPercent",
    label: "Fillers",
    unit: "% of words",
    about: "um, uh, you know…; of verbatim transcripts",
    digits: 1,
    bands: { good: "few", fair: "some", high: "many" },
  },
  {
    name: "hedgesPer100Words",
    label: "Hedges",
    unit: "per 100 words",
    about: "maybe, I think, sort of…",
    digits: 1,
  },
  {
    name: "repetitionsPer100Words",
    label: "Repetitions",
    unit: "per 100 words",
    about: "words said twice in a row; of verbatim transcripts",
    digits: 1,
  },
  {
    name: "talkSharePercent",
    label: "Talk share",
    unit: "%",
    about: "your speech by all speech",
    digits: 0,
    most: 100,
  },
  {
    name: "responseGapMs",
    label: "Response gap",
    unit: "s",
    about: "the coach stops, you start; median",
    digits: 2,
    per: 1000,
  },
] as const satisfies readonly FigureText[];

export type FigureName = (typeof shown)[number]["name"];

/** The figures shown; counts that a rate tells better are left out. */
export const figures: readonly (FigureText & { readonly name: FigureName })[] = shown;

const byName: ReadonlyMap<string, FigureText> = new Map(figures.map((figure) => [figure.name, figure]));

/** @throws RangeError for a figure that is not shown. */
export function figureText(name: string): FigureText {
  const figure = byName.get(name);
  if (!figure) throw new RangeError(`there is no figure ${name}`);
  return figure;
}

/** A server's value in the unit it is shown in. */
export function shownValue({ per = 1 }: FigureText, value: number): number {
  return value / per;
}

/** The value in figures, without its unit; a true minus sign. */
export function formatFigure(figure: FigureText, value: number, locale = english): string {
  return formatNumber(shownValue(figure, value), figure.digits, locale);
}

/** A number with so many digits behind the point, thousands not set apart. */
export function formatNumber(value: number, digits: number, locale = english): string {
  const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  return value.toLocaleString(locale, fixed).replace(/^-/, "−");
}

/** The name of a figure's band. */
export function bandName({ bands }: FigureWords, band: "low" | "good" | "fair" | "high"): string {
  return bands?.[band] ?? band;
}

const english = "en-GB";

/** Date and time where the reader is, such as `23 Nov 2026, 09:30`. */
export function formatTime(time: string, locale = english): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}

/** A length of time, such as `11 min`, `40 s`. */
export function formatLength(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
