/** Events of the mailbox: from the client, the ears, the reply under way, the clock, the process. */
import type { Assessment } from "../coach/flow/assessment.ts";
import type { CoachToolName } from "../coach/flow/tools.ts";
import type { Report } from "../coach/report/report.ts";
import type { StageError } from "../lib/errors.ts";
import type { CancelReason } from "../lib/scope.ts";
import type { Contour } from "../pipeline/delivery/contour.ts";
import type { EarEvent } from "../pipeline/ears/ear-events.ts";
import type { SampleRate } from "../ports/audio.ts";
import type { Delivery } from "../ports/delivery.ts";
import type { Usage } from "../ports/reply-model.ts";
import type { Transcript } from "../ports/transcriber.ts";
import type { ClientEvent } from "../protocol/client-events.ts";
import type { Item } from "../protocol/items.ts";
import type { QuotaName } from "./meter.ts";
import type { AudioPosition } from "./outbound/replay-buffer.ts";
import type { Remainder } from "./persistence/snapshot.ts";
import type { SpokenPiece } from "./replies/spoken-text.ts";

/** Content of a message: typed, or spoken and to be transcribed. */
export type UserMessage = { readonly text: string } | { readonly pcm: Int16Array; readonly rate: SampleRate };

/** The session's own timers. */
export type TimerName =
  | "closing"
  | "greeting"
  | "user_silence"
  | "hold"
  | "idle"
  | "idle_notice"
  | "expiry"
  | "expiry_notice";

export type SessionEvent =
  /** First of all events, once: a new session with a socket, or one that was there before. */
  | { readonly type: "opened" }
  /**
   * A socket has come that is told the session from its beginning. `owed`: what is left of a reply that was under way on
   * the node before. `received`: the first client to come back from that node, and the next reply audio it needs.
   * `activated`: the first socket since the session was activated here.
   */
  | {
      readonly type: "joined";
      readonly extended: boolean;
      readonly owed?: Remainder | undefined;
      readonly received?: { readonly audioFrom?: AudioPosition | undefined } | undefined;
      readonly activated?: boolean;
    }
  /** A socket that was lost has come back. */
  | { readonly type: "returned"; readonly extended: boolean }
  /** The socket is gone; the session goes on without. */
  | { readonly type: "left" }
  /** A turn of the user that came whole, past the ears. */
  | { readonly type: "message"; readonly itemId: string; readonly said: UserMessage }
  | { readonly type: "client"; readonly event: ClientEvent }
  | { readonly type: "ears"; readonly event: EarEvent }
  /** Audio of a `conversation.item.create` was transcribed. */
  | {
      readonly type: "item_transcribed";
      readonly itemId: string;
      readonly transcript: Transcript;
      readonly seconds: number;
      readonly delivery?: Delivery;
      readonly contour?: Contour;
      /** Of the first utterance, with a point every 20 ms. */
      readonly melody?: Contour;
    }
  | { readonly type: "item_failed"; readonly itemId: string; readonly error: StageError }
  /** The microphone's channel was full; audio was dropped. */
  | { readonly type: "audio_dropped" }
  /** Stamped with the reply they belong to; those of another reply are dropped in one place. */
  | { readonly type: "reply_item_added"; readonly replyId: string; readonly item: Item }
  | { readonly type: "reply_sending"; readonly replyId: string }
  /** The last event of a reply that ran to its end or failed by itself; a cut one is closed by its cutting. */
  | {
      readonly type: "reply_ended";
      readonly replyId: string;
      readonly outcome: ReplyOutcome;
      readonly usage?: Usage;
    }
  /** The answer to `close_reply`: what the closed reply leaves in the conversation. */
  | {
      readonly type: "reply_closed";
      readonly replyId: string;
      /** Counts the session's responses from 1. */
      readonly responseNumber: number;
      readonly outcome: ReplyOutcome;
      readonly left: readonly ReplyItem[];
    }
  /** The reply under way has called a function of the coach's. */
  | { readonly type: "coach_tool_called"; readonly replyId: string; readonly name: CoachToolName }
  /** A model's assessment of the turn of this round. */
  | { readonly type: "assessed"; readonly round: number; readonly assessment: Assessment }
  /** The report of the whole conversation is there. */
  | { readonly type: "reported"; readonly report: Report; readonly closeMs: number }
  /** The reply's playback was stopped: what was heard of it is what the conversation keeps. */
  | { readonly type: "heard"; readonly replyId: string }
  | {
      readonly type: "timer";
      readonly name: TimerName;
      /** Input audio so far, ms. */
      readonly audioMs: number;
      /** Time at which input audio last came; clock, ms. Undefined: none has. */
      readonly lastAudioAt: number | undefined;
    }
  /** The user has used all that they may today. */
  | { readonly type: "quota_spent"; readonly quota: QuotaName }
  | { readonly type: "mute"; readonly muted: boolean }
  | { readonly type: "end"; readonly reason: CancelReason };

/** Outcome of a reply. */
export type ReplyOutcome =
  | { readonly status: "completed" }
  /** `empty`: it was cut off with nothing said or called. */
  | {
      readonly status: "incomplete";
      readonly reason: "max_output_tokens" | "content_filter";
      readonly empty?: boolean;
    }
  | { readonly status: "cancelled"; readonly reason: "turn_detected" | "client_cancelled" }
  | { readonly status: "failed"; readonly error: StageError };

/** An item as a closed reply left it. */
export interface ReplyItem {
  readonly item: Item;
  /** Audio sent for it, ms; 0 for text and function calls. */
  readonly audioMs: number;
  readonly spoken: readonly SpokenPiece[];
}
