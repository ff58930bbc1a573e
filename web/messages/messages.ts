/**
 * Shape of the pages' texts. A language is a file of this folder, named by its tag (`fr.ts`), that exports `messages`,
 * `account`, `report` and `admin`; the build finds it.
 */
import type { ReportPartName } from "../../src/client/report/report-text.ts";
import type { CoachDrill, DrillWord } from "../../src/protocol/kuku-events.ts";

type Flow = "coaching" | "drill" | "interview" | "rehearsal";
type Kind = "sentence" | "minimal_pairs" | "pacing" | "prosody";
type Told<T extends string | number> = Readonly<Record<T, string>>;

export interface Messages {
  /** The language's own name. */
  readonly name: string;
  /** BCP 47, of dates and figures. */
  readonly locale: string;
  readonly title: string;
  readonly administration: string;
  readonly cancel: string;
  readonly practise: string;
  readonly progress: string;
  readonly account: string;
  readonly signIn: string;
  readonly signInFirst: string;
  readonly start: string;
  readonly goOn: string;
  goOnAbout(title: string, when: string): string;
  readonly goOnHeading: string;
  readonly finishIt: string;
  readonly adjust: string;
  readonly settings: Told<
    | "captions"
    | "voice"
    | "ownVoice"
    | "higherVoice"
    | "speed"
    | "slower"
    | "normal"
    | "faster"
    | "microphone"
    | "defaultMicrophone"
  > & {
    /** A voice that speaks one language alone, such as `English (United Kingdom), higher`. */
    readonly voiceOf: (language: string, higher: boolean) => string;
  };
  readonly whatToPractise: string;
  readonly yours: string;
  readonly language: string;
  readonly interfaceLanguage: string;
  readonly lastSession: string;
  readonly facts: readonly string[];
  readonly flows: Readonly<Record<Flow, { readonly title: string; readonly about: string }>>;
  readonly drill: DrillMessages;
  readonly hears: {
    readonly offline: Told<"short" | "full">;
    readonly scripted: Told<"short" | "full">;
    readonly words: { readonly short: string; full(transcriber: string): string };
  };
  readonly engines: {
    readonly places: Told<"embedded" | "local" | "server" | "scripted">;
    inUse(ears: string, voice: string): string;
    readonly better: Told<"transcriber" | "synthesizer">;
  };
  readonly talk: Told<
    | "button"
    | "listening"
    | "handsFree"
    | "end"
    | "back"
    | "stopCoach"
    | "yourLevel"
    | "coachLevel"
    | "type"
    | "typeHint"
    | "send"
    | "you"
    | "coach"
    | "conversation"
    | "unclear"
    | "doubtful"
    | "correct"
    | "typeIt"
    | "whatYouSaid"
    | "keepCorrection"
    | "noAnswer"
    | "announceWords"
    | "pace"
    | "loudness"
    | "noMicrophone"
  > & {
    readonly paces: Told<"slow" | "even" | "fast">;
    readonly loudnesses: Told<"quiet" | "clear" | "loud">;
  };
  readonly status: Told<
    | "connecting"
    | "ended"
    | "notConnected"
    | "reconnecting"
    | "reconnectingTalking"
    | "listeningHeld"
    | "speakingHandsFree"
    | "speaking"
    | "listening"
    | "thinking"
    | "writing"
    | "yourTurnHandsFree"
    | "yourTurn"
    | "yourTurnTyping"
  >;
  readonly notice: Told<
    | "idle"
    | "lost"
    | "noServer"
    | "refused"
    | "noSound"
    | "heardNothing"
    | "slowNetwork"
    | "interrupted"
    | "microphoneReplaced"
    | "restart"
    | "goesOnWithout"
    | "expiring"
    | "noPersona"
    | "gone"
  > & { readonly offers: Told<"reconnect" | "anew" | "stay" | "resume">; unreachable(why: string): string };
  readonly microphone: Told<
    | "insecure"
    | "denied"
    | "missing"
    | "busy"
    | "unloaded"
    | "unsupported"
    | "heading"
    | "about"
    | "check"
    | "sayHello"
    | "hearBack"
    | "again"
    | "good"
    | "quiet"
    | "skip"
    | "done"
  >;
  readonly stages: Told<"label" | "topic" | "goal" | "reality" | "options" | "way_forward">;
  readonly wrapUp: Told<"heading" | "about" | "yes" | "no" | "more">;
  readonly care: Told<"hide">;
  readonly results: Told<
    | "takeHeading"
    | "oneMore"
    | "share"
    | "copy"
    | "copied"
    | "heading"
    | "roundHeading"
    | "wholeReport"
    | "scoreOf"
    | "scoreOfPairs"
    | "first"
    | "same"
    | "sentences"
    | "toWorkOn"
    | "nothingToWorkOn"
    | "drillThis"
    | "how"
    | "pace"
    | "pauses"
    | "melody"
    | "again"
    | "done"
    | "rate"
    | "thanks"
    | "nothing"
    | "print"
  > & {
    readonly headings: Told<ReportPartName>;
    downloaded(name: string): string;
    hearMoment(at: string): string;
    lastTime(figure: string): string;
    score(percent: number): string;
    better(points: number): string;
    worse(points: number): string;
    tries(count: number): string;
    atBest(percent: number): string;
    stars(count: number): string;
  };
  readonly errors: ErrorMessages;
  /** How a connection ended, by its close code. */
  readonly closings: Told<
    1000 | 1005 | 1006 | 1008 | 1011 | 1012 | 1013 | 4001 | 4002 | 4005 | 4006 | 4007
  > & { other(code: number): string };
  readonly offline: Told<"heading" | "about" | "again">;
  readonly listen: Told<"you" | "coach">;
  readonly contour: Told<"show" | "close" | "asText" | "unit" | "word" | "none" | "missing"> & {
    readonly movements: Told<"rising" | "falling" | "level">;
    /** The word in which one's own voice is farthest from the coach's; `higher` is undefined where the height is the same. */
    apart(told: {
      word: string;
      semitones: number;
      higher: boolean | undefined;
      own: string;
      model: string;
    }): string;
  };
  readonly dueRound: Told<"heading" | "start"> & { about(kind: string): string };
  readonly progressPage: ProgressMessages;
}

