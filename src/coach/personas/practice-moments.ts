/** The moments of a practice: the parts of each answer, and of all parts the best and the worst. Pure. */
import type { PracticeFigure, PracticeMoment } from "../../ports/brief.ts";
import type { TranscribedWord } from "../../ports/transcriber.ts";
import { judge } from "../delivery/bands.ts";
import type { FlowTurn } from "../flow/flow.ts";
import type { AnswerPart, PracticeAnswer } from "./practice-state.ts";

/** An answer is cut into parts of at least this length where its words have times, ms. */
const partMs = 10_000;
/** Parts of an answer that are kept, the first ones. */
const mostParts = 30;
/** Words of a part that are kept to name it by. */
const namingWords = 6;
/** Words that are enough for a pace of their own. */
const fewestWords = 8;
/** Speech that is enough to stand for itself, ms. */
const leastSpeechMs = 2000;

/** The silences that a listener notices, and that they mind, ms. */
const noticedPauseMs = 1500;
const longPauseMs = 3000;
/** Syllables a second of phonation that are clearly outside the usual 4 to 5. */
const syllables = { slow: 3, quick: 5.5 };

/** The parts of a turn: by its words where they have times, else the whole of it. */
export function answerParts(turn: FlowTurn): AnswerPart[] {
  const { delivery, timedWords = [], understood } = turn;
  const cut = understood ? partsOf(timedWords) : [];
  if (cut.length > 1) return cut.slice(0, mostParts).map(measured);
  if (!delivery || delivery.speechMs < leastSpeechMs) return [];
  const { wordsPerMinute, syllablesPerSecond, longestPauseMs, pitchSdSemitones, fillerPercent } = delivery;
  const figures = { wordsPerMinute, syllablesPerSecond, longestPauseMs, pitchSdSemitones, fillerPercent };
  return [{ figures }];
}

/** Cuts words into stretches of about `partMs`; a short rest joins the last. */
function partsOf(words: readonly TranscribedWord[]): TranscribedWord[][] {
  const parts: TranscribedWord[][] = [];
  for (const word of words) {
    const last = parts.at(-1);
    if (last?.[0] && word.endMs - last[0].startMs <= partMs) last.push(word);
    else parts.push([word]);
  }
  const [rest, before] = [parts.at(-1), parts.at(-2)];
  if (rest && before && rest.length < fewestWords) {
    before.push(...rest);
    parts.pop();
  }
  return parts;
}

function measured(words: readonly TranscribedWord[]): AnswerPart {
  const [first, last] = [words[0] as TranscribedWord, words.at(-1) as TranscribedWord];
  const gaps = words.slice(1).map((word, at) => word.startMs - (words[at] as TranscribedWord).endMs);
  const minutes = (last.endMs - first.startMs) / 60_000;
  const naming = words.slice(0, namingWords);
  // A word that may have been misheard stands in no quote.
  const named = naming.every(({ doubtful }) => !doubtful);
  return {
    startMs: first.startMs,
    endMs: last.endMs,
    ...(named && { words: naming.map(({ text }) => text).join(" ") }),
    figures: {
      longestPauseMs: Math.max(0, ...gaps),
      ...(words.length >= fewestWords && minutes > 0 && { wordsPerMinute: words.length / minutes }),
    },
  };
}

/** The moments that stand out; undefined of fewer than two. `language`: BCP 47. */
export function outstandingMoments(
  answers: readonly PracticeAnswer[],
  language: string,
): { readonly best: PracticeMoment; readonly worst: PracticeMoment } | undefined {
  const moments = answers.flatMap(({ itemId, parts = [] }, at) =>
    parts.map((part) => ({ part, itemId, number: at + 1, flaws: flawsOf(part, language) })),
  );
  if (moments.length < 2) return undefined;
  const paces = moments.flatMap(({ part }) => paceOf(part)?.value ?? []);
  const usual = paces.reduce((sum, pace) => sum + pace, 0) / Math.max(1, paces.length);
  const scored = moments.map((moment) => ({
    ...moment,
    // With nothing amiss, the stretch nearest to the speaker's own pace is the evenest one.
    score: sum(moment.flaws) + Math.min(0.9, Math.abs((paceOf(moment.part)?.value ?? usual) / usual - 1)),
  }));
  const ranked = scored.toSorted((a, b) => a.score - b.score);
  const [first, last] = [ranked[0], ranked.at(-1)];
  if (!first || !last) return undefined;
  const best = virtueOf(first.part, language);
  const worst = last.flaws.toSorted((a, b) => b.weight - a.weight)[0]?.figure ?? paceOf(last.part);
  if (!best || !worst) return undefined;
  return { best: momentOf(first, best), worst: momentOf(last, worst) };
}

