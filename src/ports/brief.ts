/** The coach's brief for a reply, independent of the model that writes it. Part of the prompt. */

import type { Delivery } from "./delivery.ts";
import type {
  DrillTask,
  PaceResult,
  PairResult,
  ProsodyResult,
  Reading,
  ReadWord,
  RoundProgress,
  Unjudgeable,
} from "./reading.ts";

/** A short utterance that steers instead of answering. */
export type Command = "yes" | "no" | "next" | "repeat" | "wrap_up" | "stop";

/** Something the user has committed to, in their own words; `when` only if they said it. */
export interface Intention {
  readonly text: string;
  readonly when?: string;
  /** Whole clauses in which the user said it, word for word, where they are known. */
  readonly said?: string;
}

/**
 * What an utterance tells in a coaching conversation. `taken_back`: the user will not do it after all. `statement`: none of
 * the others.
 */
export type Matter =
  | "goal"
  | "action"
  | "taken_back"
  | "idea"
  | "tried"
  | "obstacle"
  | "now"
  | "people"
  | "sure"
  | "statement";

/** The reply's step towards ending the conversation. */
export type WrapUpBrief =
  /** Ask whether to end here; it is a question. `committed`: the way forward holds an action. */
  | { readonly do: "propose"; readonly because: "asked" | "committed" | "rounds" | "time" }
  /** The answer was neither a yes nor a no: ask once more. */
  | { readonly do: "ask_again" }
  /** Go on coaching: the user does not want to end, or (`unclear`) has not said so after being asked twice. */
  | { readonly do: "go_on"; readonly unclear?: boolean }
  /** Go on for as long as the user asked, in minutes. */
  | { readonly do: "extend"; readonly minutes: number }
  /** The user said yes: closing words, and no question. */
  | { readonly do: "close" };

/** Something worth saying about a practice. `value`: words a minute, a count, or seconds, as `about` has it. */
export interface FeedbackPoint {
  readonly about: "pace" | "fillers" | "pitch" | "pauses" | "examples" | "length";
  readonly verdict: "low" | "good" | "high";
  readonly value?: number;
}

/** A figure of a whole take. `value` in its unit: words a minute, syllables a second, a count, seconds, semitones, dB, or a share of 100. */
export interface PracticeFigure {
  readonly about:
    | "words_per_minute"
    | "syllables_per_second"
    | "pauses_per_minute"
    | "longest_pause"
    | "fillers"
    | "pitch_movement"
    | "loudness_movement"
    | "speaking_share";
  readonly value: number;
  /** Left out where no rule judges the figure. */
  readonly verdict?: "low" | "good" | "high";
}

/** A stretch of a practice that stands out, with the figure that says so. */
export interface PracticeMoment {
  /** Number of the answer, or of the stretch of a talk, from 1. */
  readonly number: number;
  readonly itemId?: string;
  /** Place in the item's audio, where the stretch is only a part of it. */
  readonly startMs?: number;
  readonly endMs?: number;
  /** Its first words, where they are certain. */
  readonly words?: string;
  readonly because: PracticeFigure;
}

/** Facts for the feedback on a practice. */
export interface PracticeFeedback {
  /** Stretches of speech, and of these how many with words that are known. */
  readonly answers: number;
  readonly understood: number;
  readonly delivery?: Delivery;
  readonly points: readonly FeedbackPoint[];
  /** All that was measured, the figures that weigh most first. */
  readonly figures?: readonly PracticeFigure[];
  /** Of two moments or more. */
  readonly best?: PracticeMoment;
  readonly worst?: PracticeMoment;
}

/** The coaching flow's facts at this turn: for a model's prompt, and all that a rule-based coach answers from. */
export type Brief = ActiveBrief & {
  /** True: the user's turn had no voice in it, as when talk was pressed and nothing said. Nothing has moved. */
  readonly silent?: true;
};