type Figure =
  | "wordsPerMinute"
  | "syllablesPerSecond"
  | "pausesPerMinute"
  | "pitchSdSemitones"
  | "fillerPercent"
  | "hedgesPer100Words";

/** Words about stress and melody. Syllables and words come as they are shown: `re-CORD`, `he`. */
interface ProsodyMessages {
  stress(syllables: string): string;
  emphasis(word: string): string;
  readonly contour: Told<"rise" | "fall">;
  readonly pauses: string;
  readonly unclear: string;
  stressHeard(syllables: string): string;
  emphasised(word: string): string;
  outweighed(word: string): string;
  readonly ended: Told<"rise" | "fall" | "level">;
  readonly pausesRight: string;
  pauseMissing(word: string): string;
  pauseStray(word: string): string;
}

interface ProgressMessages
  extends Told<
    | "pages"
    | "emptyHeading"
    | "emptyAbout"
    | "begin"
    | "thisWeek"
    | "goal"
    | "goalReached"
    | "inARow"
    | "calendar"
    | "practised"
    | "due"
    | "drillThese"
    | "nothingRead"
    | "wentWrong"
    | "sounds"
    | "drillSound"
    | "accuracy"
    | "speech"
    | "kind"
    | "allKinds"
    | "nothingSpoken"
    | "actions"
    | "noActions"
    | "markDone"
    | "undo"
    | "sessions"
    | "searchLabel"
    | "search"
    | "nothingFound"
    | "more"
    | "open"
    | "delete"
    | "deleteHeading"
    | "keep"
    | "deleteIt"
    | "deleted"
  > {
  days(count: number): string;
  /** Days of this week, of those that are the goal. */
  daysOf(done: number, goal: number): string;
  goalLeft(days: number): string;
  dueCount(count: number): string;
  nothingDue(day: string): string;
  /** Of a share, 0–1. */
  percent(share: number): string;
  readings(count: number): string;
  weekFrom(day: string): string;
  readonly figures: Readonly<Record<Figure, Told<"label" | "unit" | "about">>>;
  doneActions(count: number): string;
  messages(count: number): string;
  shownOf(shown: number, count: number): string;
  deleteAbout(when: string): string;
}