interface Flaw {
  readonly figure: PracticeFigure;
  readonly weight: number;
}

const sum = (flaws: readonly Flaw[]) => flaws.reduce((total, { weight }) => total + weight, 0);

function flawsOf({ figures }: AnswerPart, language: string): Flaw[] {
  const { longestPauseMs = 0, pitchSdSemitones, fillerPercent } = figures;
  const flaws: Flaw[] = [];
  const pace = paceOf({ figures }, language);
  if (pace?.verdict === "low" || pace?.verdict === "high") flaws.push({ figure: pace, weight: 2 });
  if (longestPauseMs >= noticedPauseMs) {
    const figure = { about: "longest_pause", value: seconds(longestPauseMs), verdict: "high" } as const;
    flaws.push({ figure, weight: longestPauseMs >= longPauseMs ? 3 : 1 });
  }
  if (pitchSdSemitones !== undefined && judge("pitchSdSemitones", pitchSdSemitones, language)?.band === "low")
    flaws.push({
      figure: { about: "pitch_movement", value: tenths(pitchSdSemitones), verdict: "low" },
      weight: 1,
    });
  if (fillerPercent !== undefined && judge("fillerPercent", fillerPercent, language)?.band === "high")
    flaws.push({ figure: { about: "fillers", value: tenths(fillerPercent), verdict: "high" }, weight: 2 });
  return flaws;
}

/** What speaks for a part: its pace, else the movement of its voice, else how short its longest pause is. */
function virtueOf({ figures }: AnswerPart, language: string): PracticeFigure | undefined {
  const pace = paceOf({ figures }, language);
  const { pitchSdSemitones, longestPauseMs } = figures;
  if (pace?.verdict === "good") return pace;
  if (
    pitchSdSemitones !== undefined &&
    judge("pitchSdSemitones", pitchSdSemitones, language)?.band === "good"
  )
    return { about: "pitch_movement", value: tenths(pitchSdSemitones), verdict: "good" };
  if (longestPauseMs !== undefined && longestPauseMs < noticedPauseMs)
    return { about: "longest_pause", value: seconds(longestPauseMs), verdict: "good" };
  return pace;
}

/** The pace by words, else by syllables; judged where a language is given. */
export function paceOf(
  { figures }: Pick<AnswerPart, "figures">,
  language?: string,
): PracticeFigure | undefined {
  const { wordsPerMinute, syllablesPerSecond } = figures;
  if (wordsPerMinute !== undefined) {
    const band = language === undefined ? undefined : judge("wordsPerMinute", wordsPerMinute, language)?.band;
    const verdict = band === "fair" ? undefined : band;
    return { about: "words_per_minute", value: Math.round(wordsPerMinute), ...(verdict && { verdict }) };
  }
  if (syllablesPerSecond === undefined) return undefined;
  const verdict =
    syllablesPerSecond >= syllables.quick ? "high" : syllablesPerSecond <= syllables.slow ? "low" : "good";
  return { about: "syllables_per_second", value: tenths(syllablesPerSecond), verdict };
}

function momentOf(
  { number, itemId, part }: { number: number; itemId?: string; part: AnswerPart },
  because: PracticeFigure,
): PracticeMoment {
  const { startMs, endMs, words } = part;
  return { number, itemId, startMs, endMs, words, because };
}

const tenths = (value: number) => Math.round(value * 10) / 10;
const seconds = (ms: number) => tenths(ms / 1000);
