/** Words of a reading that are wrong and no slip: ums, words said again, and words behind the place where it ended. Pure. */
import type { Contour } from "../../pipeline/delivery/contour.ts";
import type { Hesitation } from "../../ports/delivery.ts";
import type { Reading, ReadWord } from "../../ports/reading.ts";
import { languageWords } from "../delivery/word-lists.ts";

/** Words at the end of a text that make a reading unfinished where all of them were left out; fewer are a slip. */
const fewestUnread = 2;
/** Most words that are said again in one go; more were added. */
const mostRepeated = 4;
/** Time beside a filled pause that an added word without a name may cover as well, ms. */
const beside = 450;

/** `contour`: of the audio that the reading's times are of. `language`: BCP 47, of the text; without it ums are told by their sound alone. */
interface Around {
  readonly contour?: Pick<Contour, "hesitations"> | undefined;
  readonly language?: string;
}

/** [DR22] [DR23] The reading with each word that is wrong and no slip marked as such. */
export function exemptWords(reading: Reading, { contour, language }: Around): Reading {
  const hesitations = (contour?.hesitations ?? []).filter(({ kind }) => kind === "filled_pause");
  const filled = (language === undefined ? undefined : languageWords(language))?.filledPauses;
  const words = reading.words.map((word): ReadWord => {
    if (word.verdict !== "inserted" || word.exempt !== undefined) return word;
    const isFilled =
      word.heard === undefined
        ? hesitations.some((hesitation) => isAt(word, hesitation))
        : filled?.test(spelling(word.heard));
    return isFilled ? { ...word, exempt: "filled_pause" } : word;
  });
  return { ...reading, words: exemptUnread(exemptRepetitions(words)) };
}

/** Whether an added word is the filled pause, with little beside it. */
function isAt({ startMs, endMs }: ReadWord, hesitation: Hesitation): boolean {
  if (startMs === undefined || endMs === undefined) return false;
  const shared = Math.min(endMs, hesitation.endMs) - Math.max(startMs, hesitation.startMs);
  const enough = shared >= 0.5 * (hesitation.endMs - hesitation.startMs);
  return enough && endMs - startMs - shared <= beside;
}

/**
 * Words that were begun again, as they are when one corrects oneself ("the house, the horse"): added words that begin
 * with the word of the text behind them, or end with the one before them.
 */
function exemptRepetitions(words: readonly ReadWord[]): ReadWord[] {
  const exempt = [...words];
  const isAdded = ({ verdict, exempt: known }: ReadWord) => verdict === "inserted" && known === undefined;
  for (let from = 0; from < words.length; from++) {
    if (!isAdded(words[from]!)) continue;
    let to = from;
    while (to < words.length && isAdded(words[to]!)) to++;
    const run = words.slice(from, to);
    const named = run.flatMap(({ heard }) => heard ?? []);
    const before = words.slice(0, from).findLast(isRight);
    const after = words.slice(to).find(isRight);
    if (run.length <= mostRepeated && (isSame(named[0], after) || isSame(named.at(-1), before)))
      for (let at = from; at < to; at++) exempt[at] = { ...words[at]!, exempt: "repetition" };
    from = to;
  }
  return exempt;
}

const isRight = ({ verdict }: ReadWord): boolean => verdict === "correct";

const isSame = (heard: string | undefined, word: ReadWord | undefined): boolean =>
  heard !== undefined && word?.expected !== undefined && spelling(heard) === spelling(word.expected);

const spelling = (word: string): string => word.normalize("NFC").toLowerCase();

/** Words from the first one that was left out behind the last right one; what was heard among them was no word of the text. */
function exemptUnread(words: readonly ReadWord[]): ReadWord[] {
  const right = words.findLastIndex(isRight);
  const end = words.findIndex(({ verdict }, at) => at > right && verdict === "omitted");
  const left = words.slice(end).filter(({ verdict }) => verdict === "omitted").length;
  if (right < 0 || end < 0 || left < fewestUnread) return [...words];
  return words.map((word, at) =>
    at < end || word.exempt !== undefined ? word : { ...word, exempt: "unread" },
  );
}