interface DrillMessages
  extends Told<
    | "kind"
    | "all"
    | "allPacing"
    | "level"
    | "anyLevel"
    | "ownSentence"
    | "ownSentenceExample"
    | "ownPacing"
    | "ownPacingExample"
    | "unreadable"
    | "readThis"
    | "nowReadThis"
    | "onceMore"
    | "hear"
    | "skip"
    | "change"
    | "practiseThis"
    | "reading"
    | "readingOfLast"
    | "wordsLabel"
    | "everyWord"
    | "round"
  > {
  readonly kinds: Told<Kind>;
  readonly focus: Told<Kind>;
  /** Things to practise whose names are words of the page, by their focus; others are named by the language practised. */
  readonly named: Readonly<Record<string, string>>;
  readonly levels: readonly string[];
  onceMoreTask(task: string): string;
  sayWord(rival: string): string;
  readAtPace(pace: string): string;
  readWithPause(pause: string): string;
  readonly prosody: ProsodyMessages;
  readonly units: Told<"words_per_minute" | "syllables_per_second" | "pause_seconds">;
  readingOf(word: string): string;
  playWord(word: string): string;
  /** Why a reading could not be judged, and what helps. */
  readonly unjudgeable: Told<NonNullable<CoachDrill["unjudgeable"]>>;
  readonly verdicts: Told<
    "correct" | "heardElse" | "omitted" | "inserted" | NonNullable<DrillWord["exempt"]>
  > & { heard(word: string): string };
  allRight(right: string): string;
  right(right: number, of: number): string;
  /** The reading ended before its text. */
  endedAfter(word: string): string;
  pairHeard(word: string, how: string): string;
  pairInstead(word: string, how: string): string;
  pairClose(word: string): string;
  /** Only just, fairly, clearly; each with what joins it to the sentence before it. */
  readonly clarity: readonly [string, string, string];
  pairScore(right: number, said: number, finished: boolean): string;
  readonly pace: {
    readonly rate: Told<"on_target" | "below" | "above">;
    readonly pause: Told<"on_target" | "below" | "above">;
    pauseOf(pause: string): string;
  };
  roundProgress(done: number, of: number): string;
  readonly hears: Told<Kind | "french"> & { readonly byWords: Told<Kind> };
}

/** Failures by their code, of the REST face and of the socket. */
interface ErrorMessages
  extends Told<
    | "UNREACHABLE"
    | "NO_ANSWER"
    | "INVALID_CREDENTIALS"
    | "WRONG_SIGN_IN"
    | "WRONG_PASSWORD"
    | "EMAIL_NOT_VERIFIED"
    | "ACCOUNT_BLOCKED"
    | "ACCOUNT_EXISTS"
    | "ACCOUNT_REQUIRED"
    | "SIGN_UP_CLOSED"
    | "INVALID_EMAIL"
    | "INVALID_PASSWORD"
    | "INVALID_LINK"
    | "INVALID_EXPIRY"
    | "INVALID_SCOPES"
    | "TOO_MANY_KEYS"
    | "KEY_NOT_FOUND"
    | "SIGN_IN_NOT_FOUND"
    | "CONFIRMATION_MISSING"
    | "PASSWORD_MISSING"
    | "EXPORT_UNDER_WAY"
    | "FORBIDDEN"
    | "NOT_FOUND"
    | "INVALID_SESSION_ID"
    | "SESSION_NOT_FOUND"
    | "SESSION_ENDED"
    | "SESSION_ACTIVE"
    | "SESSION_NOT_LIVE"
    | "ACTION_NOT_FOUND"
    | "USER_NOT_FOUND"
    | "OWN_ACCOUNT"
    | "NODE_GONE"
    | "NODE_FAILED"
    | "NO_OTHER_NODE"
    | "SERVER_DRAINING"
    | "OVERLOADED"
    | "STORE_UNAVAILABLE"
    | "PROVIDER_UNAVAILABLE"
    | "INTERNAL_ERROR"
    | "quota_exceeded"
    | "rate_limit_exceeded"
    | "audio_rate_exceeded"
    | "input_audio_buffer_overflow"
    | "audio_dropped"
    | "conversation_full"
    | "storage_behind"
    | "session_muted"
    | "session_not_found"
    | "session_ended"
    | "session_elsewhere"
    | "too_many_sessions"
    | "overloaded"
    | "internal_error"
    | "provider_unavailable"
    | "provider_timeout"
    | "provider_rate_limited"
    | "failed"
    | "notDrawn"
  > {
  /** Of a code that is not here; `message` is the server's, in English. */
  other(message: string, code: string): string;
  tooMany(minutes: number): string;
}
