/** Effects of `transition`. `perform` carries them out; nothing here waits. */
import type { StageError } from "../lib/errors.ts";
import type { CancelReason } from "../lib/scope.ts";
import type { EarInput } from "../pipeline/ears/ear-events.ts";
import type { SampleRate } from "../ports/audio.ts";
import type { Delivery } from "../ports/delivery.ts";
import type { Prompt } from "../ports/prompt.ts";
import type { Usage } from "../ports/reply-model.ts";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Item } from "../protocol/items.ts";
import type { UnnumberedServerEvent } from "../protocol/server-events.ts";
import type { ReadingRecord } from "../store/records.ts";
import type { ReplyOutcome, SessionEvent, TimerName } from "./events.ts";
import type { StoredContour } from "./persistence/stored-contour.ts";
import type { ReplyPlan, TurnTimes } from "./turns/state.ts";

/** A server event before the actor numbers it. */
export type Outgoing = UnnumberedServerEvent;

export type Effect =
  | { readonly type: "send"; readonly event: Outgoing }
  /** Into the ears, behind the audio that came before. */
  | { readonly type: "ear_input"; readonly input: EarInput }
  /** Transcribe audio that came whole. */
  | {
      readonly type: "transcribe_item";
      readonly itemId: string;
      readonly pcm: Int16Array;
      readonly rate: SampleRate;
    }
  /** Keep an utterance's audio with its item; times of the ears, ms. */
  | { readonly type: "keep_audio"; readonly itemId: string; readonly startMs: number; readonly endMs: number }
  /** Answer `conversation.item.retrieve` with the item, and its audio where that is kept. */
  | { readonly type: "send_retrieved"; readonly item: Item }
  /** Have a model assess the conversation, beside it; a newer one takes the place of an older. */
  | { readonly type: "assess"; readonly round: number }
  /** Write the report, then end; `closeMs`: what is left of the closing words to be heard. */
  | { readonly type: "make_report"; readonly closeMs: number }
  /** Write down how an utterance was delivered. */
  | {
      readonly type: "store_delivery";
      readonly itemId: string;
      readonly delivery: Delivery;
      /** Time at which its last sound was heard, ms since the epoch. */
      readonly endedAt: number;
      /** Duration of its audio. */
      readonly durationMs: number;
      readonly contour?: StoredContour;
    }
  /** Write down a reading of a drill. */
  | { readonly type: "store_reading"; readonly reading: ReadingRecord }
  /** Notes usage, cost and latency of an utterance that nobody answers; `turn`: its times, where they are known. */
  | {
      readonly type: "close_transcription";
      readonly itemId: string;
      readonly turn: TurnTimes | undefined;
      /** Absent: it has its transcript. */
      readonly error: StageError | undefined;
    }
  /** Sends `response.created`; from here on the reply has an end, whatever happens. */
  | { readonly type: "announce_reply"; readonly replyId: string; readonly plan: ReplyPlan }
  /** Announces a reply under way once more, to a socket that is told the session from its beginning. */
  | { readonly type: "retell_reply"; readonly replyId: string }
  | {
      readonly type: "start_reply";
      readonly replyId: string;
      readonly plan: ReplyPlan;
      readonly prompt: Prompt;
      readonly turn?: TurnTimes;
      /** The preemptive reply to go on from. */
      readonly preemptiveId?: string;
    }
  /** Makes a reply ahead of its release, out of everyone's sight. */
  | {
      readonly type: "start_preemptive";
      readonly replyId: string;
      readonly plan: ReplyPlan;
      readonly prompt: Prompt;
    }
  | { readonly type: "drop_preemptive"; readonly replyId: string }
  /** Lets no more of its audio out, or lets it out again. */
  | { readonly type: "hold_reply"; readonly replyId: string; readonly held: boolean }
  /** Lets it end with the sentence it is saying. */
  | { readonly type: "finish_reply"; readonly replyId: string }
  /** Writes the names of accepted but unfollowed settings into the log, each once. */
  | { readonly type: "log_ignored"; readonly params: readonly string[] }
  /** Tells the client how its limits stand. */
  | { readonly type: "send_limits" }
  /** Cancels what still runs of it, sends its closing events, answers `reply_closed`. */
  | {
      readonly type: "close_reply";
      readonly replyId: string;
      readonly outcome: ReplyOutcome;
      readonly usage?: Usage;
    }
  | { readonly type: "arm"; readonly timer: TimerName; readonly ms: number }
  | { readonly type: "disarm"; readonly timer: TimerName }
  /** Back into the mailbox, behind the answers to the effects before it. */
  | { readonly type: "post"; readonly event: SessionEvent }
  | {
      readonly type: "end_session";
      readonly reason: CancelReason;
      readonly code: CloseCode;
      readonly why: string;
    };
