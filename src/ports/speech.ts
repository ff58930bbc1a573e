/** What is known about something said: timed words, a judged reading, how it was delivered; and what a reply is asked to answer. */

/** A word and where it lies, in milliseconds from the start of its audio. */
export interface TimedWord {
  readonly text: string;
  readonly startMs: number;
  readonly endMs: number;
}

export type WordVerdict = "correct" | "substituted" | "omitted" | "inserted";

/** One word of a judged reading, in reading order. */
export interface ReadWord {
  readonly verdict: WordVerdict;
  /** The word of the text as it is written there (without punctuation); absent when inserted. */
  readonly expected?: string;
  /** What was heard instead, or inserted; `correct` repeats the word; absent when omitted, or when it was no known word. */
  readonly heard?: string;
  /** How well it was said, 0–1; absent when omitted. */
  readonly score?: number;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly phones?: readonly ReadPhone[];
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
  /** Of one word listened for beside one other: how far what was heard is from the other of the two, 0 (either) – 1 (surely not it). */
  readonly clarity?: number;
}

/** A pace to read at, or a pause to hold: `value` ± `tolerance` in the unit. */
export interface PaceTarget {
  readonly unit: "words_per_minute" | "syllables_per_second" | "pause_seconds";
  readonly value: number;
  readonly tolerance: number;
}

/** What a drill asks for beyond reading its text right. */
export type DrillTask =
  /** Say the one of two words that is asked for. */
  | { readonly kind: "minimal_pairs"; readonly words: readonly [string, string] }
  /** Read at a pace, or pause at the dots. */
  | { readonly kind: "pacing"; readonly target: PaceTarget };

/** How one word of a pair came out. */
export interface PairResult {
  readonly words: readonly [string, string];
  readonly asked: string;
  /** Which of the two was heard. */
  readonly heard: string;
  /** As in `Reading`; absent where words are all that is known. */
  readonly clarity?: number;
  /** How often a word of this pair was asked for and said, and how often it was heard as asked, this time included. */
  readonly said: number;
  readonly right: number;
  /** The pair is done with this. */
  readonly finished: boolean;
  /** How to make the sound that was asked for. */
  readonly way: string;
}

/** What a pace came to. */
export interface PaceResult {
  readonly target: PaceTarget;
  /** In the target's unit. */
  readonly measured: number;
  readonly verdict: "on_target" | "below" | "above";
}

/** How an utterance was delivered. A figure that cannot be computed is absent, never zero. docs/delivery.md has them all. */
export interface Delivery extends VoiceDelivery, WordDelivery {}

/** What the audio tells. */
export interface VoiceDelivery {
  /** From the start of the audio to the first voiced moment, ms. */
  readonly onsetMs?: number;
  /** First to last voiced moment, ms. */
  readonly speechMs: number;
  /** Silences of at least 250 ms inside the utterance. */
  readonly pauseCount: number;
  /** `pauseCount` by `speechMs`. */
  readonly pausesPerMinute?: number;
  readonly meanPauseMs?: number;
  readonly longestPauseMs?: number;
  /** Share of `speechMs` that is no pause, 0–1. */
  readonly phonationRatio?: number;
  /** Syllable nuclei per second of phonation (de Jong & Wempe 2009, intensity peaks). */
  readonly syllablesPerSecond?: number;
  /** Median pitch of the voiced frames, Hz. */
  readonly pitchHz?: number;
  /** Pitch from the 5th to the 95th percentile, semitones. */
  readonly pitchRangeSemitones?: number;
  /** Standard deviation of pitch, semitones. */
  readonly pitchSdSemitones?: number;
  /** RMS level of the speech frames, dBFS (a sine at full scale is −3). */
  readonly loudnessDbfs?: number;
  /** Standard deviation of the speech frames' levels, dB. */
  readonly loudnessSdDb?: number;
}

/** What the words tell. */
export interface WordDelivery {
  /** Words of the transcript, fillers among them. */
  readonly wordCount?: number;
  /** Words per minute from the first word to the last. */
  readonly wordsPerMinute?: number;
  /** Um, uh, you know…; only of a verbatim transcript. */
  readonly fillerCount?: number;
  readonly fillersPerMinute?: number;
  /** Fillers per 100 words. */
  readonly fillerPercent?: number;
  /** Maybe, I think, sort of… */
  readonly hedgeCount?: number;
  readonly hedgesPer100Words?: number;
  /** Words and phrases said twice in a row; only of a verbatim transcript. */
  readonly repetitionCount?: number;
  readonly repetitionsPer100Words?: number;
}

/** One entry of the conversation as a model reads it. */
export type PromptItem =
  | { readonly role: "system" | "user" | "assistant"; readonly text: string }
  | { readonly role: "tool_call"; readonly callId: string; readonly name: string; readonly arguments: string }
  | { readonly role: "tool_result"; readonly callId: string; readonly output: string };

export interface PromptTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema. */
  readonly parameters?: unknown;
}

/** A short utterance that steers instead of answering. */
export type Command = "yes" | "no" | "next" | "repeat" | "wrap_up" | "stop";

/** Something the user has committed to, in their own words; `when` only if they said it. */
export interface Intention {
  readonly text: string;
  readonly when?: string;
}

/** What is to be done about ending the conversation, in this reply. */
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

/** What there is to say about a practice, as facts. */
export interface PracticeFeedback {
  /** Stretches of speech, and of these how many with words that are known. */
  readonly answers: number;
  readonly understood: number;
  readonly delivery?: Delivery;
  readonly points: readonly FeedbackPoint[];
}

/** What the flow knows at this turn: facts for a model's prompt, and all that a rule-based coach answers from. */
export type Brief =
  /** Nothing said yet: open the conversation. */
  | {
      readonly kind: "greeting";
      readonly persona: string;
      readonly sentence?: string;
      /** What is asked for with the sentence; absent: to read it. */
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
      /** What was asked for with `sentence`, and is with `next`; absent: to read it. */
      readonly task?: DrillTask;
      readonly nextTask?: DrillTask;
      /** With `task`, once it could be judged. */
      readonly pair?: PairResult;
      readonly pace?: PaceResult;
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
    }
  /** A turn of a coaching conversation. */
  | {
      readonly kind: "coaching";
      readonly stage: "topic" | "goal" | "reality" | "options" | "way_forward";
      /** User turns so far, this one included. */
      readonly round: number;
      /** False: heard, but not what was said. */
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
      /** What the user has committed to, at least one. */
      readonly actions?: readonly Intention[];
      readonly wrapUp?: WrapUpBrief;
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

/** Everything a reply is made from. */
export interface Prompt {
  readonly instructions: string;
  readonly items: readonly PromptItem[];
  readonly brief: Brief;
  /** BCP 47 language to answer in. */
  readonly language: string;
  readonly tools: readonly PromptTool[];
  readonly toolChoice: "auto" | "none" | "required" | { readonly name: string };
}
