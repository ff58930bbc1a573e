import type { Reading } from "../../ports/reading.ts";

/** Plain JSON. */
export interface DrillTally {
  /** Sentences of which every word was right, each time counted. */
  readonly readWell: number;
  /** Readings that could be judged. */
  readonly readings: number;
  /** Words asked for in these, and how many of them were right. */
  readonly words: number;
  readonly right: number;
  /** Words that went wrong, by the word in lower case. */
  readonly slips: Readonly<Record<string, DrillSlip>>;
  /** Words of minimal pairs that were said, by the pair as it is shown: "ship / sheep". */
  readonly pairs?: Readonly<Record<string, PairTally>>;
  /** Items of the readings, the oldest first. */
  readonly places?: readonly string[];
  /** Readings whose pace was judged, and how many of them were as asked. */
  readonly paced?: { readonly said: number; readonly right: number };
  /** Readings whose stress or melody could be told, and how many of them were as asked. */
  readonly prosody?: { readonly said: number; readonly right: number };
}

/** A place in the conversation: an item, and the part of its audio. */
interface TallyPlace {
  readonly itemId?: string;
  readonly startMs?: number;
  readonly endMs?: number;
}

export interface PairTally {
  readonly said: number;
  /** Heard as asked. */
  readonly right: number;
  /** Place at which a word of the pair was said last. */
  readonly place?: TallyPlace;
}

interface DrillSlip {
  readonly times: number;
  /** Whether it was right when it was last read. */
  readonly mended: boolean;
  /** Place at which it was read last. */
  readonly place?: TallyPlace;
}

export const emptyTally: DrillTally = { readWell: 0, readings: 0, words: 0, right: 0, slips: {} };

/** Words kept; more would be no list to work on. */
const mostWords = 100;
/** Items of readings kept. */
const mostPlaces = 12;

/** The tally with one more judged reading, of the conversation's item where it is known. */
export function tallyReading(
  tally: DrillTally,
  reading: Reading,
  well: boolean,
  itemId?: string,
): DrillTally {
  const asked = reading.words.filter(({ expected, exempt }) => expected !== undefined && exempt !== "unread");
  const slips = new Map(Object.entries(tally.slips));
  for (const { expected = "", verdict, startMs, endMs } of asked) {
    const place = itemId === undefined ? {} : { place: { itemId, startMs, endMs } };
    const word = expected.normalize("NFC").toLowerCase();
    const before = slips.get(word);
    if (verdict === "correct") {
      if (before) slips.set(word, { ...before, mended: true, ...place });
    } else if (before || slips.size < mostWords) {
      slips.set(word, { times: (before?.times ?? 0) + 1, mended: false, ...place });
    }
  }
  return {
    ...tally,
    readWell: tally.readWell + (well ? 1 : 0),
    readings: tally.readings + 1,
    words: tally.words + asked.length,
    right: tally.right + asked.filter(({ verdict }) => verdict === "correct").length,
    slips: Object.fromEntries(slips),
    ...(itemId !== undefined && { places: [...(tally.places ?? []), itemId].slice(-mostPlaces) }),
  };
}

/** The tally with one more word of a minimal pair. */
export function tallyPair(
  tally: DrillTally,
  words: readonly [string, string],
  well: boolean,
  itemId?: string,
): DrillTally {
  const pairs = tally.pairs ?? {};
  const name = words.join(" / ");
  const place = itemId === undefined ? {} : { place: { itemId } };
  return { ...tally, pairs: { ...pairs, [name]: { ...countedOne(pairs[name], well), ...place } } };
}

/** The tally with one more pace or melody that was judged; the reading itself is counted apart. */
export function tallyTask(tally: DrillTally, task: "paced" | "prosody", well: boolean): DrillTally {
  return { ...tally, [task]: countedOne(tally[task], well) };
}

const countedOne = (before: PairTally | undefined, well: boolean): PairTally => ({
  said: (before?.said ?? 0) + 1,
  right: (before?.right ?? 0) + (well ? 1 : 0),
});

/** Pairs by their share of words heard as asked, the ones to work on first. */
export function pairScores(tally: DrillTally): (PairTally & { readonly pair: string })[] {
  return Object.entries(tally.pairs ?? {})
    .map(([pair, score]) => ({ pair, ...score }))
    .sort((a, b) => a.right / a.said - b.right / b.said);
}

/** The words to work on, the ones that went wrong most often first; or those that went wrong and came right since. */
export function slippedWords(tally: DrillTally, mended: boolean): string[] {
  return Object.entries(tally.slips)
    .filter(([, slip]) => slip.mended === mended)
    .sort(([, a], [, b]) => b.times - a.times)
    .map(([word]) => word);
}
