/** A drill as a round: composed by the server, and what it came to as the server has it. */
import type { ProgressView } from "../../src/client/report/kept.ts";
import type { Turns } from "../../src/client/turns.ts";
import type { CoachDelivery } from "../../src/protocol/kuku-events.ts";
import { askHere } from "../ask.ts";
import { bareWord } from "./bare-word.ts";
import type { Choices } from "./choices.ts";
import { type DrillKind, type DrillRequest, takesOwnText } from "./drill-choices.ts";
import { type ReadWord, readWords } from "./read-words.ts";

/** Exercises of a round; each word of a pair is said twice. */
const roundSizes: Readonly<Record<DrillKind, number>> = {
  sentence: 10,
  minimal_pairs: 3,
  pacing: 10,
  prosody: 10,
};
/** A round is over after the sentence during which this passes, ms. */
export const roundMs = 5 * 60_000;

/** The part of `GET /api/sessions/{id}/results` that is shown. Scores are shares, 0–1. */
export interface RoundResults {
  /** Mean of the first readings; absent where nothing was judged. */
  readonly score?: number;
  /** Mean of each exercise's best reading. */
  readonly bestScore?: number;
  /** `score` less the one of the session before; absent for a first one. */
  readonly change?: number;
  readonly exercises: readonly ExerciseResult[];
  /** Words that went wrong, those to work on first. */
  readonly words: readonly WeakWord[];
}

interface ExerciseResult {
  readonly kind: DrillKind;
  readonly text: string;
  readonly readings: number;
  readonly first: number;
  readonly best: number;
  readonly itemIds: readonly string[];
}

interface WeakWord {
  /** In lower case, without punctuation. */
  readonly word: string;
  /** Right when it was last read. */
  readonly mended: boolean;
  /** The item of its last slip. */
  readonly itemId: string;
}

/** The drill for these choices: a text of one's own, else a round that the server composes. @throws AskError */
export async function composeDrill(choices: Choices, language: string): Promise<DrillRequest> {
  const { kind, focus, level, ownText } = choices;
  const text = takesOwnText(kind) ? ownText.trim() : "";
  if (text !== "") return { kind, text };
  const narrowing = { ...(focus !== "" && { focus }), ...(level !== undefined && { level: String(level) }) };
  const query = new URLSearchParams({ language, kind, size: String(roundSizes[kind]), ...narrowing });
  const { drill } = (await askHere(`/api/me/practice/round?${query}`)) as { drill: DrillRequest };
  return drill;
}

/** @throws AskError */
export async function fetchResults(sessionId: string): Promise<RoundResults> {
  return (await askHere(`/api/sessions/${sessionId}/results`)) as RoundResults;
}

/** The word where it went wrong; without its place where that is not known, as of a word that was left out. */
export function slippedWord(turns: Turns, { word, itemId }: WeakWord): ReadWord {
  const { utterance } = turns.turns.find((turn) => turn.utterance?.itemId === itemId) ?? {};
  const words = utterance?.drill ? readWords(utterance.drill) : [];
  const slip = words.find(
    ({ judged: { verdict, expected = "" } }) =>
      verdict !== "correct" && bareWord(expected) === bareWord(word),
  );
  return slip?.word ?? { text: word, number: 0 };
}

/** The text in which a word went wrong. */
export function slipText({ exercises }: RoundResults, { word, itemId }: WeakWord): string {
  return exercises.find(({ itemIds }) => itemIds.includes(itemId))?.text ?? word;
}

/** The last sentence was left behind, so that nothing is cut short. */
export function isBetweenSentences({ turns }: Turns): boolean {
  const drill = turns.findLast(({ utterance }) => utterance?.drill)?.utterance?.drill;
  return drill !== undefined && drill.next_sentence !== drill.sentence;
}

/** Means of how the round was spoken; a figure that was never computed is undefined. */
export function roundDelivery(turns: Turns): Record<"pace" | "pauses" | "melody", number | undefined> {
  const told = turns.turns.flatMap(({ utterance }) => utterance?.delivery ?? []);
  const mean = (name: keyof CoachDelivery) => {
    const values = told.flatMap((delivery) => {
      const value = delivery[name];
      return typeof value === "number" ? [value] : [];
    });
    return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : undefined;
  };
  return {
    pace: mean("syllables_per_second"),
    pauses: mean("pauses_per_minute"),
    melody: mean("pitch_sd_semitones"),
  };
}

/** The same figures of the session before with this persona; none of a first one. @throws AskError */
export async function fetchLastDelivery(
  persona: string,
  sessionId: string,
): Promise<Partial<ReturnType<typeof roundDelivery>>> {
  const { points } = (await askHere("/api/me/progress?limit=30")) as ProgressView;
  // The newest first; that of this session comes a moment after its end.
  const last = points.find((point) => point.persona === persona && point.sessionId !== sessionId);
  const { syllablesPerSecond: pace, pausesPerMinute: pauses, pitchSdSemitones: melody } = last?.metrics ?? {};
  return { pace, pauses, melody };
}

/** How many words of a text have been spoken so far, by what has been recognised; a word that was missed is passed over. */
export function spokenWords(text: string, heard: string): number {
  const words = text.split(/\s+/).map(bareWord);
  let at = 0;
  for (const spoken of heard.split(/\s+/).map(bareWord)) {
    if (spoken === "") continue;
    const found = words.slice(at, at + 4).indexOf(spoken);
    if (found >= 0) at += found + 1;
  }
  return at;
}
