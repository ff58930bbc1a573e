/** The kinds of crisis, and the shape of what a language listens for. */

/**
 * The kind of a sign. `self_harm`: suicide and self-injury; `violence`: towards others; `abuse`: from others, now or in the
 * past; `someone_else`: any of these about somebody the user knows.
 */
export type CareKind = "self_harm" | "violence" | "abuse" | "someone_else";

/** Most urgent first: of several signs the first is answered. */
export const careKinds = [
  "self_harm",
  "abuse",
  "violence",
  "someone_else",
] as const satisfies readonly CareKind[];

/** Patterns of a language's signs. */
export interface CrisisPatterns {
  /** Subjects of a clause; global. A negation counts from the last one on. */
  readonly subject: RegExp;
  /** The speaker; global. */
  readonly self: RegExp;
  readonly negation: RegExp;
  /** A negation beside one of these denies nothing: "can't stop thinking about". */
  readonly notANegation: RegExp;
  /** Somebody the user knows; global. */
  readonly somebody: RegExp;
  /** The sentence is about a film, a study, prevention. */
  readonly fictional: RegExp;
  /** Words of somebody made up. */
  readonly quoted: RegExp;
  /** Figures of speech, taken out before anything is looked for; global. */
  readonly figures: readonly RegExp[];
  /** Signs by themselves; they hold their own negations. */
  readonly certain: Readonly<Record<CareKind, readonly RegExp[]>>;
  /** Signs unless denied, or about a film or the like. */
  readonly likely: Readonly<Record<CareKind, readonly RegExp[]>> & {
    /** `self_harm`, or `someone_else` where the clause is about somebody. */
    readonly anyone: readonly RegExp[];
  };
}