/** A brief by its kind. */
type ActiveBrief =
  /** Opens the conversation: nothing was said yet. */
  | {
      readonly kind: "greeting";
      readonly persona: string;
      readonly sentence?: string;
      /** Task for the sentence; absent: to read it. */
      readonly task?: DrillTask;
      /** Left open by the user's last session, at least one: the first is asked about before anything else. */
      readonly openActions?: readonly Intention[];
    }
  /** A turn of the read-aloud drill. `next` is the sentence asked for now: the same one again after a slip. */
  | {
      readonly kind: "drill";
      readonly sentence: string;
      readonly reading?: Reading;
      readonly delivery?: Delivery;
      /** `command`: the user said one of the drill's own words instead of reading. */
      readonly outcome: "read_well" | "slipped" | "not_heard" | "command";
      readonly command?: "next" | "repeat" | "stop";
      readonly next?: string;
      /** Tasks for `sentence` and `next`; absent: to read it. */
      readonly task?: DrillTask;
      readonly nextTask?: DrillTask;
      /** Of a round: `finished` with the last of its exercises; `next` is absent then. */
      readonly progress?: RoundProgress;
      /** With `task`, once it could be judged. */
      readonly pair?: PairResult;
      readonly pace?: PaceResult;
      readonly prosody?: ProsodyResult;
      /** The one word to work on after a slip. */
      readonly focus?: ReadWord;
      /** The text is the user's own, so `next` is the same text, offered again. */
      readonly ownText?: boolean;
      /** User turns so far, this one included. */
      readonly round?: number;
      /** Slips on `sentence` so far, this one included. */
      readonly tries?: number;
      /**
       * Turns in a row, this one included, in which no reading was heard. With the second the sentence is skipped: `next` is
       * another, or absent where an own text is set aside.
       */
      readonly missed?: number;
      /** With `not_heard`: the recording was too poor to judge; the turn counts neither as a try nor as missed. */
      readonly unjudgeable?: Unjudgeable;
    }
  /** A turn of a coaching conversation. */
  | {
      readonly kind: "coaching";
      readonly stage: "topic" | "goal" | "reality" | "options" | "way_forward";
      /** User turns so far, this one included. */
      readonly round: number;
      /** False: speech came, but its words are not known. */
      readonly understood: boolean;
      readonly delivery?: Delivery;
      /** The user said one of the commands and nothing else. */
      readonly command?: Command;
      /** The user has just been asked about this, left open by their last session: take up the answer, then ask for today's topic. */
      readonly askedAbout?: Intention;
      readonly topic?: string;
      readonly goal?: string;
      readonly facts?: readonly string[];
      readonly options?: readonly string[];
      /** Actions the user has committed to, at least one. */
      readonly actions?: readonly Intention[];
      readonly wrapUp?: WrapUpBrief;
      /**
       * Words of the user that may have been misheard. `ask`: ask back whether they said this, with a yes or a no for an
       * answer, before it is taken for a commitment. `say_again`: they said no; ask to say it again, or to type it.
       */
      readonly confirm?: { readonly do: "ask"; readonly words: string } | { readonly do: "say_again" };
      /** True: no clause of this turn is certain; its words are neither repeated nor known. */
      readonly doubtful?: true;
      /** Told in this turn; `quote`: whole clauses of it, word for word. */
      readonly told?: { readonly matter: Matter; readonly quote?: string };
      /** Told in this turn or before: not to be asked for any more. */
      readonly known?: readonly Matter[];
    }
  /** A turn of a mock interview, or of the rehearsal of a talk. */
  | {
      readonly kind: "practice";
      readonly practice: "interview" | "rehearsal";
      /** `listen`: the talk goes on. `feedback`: on all that was said; then ask whether to end. `again`: another round. */
      readonly do: "open" | "ask" | "repeat" | "listen" | "feedback" | "ask_again" | "again" | "close";
      /** User turns so far, this one included. */
      readonly round: number;
      readonly understood: boolean;
      readonly delivery?: Delivery;
      /** To be asked now: the `number`th, from 1, of so many. */
      readonly question?: string;
      readonly number?: number;
      readonly of?: number;
      readonly feedback?: PracticeFeedback;
    }
  /** There was a sign of crisis: this is said as it stands, and no model is asked. */
  | { readonly kind: "care"; readonly says: string }
  /** A plain Realtime conversation without a persona's flow. */
  | { readonly kind: "plain" };
