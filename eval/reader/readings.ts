/** The readings of an evaluation: each sentence once in each voice, every other one with one known error. */
import { hashOf, type Sentence } from "./sentences.ts";

/** What went wrong in a reading; `none`: it was read as written. */
export const errors = ["none", "substitution", "one_phone", "omission", "insertion"] as const;
export type ErrorKind = (typeof errors)[number];

export interface PlannedReading {
  readonly sentence: Sentence;
  readonly kind: ErrorKind;
  /** What the voice says. */
  readonly said: string;
  /** The word it went wrong at; for an insertion the word after the added one. Absent where nothing did. */
  readonly place?: number;
}

/**
 * The reading of a sentence by the voice at `place` in the list of voices. Half of a sentence's voices read it right,
 * the others make an error whose kind moves on from sentence to sentence.
 */
export function planReading(sentence: Sentence, index: number, voice: number): PlannedReading {
  if ((index + voice) % 2 === 0) return { sentence, kind: "none", said: sentence.text };
  const wanted = errors.slice(1) as Exclude<ErrorKind, "none">[];
  const kind = wanted[((index >> 1) + (voice >> 1)) % wanted.length] as (typeof wanted)[number];
  return misread(sentence, kind, hashOf(`${sentence.text} ${voice}`));
}

function misread(sentence: Sentence, kind: Exclude<ErrorKind, "none">, choice: number): PlannedReading {
  const { words } = sentence;
  const places = words.flatMap((word, place) => {
    const open = { substitution: word.others, one_phone: word.slips, omission: [], insertion: [] }[kind];
    if (kind === "omission") return word.omissible ? [{ place, said: [] as string[] }] : [];
    if (kind === "insertion") return word.added ? [{ place, said: [word.added, word.word] }] : [];
    return open.map((other) => ({ place, said: [other] }));
  });
  const error = places[choice % places.length];
  if (!error) throw new Error(`no ${kind} for: ${sentence.text}`);
  const said = words.flatMap(({ word }, place) => (place === error.place ? error.said : [word]));
  return { sentence, kind, said: `${said.join(" ")}.`, place: error.place };
}
