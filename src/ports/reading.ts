/** A judged reading: verdicts by word and phone; a drill's tasks and results. */

export type WordVerdict = "correct" | "substituted" | "omitted" | "inserted";

/**
 * Reason why a reading cannot be judged: background noise, another voice, samples cut off at the loudest level, a voice too
 * quiet against what the microphone resolves, or the sound of the room over the words.
 */
export type Unjudgeable = "noise" | "second_voice" | "clipping" | "too_quiet" | "reverberation";

/** One word of a judged reading, in reading order. */
export interface ReadWord {
  readonly verdict: WordVerdict;
  /** The word of the text as it is written there (without punctuation); absent when inserted. */
  readonly expected?: string;
  /** The word recognised instead, or inserted; `correct` repeats the word; absent when omitted, or when it was no known word. */
  readonly heard?: string;
  /** Quality of the pronunciation, 0–1; absent when omitted. */
  readonly score?: number;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly phones?: readonly ReadPhone[];
  /** Set on a word that is not `correct` and no slip either. */
  readonly exempt?: Exemption;
}

/**
 * Why a wrong word is no slip: an added one is an um, or was said again, as one corrects oneself; one that was left out
 * lies behind the place where the reading ended.
 */
type Exemption = "filled_pause" | "repetition" | "unread";

/** True for a word that went wrong and counts as such. */
export const isSlip = ({ verdict, exempt }: Pick<ReadWord, "verdict" | "exempt">): boolean =>
  verdict !== "correct" && exempt === undefined;

/** The last word that was read of a reading that ended before its text; undefined: it went to its end. */
export function endedAfter({ words }: Pick<Reading, "words">): ReadWord | undefined {
  if (words.at(-1)?.exempt !== "unread") return undefined;
  return words.findLast(({ verdict, exempt }) => exempt !== "unread" && verdict !== "inserted");
}

/** One phone of a judged word. `phone` is in the engine's own alphabet (ARPAbet for English). */
export interface ReadPhone {
  readonly phone: string;
  /** 0–1. */
  readonly score: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** A judged reading of a known text. */
export interface Reading {
  readonly text: string;
  readonly words: readonly ReadWord[];
  /** Share of the text's words read correctly, 0–1. */
  readonly accuracy: number;
  /**
   * Distance of what was heard from the other word, where one word is listened for beside one other: 0 (either) – 1
   * (surely not it).
   */
  readonly clarity?: number;
}

/** A pace to read at, or a pause to hold: `value` ± `tolerance` in the unit. */
export interface PaceTarget {
  readonly unit: "words_per_minute" | "syllables_per_second" | "pause_seconds";
  readonly value: number;
  readonly tolerance: number;
}

/** How the melody of a sentence is to be. Words and syllables are counted from 0. */
export type ProsodyTarget =
  /** The word stressed on one of its syllables. */
  | {
      readonly aspect: "stress";
      readonly word: number;
      readonly syllables: readonly string[];
      readonly stressed: number;
    }
  /** The word said with more weight than any other. */
  | { readonly aspect: "emphasis"; readonly word: number }
  /** The voice at the end. */
  | { readonly aspect: "contour"; readonly shape: "rise" | "fall" }
  /** A pause after each of these words, and nowhere else. */
  | { readonly aspect: "pauses"; readonly after: readonly number[] };

/** A pause that was made, or asked for: `ms` 0 where there was none. */
export interface PhrasePause {
  /** Word that it follows, from 0. */
  readonly after: number;
  readonly ms: number;
  readonly asked: boolean;
}

/** True for a pause that was asked for and not made, or made and not asked for. */
export const isWrongPause = ({ ms, asked }: PhrasePause): boolean => asked === (ms === 0);

/**
 * Result of a prosody task. `unclear`: nothing could be told, which is no slip. What was heard, by the task's aspect: a
 * syllable or a word from 0, a shape, the pauses.
 */
export interface ProsodyResult {
  readonly target: ProsodyTarget;
  readonly verdict: "as_asked" | "otherwise" | "unclear";
  /** By how much it was as asked (over 0) or otherwise: log odds, semitones or ms. Absent where nothing was measured. */
  readonly score?: number;
  readonly syllable?: number;
  readonly word?: number;
  readonly shape?: "rise" | "fall" | "level";
  readonly pauses?: readonly PhrasePause[];
  /** Change of pitch over the end of the sentence, semitones. */
  readonly semitones?: number;
  /** Stretch of the item's audio that bears it out, ms. */
  readonly startMs?: number;
  readonly endMs?: number;
}

/** A drill's task beyond reading its text right. */
export type DrillTask =
  /** Say the one of two words that is asked for. */
  | { readonly kind: "minimal_pairs"; readonly words: readonly [string, string] }
  /** Read at a pace, or pause at the dots. */
  | { readonly kind: "pacing"; readonly target: PaceTarget }
  /** Read with a stress, an emphasis, an end that rises or falls, or pauses between phrases. */
  | { readonly kind: "prosody"; readonly target: ProsodyTarget };

/** Result of one word of a minimal pair. */
export interface PairResult {
  readonly words: readonly [string, string];
  readonly asked: string;
  /** The one of the two that was recognised. */
  readonly heard: string;
  /** Clarity as in `Reading`; absent where words are all that is known. */
  readonly clarity?: number;
  /** Number of times a word of this pair was asked for and said, and heard as asked, this time included. */
  readonly said: number;
  readonly right: number;
  /** True: this was the pair's last round. */
  readonly finished: boolean;
  /** Instruction for making the sound asked for. */
  readonly way: string;
}

/** Result of a pacing task. */
export interface PaceResult {
  readonly target: PaceTarget;
  /** In the target's unit. */
  readonly measured: number;
  readonly verdict: "on_target" | "below" | "above";
}

/** Where a round of exercises stands. */
export interface RoundProgress {
  /** Exercises left behind, read well or given up. */
  readonly done: number;
  readonly of: number;
  /** The last one has just been left behind. */
  readonly finished: boolean;
}
