/** All that a session knows, as plain data with one writer (`transition`). Unions say which data exists when. */
import type { CoachState } from "../../coach/coach.ts";
import type { CoachTurn } from "../../coach/flow/coach-turn.ts";
import type { Persona } from "../../coach/personas/personas.ts";
import type { Brief } from "../../ports/brief.ts";
import type { Delivery, VoiceDelivery } from "../../ports/delivery.ts";
import type { Transcript } from "../../ports/transcriber.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { Item } from "../../protocol/items.ts";
import type { SessionConfig, SessionType } from "../../protocol/session-config.ts";
import type { QuotaName } from "../meter.ts";
import type { SpokenPiece } from "../replies/spoken-text.ts";

/** One item of the conversation and what only the server knows of it. */
export type Entry =
  | { readonly kind: "plain"; readonly item: Item }
  /** The user's audio; `transcript` is absent until the ears are done with it. */
  | { readonly kind: "spoken_by_user"; readonly item: Item; readonly transcript?: string }
  /** The coach's audio; `audioMs` is how much was sent, `spoken` what was said when. */
  | {
      readonly kind: "spoken_by_coach";
      readonly item: Item;
      readonly replyId: string;
      readonly audioMs: number;
      readonly spoken: readonly SpokenPiece[];
      /** Time at which its first audio was sent, ms since the epoch. */
      readonly at?: number;
      /** Counts the session's responses from 1. Absent: what was not heard of it is not said again; it was cut, or its end is known to the client. */
      readonly responseNumber?: number;
    };

/** The user's side: silent, or in an utterance that the ears have opened. */
type User =
  | { readonly type: "silent" }
  | { readonly type: "speaking"; readonly utterance: number; readonly itemId: string }
  /** Heard over the coach, and not told yet: perhaps an "mhm", a cough, the coach's own echo. `held`: the reply waits. */
  | { readonly type: "tentative"; readonly utterance: number; readonly atMs: number; readonly held: boolean };

/** The coach's side: at most one reply writes to the conversation at a time. */
type Reply =
  | { readonly type: "none" }
  /** Announced; its prompt waits for transcripts. */
  | { readonly type: "waiting"; readonly replyId: string; readonly plan: ReplyPlan }
  /** The model is at it, nothing has been sent. */
  | { readonly type: "making"; readonly replyId: string }
  /** Text or audio is going out since `at` (clock, ms). */
  | { readonly type: "sending"; readonly replyId: string; readonly at: number };

/** An utterance whose transcript is still to come. */
export interface PendingUtterance {
  readonly itemId: string;
  /** Text that partials have told the client so far. */
  readonly partial: string;
  /** Set at the commit: its length. */
  readonly seconds?: number;
  /** Set at the commit: where it ended in the input. */
  readonly endMs?: number;
  /** Set at the commit: when its last sound was heard, ms since the epoch. */
  readonly endedAt?: number;
  /** Ended unconfirmed over the coach: only words that are no backchannel make a turn of it. */
  readonly tentative?: TentativeInterruption;
}

/** Events withheld of an utterance that may be no speech. */
export interface TentativeInterruption {
  readonly startedMs: number;
  readonly endedMs: number;
}

/** Times of the turn that a reply answers, clock ms, for `kuku.latency`. */
export interface TurnTimes {
  /** Names the turn in logs. */
  readonly id: string;
  readonly itemId: string;
  readonly endedAt: number;
  /** Silence waited for before that, ms; absent when a `commit` ended the turn. */
  readonly silenceMs?: number | undefined;
  readonly transcribedAt?: number;
}

/** A response with every default filled in: what `response.created` announces. */
export interface ReplyPlan {
  readonly instructions: string;
  readonly modality: "audio" | "text";
  readonly voice: string;
  readonly speed: number;
  readonly maxOutputTokens: number | "inf";
  readonly tools: SessionConfig["tools"];
  readonly toolChoice: SessionConfig["tool_choice"];
  /** False: at most one function is called. */
  readonly parallelToolCalls: boolean;
  readonly format: SessionConfig["audio"]["output"]["format"];
  readonly metadata: Record<string, string> | null;
  /** Out of band: reads its own `input` or the conversation, writes to neither. */
  readonly outOfBand: boolean;
  /** The context when the client gave one; undefined: the conversation. */
  readonly input?: readonly Item[];
  /** `coach`: answers what the flow made of the turn; `plain`: a reply with the client's own instructions or input. */
  readonly rules: "coach" | "plain";
  /** Said as it stands, without asking a model. */
  readonly fixedText?: string;
  /** Set where its words are said in other sessions too. */
  readonly fixed?: true;
}

/** A preemptive reply and what it was made from. */
interface PreemptiveReply {
  readonly replyId: string;
  readonly utterance: number;
  readonly text: string;
  readonly plan: ReplyPlan;
  /** The conversation then. */
  readonly entries: readonly Entry[];
  readonly config: SessionConfig;
}

