import type { Delivery, Hesitation } from "../../ports/delivery.ts";

export type PracticeKind = "interview" | "rehearsal";

/** A part of an answer, as it was measured by itself. */
export interface AnswerPart {
  /** Place in the answer's audio; left out for the whole answer. */
  readonly startMs?: number;
  readonly endMs?: number;
  readonly words?: string;
  readonly figures: Pick<
    Delivery,
    "wordsPerMinute" | "syllablesPerSecond" | "longestPauseMs" | "pitchSdSemitones" | "fillerPercent"
  >;
}

/** Something that was said to be judged. */
export interface PracticeAnswer {
  /** Question of an interview. */
  readonly question?: string;
  /** Empty where they were not understood. */
  readonly words: string;
  /** The conversation's item, where the session told it. */
  readonly itemId?: string;
  /** In order; none where nothing was measured. */
  readonly parts?: readonly AnswerPart[];
  /** The first ums and drawn-out sounds that were heard; ms from the start of the answer. */
  readonly hesitations?: readonly Hesitation[];
}

/** Plain JSON: stored with a passivated session and restored on activation. */
export interface PracticeState {
  readonly kind: PracticeKind;
  /** Questions of an interview, in order; a rehearsal has none. */
  readonly questions: readonly string[];
  /** The question that is being answered. */
  readonly at: number;
  /** User turns so far. */
  readonly round: number;
  /** `proposed`: feedback was given, and whether to end was asked so often. */
  readonly phase:
    | { readonly name: "under_way" }
    | { readonly name: "proposed"; readonly asked: 1 | 2 }
    | { readonly name: "closed" };
  readonly answers: readonly PracticeAnswer[];
  /** Delivery of all that was said to be judged, in this take. */
  readonly delivery?: Delivery;
}
