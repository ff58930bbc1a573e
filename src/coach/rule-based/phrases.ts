import type { Brief, Matter } from "../../ports/brief.ts";
import type { Unjudgeable } from "../../ports/reading.ts";
import type { DrillTaskPhrases } from "./drill-task-phrases.ts";
import type { Sounds } from "./sound-tips.ts";
import type { Variants } from "./variants.ts";

export type DrillBrief = Extract<Brief, { kind: "drill" }>;
export type CoachingBrief = Extract<Brief, { kind: "coaching" }>;
type CoachingStage = CoachingBrief["stage"];

/** The feature that stood out in an utterance's delivery; `steady` when none did. */
export type DeliveryCue = "long_pause" | "quick" | "slow" | "brief" | "lengthy" | "steady" | "unmeasured";

export interface Phrases {
  /** BCP 47 primary subtag. */
  readonly language: string;
  readonly greeting: {
    /** Says once what this coach is, and opens. */
    readonly coach: string;
    /** Opens, and asks about what the last session left open, quoted where that is safe. */
    readonly again: (quoted: string | undefined) => string;
    /** Says once what this coach is; the sentence comes after it. */
    readonly reader: string;
    readonly read: (sentence: string) => string;
  };
  readonly plain: string;
  /** [C10] There was no voice in the turn. */
  readonly heardNothing: string;
  readonly drill: DrillPhrases;
  readonly coaching: CoachingPhrases;
  /** Joins words: "a", "a and b", "a, b and c". */
  readonly list: (parts: readonly string[]) => string;
}

interface DrillPhrases {
  readonly praise: Variants;
  /** A remark on how a sentence read right was read. */
  readonly polish: Readonly<Partial<Record<DeliveryCue, Variants>>>;
  readonly next: Variants;
  readonly ownTextAgain: Variants;
  readonly substituted: (heard: string, expected: string, first: boolean) => string;
  readonly unclear: (words: string) => string;
  readonly omitted: (words: string) => string;
  readonly inserted: (words: string) => string;
  readonly more: (count: number) => string;
  /** [DR23] The reading ended before its text. */
  readonly endedAfter: (word: string) => string;
  /** Tips for the sounds of this language. */
  readonly sounds: Sounds;
  readonly trySound: (word: string, how: string) => string;
  readonly trySubstituted: readonly [(word: string) => string, ...Array<(word: string) => string>];
  readonly tryOmitted: readonly [(word: string) => string, ...Array<(word: string) => string>];
  readonly tryInserted: Variants;
  readonly again: Variants;
  readonly againLong: string;
  readonly moveOn: Variants;
  readonly notHeard: Variants;
  /** [DR17] The reading cannot be judged, by the reason. */
  readonly unjudgeable: Readonly<Record<Unjudgeable, Variants>>;
  /** [DR5] Not heard twice: another sentence comes. */
  readonly skipUnheard: Variants;
  /** [DR5] Not heard twice: the user's own text is asked for no more. */
  readonly setAside: string;
  /** [DR18] Behind the last exercise of a round. */
  readonly roundOver: string;
  /** Reply while the drill is stopped. */
  readonly stillStopped: string;
  readonly commandNext: Variants;
  readonly commandRepeat: Variants;
  readonly commandStop: Variants;
  /** Phrases for tasks that are more than a reading. */
  readonly tasks: DrillTaskPhrases;
}

/** Ending the conversation; an action is quoted where that is safe. */
interface WrapUpPhrases {
  /** Why now; the question comes after it. */
  readonly because: Readonly<Record<"asked" | "rounds" | "time", string>>;
  readonly committed: (quoted: string | undefined) => string;
  /** A question that yes or no answers. */
  readonly propose: string;
  readonly askAgain: string;
  readonly goOn: string;
  readonly goOnUnclear: string;
  readonly extend: (minutes: number) => string;
  /** No question. */
  readonly close: (quoted: string | undefined) => string;
}

type ToldMatter = Exclude<Matter, "statement">;

interface ToldPhrases {
  readonly plain: Variants;
  /** Left out: these words are not repeated. */
  readonly quoted?: (quote: string) => string;
}

/** A question of a stage, and when it would be deaf or empty. */
export interface Question {
  readonly text: string;
  /** Not asked once this was told. */
  readonly asks?: Matter | "when";
  /** Not asked in answer to a turn that told this. */
  readonly notAfter?: Matter;
  /** Asked only with two ideas or more. */
  readonly needsIdeas?: true;
}

export interface CoachingPhrases {
  /** Acknowledges how it was said and claims nothing about the words. */
  readonly notUnderstood: Readonly<Record<DeliveryCue, Variants>>;
  /** Acknowledges words that are known, without repeating them. */
  readonly understood: Variants;
  /** The user's own words given back, whole. */
  readonly inYourWords: (quote: string) => string;
  /** [FL16] Asks whether this was said; yes or no answers. */
  readonly didYouSay: (words: string) => string;
  /** [FL16] It was not: asks to say it again, or to type it. */
  readonly sayAgain: string;
  /** [FL16] No clause was certain. */
  readonly caughtLittle: Variants;
  /** Acknowledges what was told, with the words where they can be quoted. */
  readonly told: Readonly<Record<ToldMatter, ToldPhrases>>;
  readonly question: Readonly<Record<CoachingStage, readonly [Question, ...Question[]]>>;
  readonly yes: Variants;
  readonly no: Variants;
  readonly next: Variants;
  readonly repeat: Variants;
  /** Asks for today's topic, once the open action of last time was talked about. */
  readonly today: string;
  /** Asks for the time of an action that has none. */
  readonly askWhen: string;
  readonly wrapUp: WrapUpPhrases;
  /** Asks for advice. */
  readonly wantsAdvice: RegExp;
  /** Asked something it has no answer to. */
  readonly asked: Variants;
}
