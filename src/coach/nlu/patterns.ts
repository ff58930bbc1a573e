/** The shape of a language's patterns, and the normal form of the words they match. */

/** Patterns are tried on `plainWords`: lower case, straight apostrophes, no other punctuation, single spaces. */
export interface LanguagePatterns {
  /** BCP 47 primary subtag. */
  readonly language: string;
  /** Words that carry no matter of their own; apostrophes split words here. */
  readonly stopWords: ReadonlySet<string>;
  readonly numbers: Readonly<Record<string, number>>;
  /** Ends of clauses inside a run of words without punctuation. */
  readonly clauseBreak: RegExp;
  readonly negation: RegExp;
  /** Takes a commitment back. */
  readonly withdrawal: RegExp;
  /** Only a possibility: no commitment. */
  readonly hedge: RegExp;
  /** Said after a possibility, makes it a commitment. */
  readonly assent: RegExp;
  /** A commitment; group `deed` is what will be done, `lead` what stands before. */
  readonly commitment: readonly RegExp[];
  /** A `lead` that takes the commitment back: "I don't know what …". */
  readonly doubtfulLead: RegExp;
  /** Deeds that are none: "be late". */
  readonly notADeed: RegExp;
  /** A clause that makes what the same sentence promises behind it a mere possibility: "if he does". */
  readonly condition: RegExp;
  /** What stands before a clause that makes it the consequence of another: "…. Then". Tried on the text itself. */
  readonly consequence: RegExp;
  /** Ends in a preposition or an article whose word is missing. */
  readonly dangling: RegExp;
  /** Words after which a deed's reason begins. */
  readonly reason: RegExp;
  /** Makes of a deed what can stand in a list. */
  readonly nameDeed: (deed: string) => string;
  readonly when: RegExp;
  /** A goal called one; group `deed`. */
  readonly namedGoal: RegExp;
  /** A wish that may be the goal; group `deed`. */
  readonly wish: RegExp;
  readonly notAGoal: RegExp;
  /** Something that could be done. */
  readonly idea: RegExp;
  /** Begins with an "or". */
  readonly alternative: RegExp;
  /** Cannot be an idea, whatever was asked: it tells of what is or was. */
  readonly notAnIdea: RegExp;
  /** What a sentence tells beside goals, ideas and actions; the first that fits counts. */
  readonly matters: Readonly<Record<"tried" | "obstacle" | "now" | "people" | "sure", RegExp>>;
  /** A clause of fillers and greetings alone. */
  readonly filler: RegExp;
  /** Something understood anew. */
  readonly insight: RegExp;
  /** Says nothing of the matter: "I don't know", "you tell me". */
  readonly noContent: RegExp;
  readonly ending: EndingPatterns;
}

/** Patterns of requests to end, and of answers to the question whether to end. */
interface EndingPatterns {
  /** Asks to end the conversation or to sum it up. */
  readonly ask: readonly RegExp[];
  readonly yes: RegExp;
  /** Words that may stand beside a yes without changing it. Global. */
  readonly withYes: RegExp;
  /** Words that make a yes doubtful. */
  readonly reservation: RegExp;
  /** A no, or wanting to go on. */
  readonly no: RegExp;
  /** Begins like a no and is none. */
  readonly notANo: RegExp;
  /** Wants more time; group `count` where a number of minutes was said. */
  readonly moreTime: RegExp;
  /** Minutes asked for without a number. */
  readonly defaultMinutes: number;
}

/** The form in which words are compared: `"No — not yet!"` → `no not yet`. */
export function plainWords(text: string): string {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[^\p{L}\p{N}\p{M}']+/gu, " ")
    .trim();
}
