/** Answers a sign of crisis in place of coaching, then resumes the conversation or ends it. Pure; rules [CA…]. */
import { asksToEnd, readEndingAnswer } from "../nlu/ending.ts";
import { careGoodbye, careReply } from "./care-replies.ts";
import { type CareKind, careKinds } from "./kinds.ts";
import { signOfCrisis } from "./signs.ts";

/** Plain JSON, kept with the coach's state: a session that was flagged stays flagged. */
export interface CrisisFlag {
  /** The most urgent sign so far. */
  readonly kind: CareKind;
  /** Time of the first sign: wall clock, ms since 1970; absent where no time was given. */
  readonly at?: number;
  /** `raised`: by a model, and not answered yet. `asked`: the user was asked whether to go on. */
  readonly step: "raised" | "asked" | "settled";
  /** Number of answers given to it. */
  readonly answered: number;
}

/** The coach's step after a turn of the user. */
export type CareStep =
  /** Say this instead of coaching. `news`: of this turn. */
  | { readonly do: "answer"; readonly flag: CrisisFlag; readonly says: string; readonly news?: CareKind }
  /** The user wants to stop. */
  | { readonly do: "stop"; readonly flag: CrisisFlag; readonly says: string }
  /** The user wants to go on, and said no more than that. */
  | { readonly do: "go_on"; readonly flag: CrisisFlag };

/** A turn of the user, as far as its words are known. */
export interface CareInput {
  readonly words: string;
  /** The part of them that was surely heard so; left out: all of them. */
  readonly certain?: string;
  /** BCP 47. */
  readonly language: string;
  /** Text that the user was given to read, whose words are not the user's own. */
  readonly given?: string;
  readonly now?: number;
}

/** Decides about a turn; undefined: the turn goes to the flow. */
export function advanceCare(flag: CrisisFlag | undefined, heard: CareInput): CareStep | undefined {
  const { words, certain = words, language, given, now } = heard;
  const sign = given !== undefined && signOfCrisis(given) !== undefined ? undefined : signOfCrisis(words);
  const open = flag?.step === "raised" ? flag.kind : undefined;
  const kind = sign ?? open;
  if (kind !== undefined) {
    const raised = raiseFlag(flag, kind, now);
    // [CA7] A sign that may have been misheard is answered as one, and said to be uncertain.
    const misheard = sign !== undefined && open === undefined && signOfCrisis(certain) === undefined;
    const says = careReply(kind, language, { again: raised.answered > 0, misheard });
    return {
      do: "answer",
      flag: { ...raised, step: "asked", answered: raised.answered + 1 },
      says,
      news: sign,
    };
  }
  if (flag?.step !== "asked") return undefined;
  const settled: CrisisFlag = { ...flag, step: "settled" };
  if (wantsToStop(certain, language))
    return { do: "stop", flag: settled, says: careGoodbye(flag.kind, language) };
  return wantsToGoOn(certain, language) ? { do: "go_on", flag: settled } : undefined;
}

/** The flag with one more sign; the kind only becomes more urgent. */
export function raiseFlag(flag: CrisisFlag | undefined, kind: CareKind, now?: number): CrisisFlag {
  if (!flag) return { kind, at: now, step: "raised", answered: 0 };
  const urgent = careKinds.indexOf(kind) < careKinds.indexOf(flag.kind) ? kind : flag.kind;
  return { ...flag, kind: urgent, step: "raised" };
}

/** The question offers both, so that a bare yes or no answers neither. */
function wantsToStop(words: string, language: string): boolean {
  return asksToEnd(words, language) || /^\W*(?:(?:let's|on) )?(?:stop|arrêt\p{L}*)(?![\p{L}])/iu.test(words);
}

const goingOn =
  /^\W*(?:yes |oui |please |no |non )?(?:(?:i'd like to|i want to|let's|je veux|j'aimerais|on peut|can we) )?(?:go on|continue|continuer?|on continue|carry on|keep going)(?: please| here| ici)?\W*$/i;

function wantsToGoOn(words: string, language: string): boolean {
  return (
    goingOn.test(words) ||
    (words.trim().split(/\s+/).length <= 3 && readEndingAnswer(words, language) === "no")
  );
}
