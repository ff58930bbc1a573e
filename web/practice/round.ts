/** A drill as a round: what was read, how often, how well, and when it is enough. Pure. */
import type { Turns } from "../../src/client/turns.ts";
import type { CoachDelivery, CoachDrill, DrillWord } from "../../src/protocol/kuku-events.ts";

/** Sentences, or words of pairs, in a round. */
export const roundLength = 10;
/** A round is over after the sentence during which this passes, ms. */
export const roundMs = 5 * 60_000;

interface Attempt {
  readonly itemId: string;
  /** 0–1. */
  readonly score: number;
  readonly words: readonly DrillWord[];
}

/** One sentence of the round. */
export interface RoundItem {
  readonly text: string;
  readonly attempts: readonly Attempt[];
  /** It was read well, or left behind. */
  readonly finished: boolean;
}

/** A word that was not right, with where it can be heard. */
export interface WeakWord {
  readonly word: string;
  readonly slips: number;
  readonly sentence: string;
  readonly itemId: string;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

type Judged = CoachDrill & { readonly item_id: string };

function judgedTurns({ turns }: Turns): Judged[] {
  return turns.flatMap(({ utterance }) => {
    const drill = utterance?.drill;
    return drill?.item_id !== undefined && (drill.outcome === "read_well" || drill.outcome === "slipped")
      ? [{ ...drill, item_id: drill.item_id }]
      : [];
  });
}

/** How well a turn went, 0–1: the words that were right, the word of a pair, the pace. */
function scoreOf(drill: CoachDrill): number {
  if (drill.pair) return drill.outcome === "read_well" ? 1 : 0;
  const read = drill.accuracy ?? 0;
  return drill.pace ? (read + (drill.pace.verdict === "on_target" ? 1 : 0)) / 2 : read;
}

/** The round so far, in order. */
export function roundItems(turns: Turns): RoundItem[] {
  const items: RoundItem[] = [];
  for (const drill of judgedTurns(turns)) {
    const attempt = { itemId: drill.item_id, score: scoreOf(drill), words: drill.words ?? [] };
    const finished = drill.outcome === "read_well" || drill.next_sentence !== drill.sentence;
    const last = items.at(-1);
    if (last && !last.finished && last.text === drill.sentence)
      items[items.length - 1] = { ...last, finished, attempts: [...last.attempts, attempt] };
    else items.push({ text: drill.sentence, finished, attempts: [attempt] });
  }
  return items;
}

export const finishedCount = (items: readonly RoundItem[]) => items.filter(({ finished }) => finished).length;

const best = ({ attempts }: RoundItem) => Math.max(...attempts.map(({ score }) => score));

/** Per cent, of the best try of each sentence. Undefined where nothing was read. */
export function roundScore(items: readonly RoundItem[]): number | undefined {
  if (items.length === 0) return undefined;
  return Math.round((items.reduce((sum, item) => sum + best(item), 0) / items.length) * 100);
}

/** First and best try, per cent. */
export function firstAndBest(item: RoundItem): { first: number; best: number } {
  return { first: Math.round((item.attempts[0]?.score ?? 0) * 100), best: Math.round(best(item) * 100) };
}

/** The words with the most slips, three at most. */
export function weakWords(items: readonly RoundItem[]): WeakWord[] {
  const found = new Map<string, WeakWord>();
  for (const { text, attempts } of items)
    for (const { words, itemId } of attempts)
      for (const { verdict, expected, start_ms: startMs, end_ms: endMs } of words) {
        if (verdict === "correct" || expected === undefined) continue;
        const key = expected.toLowerCase();
        const slips = (found.get(key)?.slips ?? 0) + 1;
        found.set(key, { word: expected, slips, sentence: text, itemId, startMs, endMs });
      }
  return [...found.values()].sort((a, b) => b.slips - a.slips).slice(0, 3);
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

const bare = (word: string) => word.toLowerCase().replaceAll(/[^\p{L}\p{N}']/gu, "");

/** How many words of a text have been spoken so far, by what has been recognised; a word that was missed is passed over. */
export function spokenWords(text: string, heard: string): number {
  const words = text.split(/\s+/).map(bare);
  let at = 0;
  for (const spoken of heard.split(/\s+/).map(bare)) {
    if (spoken === "") continue;
    const found = words.slice(at, at + 4).indexOf(spoken);
    if (found >= 0) at += found + 1;
  }
  return at;
}