/** A client's report of its speaker. */
export interface Playback {
  readonly replyId: string;
  readonly playedMs: number;
  readonly state: "playing" | "paused" | "ended";
  /** Time of the report (clock, ms). */
  readonly at: number;
  /** State that the client was told last: `output_audio_buffer.started`, or its end. Absent: none. */
  readonly told?: "started" | "ended";
}

/** A turn longer than one utterance; its parts in the order they were said. */
export interface LongTurn {
  readonly parts: readonly TurnPart[];
  /** Whether nothing more is said of it; once every part is known, the coach hears it. */
  readonly ended: boolean;
}

export interface TurnPart {
  readonly itemId: string;
  /** Absent while the transcript is awaited. */
  readonly known?: TranscribedPart | "failed";
}

export interface TranscribedPart {
  readonly transcript: Transcript;
  /** Delivery of this part alone. */
  readonly delivery?: Delivery;
  /** Delivery of the stretch that ends with this part: all parts since the one before that has such. */
  readonly turnDelivery?: VoiceDelivery;
}

export interface SessionState {
  readonly id: string;
  readonly conversationId: string;
  /** Fixed at the creation. */
  readonly type: SessionType;
  /** The client has sent `transcription_session.update`, and is told its items as the reference's beta does; absent: no. */
  readonly beta?: boolean;
  /** `kuku.v1` was negotiated. */
  readonly extended: boolean;
  readonly persona: Persona;
  readonly config: SessionConfig;
  /** Settings that its client may not change, as paths below `session`; absent: none. */
  readonly fixed?: readonly string[] | undefined;
  readonly coach: CoachState;
  /** The flow's brief after the last turn. */
  readonly brief: Brief;
  /** Whether the persona still has to open the conversation. */
  readonly greeting: "pending" | "done";
  readonly entries: readonly Entry[];
  readonly user: User;
  readonly reply: Reply;
  /** The response that waits, at the server or at the listener's speaker, until a sound is known to be speech or not. */
  readonly heldReply?: string | undefined;
  /** Ids of the out-of-band replies under way. */
  readonly outOfBandReplies: readonly string[];
  /** A turn ended while a reply that may not be interrupted went on: it is answered next. */
  readonly replyOwed: boolean;
  /** The reply under way, if any, is an apology for one that failed. */
  readonly apologising: boolean;
  /** By utterance number. */
  readonly pendingUtterances: Readonly<Record<number, PendingUtterance>>;
  readonly turn?: TurnTimes;
  /** Silence that ended the last turn, ms. */
  readonly silenceMs?: number | undefined;
  /** The user's turn as long as nothing of an answer was sent: what is said next continues it. */
  readonly openTurn?: { readonly coach: CoachState; readonly heard: readonly CoachTurn[] };
  /** A turn longer than one utterance, from its first part until the coach has heard it. */
  readonly longTurn?: LongTurn;
  /** `commit`s and `clear`s that the ears have not answered yet. */
  readonly pendingEarAnswers: number;
  /** Client events received after those; taken once they are answered, so that the order holds. */
  readonly deferredEvents: readonly ClientEvent[];
  readonly playback?: Playback;
  /** A reply begun in a pause, none of it sent. */
  readonly preemptiveReply?: PreemptiveReply | undefined;
  /** Silence after which a preemptive reply begins, ms of audio; undefined: never. */
  readonly draftAfterMs?: number | undefined;
  /** Input audio, ms since the session began, up to which all that was said is known. */
  readonly transcribedToMs: number;
  /** The user said yes to ending: when the closing words were said, the session ends. */
  readonly ending: boolean;
  /** The user's quota is used up; `announced`: the coach says so, or has; `careSaid`: words of care were said before. */
  readonly quota?: { readonly name: QuotaName; readonly announced: boolean; readonly careSaid?: true };
  /** Whether the client is muted: nothing of it is taken. */
  readonly muted: boolean;
  /** Token with which a lost socket comes back, and the time it has for that; absent: it does not. */
  readonly resume?: { readonly token: string; readonly grace_ms: number } | undefined;
  /** Whether a socket is there. */
  readonly attached: boolean;
  readonly ended: boolean;
}

/** The phase as logs and tests name it, derived and never stored. */
export type Phase = "listening" | "hearing" | "thinking" | "speaking" | "ended";

/** Returns the phase of the session's turn. */
export function phaseOf(state: SessionState): Phase {
  if (state.ended) return "ended";
  if (state.user.type === "speaking") return "hearing";
  if (state.reply.type === "sending") return "speaking";
  return state.reply.type === "none" ? "listening" : "thinking";
}

/** The id of the conversation's last item, or null. */
export function lastItemId(state: SessionState): string | null {
  return state.entries.at(-1)?.item.id ?? null;
}

/** The entry of an item id. */
export function findEntry(state: SessionState, itemId: string): Entry | undefined {
  return state.entries.find((entry) => entry.item.id === itemId);
}
