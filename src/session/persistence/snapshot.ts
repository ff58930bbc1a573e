/**
 * Snapshot of a session's state beside its items, as plain JSON, and the rest of a reply that a listener is owed by
 * it. Pure.
 */
import type { CoachState } from "../../coach/coach.ts";
import { durationMs } from "../../pipeline/audio/pcm.ts";
import type { Brief } from "../../ports/brief.ts";
import type { Delivery } from "../../ports/delivery.ts";
import { sampleRate } from "../../protocol/audio-format.ts";
import type { SessionConfig, SessionUpdate } from "../../protocol/session-config.ts";
import type { DeliveryRecord, ItemRecord } from "../../store/records.ts";
import type { AudioPosition } from "../outbound/replay-buffer.ts";
import { contentText } from "../replies/prompt.ts";
import { heardText, type SpokenPiece, withEstimatedEnd } from "../replies/spoken-text.ts";
import type { Entry, SessionState } from "../turns/state.ts";
import type { StoredContour } from "./stored-contour.ts";

/** A reply while it is being said, or one whose words are known before that. */
export interface Speaking {
  readonly replyId: string;
  /** Absent: nothing of it is said yet. */
  readonly itemId?: string | undefined;
  /** All that the model has given so far, said or not. */
  readonly text: string;
  /** Spoken pieces of the text, and their places in the audio. */
  readonly spoken: readonly SpokenPiece[];
}

/** Plain JSON; replaced whole. */
export interface Snapshot {
  readonly version: 1;
  readonly conversationId: string;
  readonly config: SessionConfig;
  /** Settings that its client may not change; absent: none. */
  readonly fixed?: SessionState["fixed"];
  readonly coach: CoachState;
  readonly brief: Brief;
  readonly greeting: SessionState["greeting"];
  readonly openTurn?: SessionState["openTurn"];
  readonly longTurn?: SessionState["longTurn"];
  /** Responses so far, as audio frames count them. */
  readonly responses: number;
  /** Input audio, ms since the session began, up to which all that was said is in the items. */
  readonly inputMs: number;
  /** A turn that was heard waits for its reply. */
  readonly unanswered: boolean;
  /** A turn waits for its reply behind the one under way; absent: none. */
  readonly replyOwed?: true;
  readonly speaking?: Speaking;
  /** The user said yes to ending; absent: no. */
  readonly ending?: true;
  /** An administrator has muted the session; absent: no. */
  readonly muted?: true;
}

/** The lasting part of a state. */
export function takeSnapshot(
  state: SessionState,
  run: { readonly responses: number; readonly inputMs: number; readonly speaking?: Speaking | undefined },
): Snapshot {
  const { conversationId, config, fixed, coach, brief, greeting, openTurn, longTurn, ending, muted } = state;
  const { responses, inputMs, speaking } = run;
  // A turn whose words are not stored yet is heard anew, and answered then.
  const transcribed = state.entries.every(isTranscribed);
  return {
    version: 1,
    conversationId,
    config,
    ...(fixed && { fixed }),
    coach,
    brief,
    greeting,
    openTurn,
    longTurn,
    responses,
    inputMs,
    unanswered: (state.reply.type !== "none" || state.replyOwed) && transcribed,
    ...(state.replyOwed && transcribed && { replyOwed: true }),
    speaking,
    ...(ending && { ending }),
    ...(muted && { muted }),
  };
}

function isTranscribed(entry: Entry): boolean {
  return entry.kind !== "spoken_by_user" || entry.transcript !== undefined;
}

/** A session's lasting part as it was stored, or undefined where there is none that this version can read. */
export function readSnapshot(stored: unknown): Snapshot | undefined {
  const isOne = typeof stored === "object" && stored !== null && "version" in stored && stored.version === 1;
  return isOne ? (stored as Snapshot) : undefined;
}

/** Stored part of a session that has not begun yet: the settings that it begins with. */
export interface Beginning {
  readonly settings: SessionUpdate;
}

/** The settings of a session that has not begun yet; undefined: none, or it has begun. */
export function readSettings(stored: unknown): SessionUpdate | undefined {
  const isOne = typeof stored === "object" && stored !== null && "settings" in stored;
  return isOne && !readSnapshot(stored) ? (stored as Beginning).settings : undefined;
}

/** Rest of the last reply that a returning listener has not heard. */
export interface Remainder {
  /** The part that was heard; absent where it is an entry of the conversation already. */
  readonly heard?: { readonly itemId: string; readonly text: string };
  /** The text left to be said; empty: the reply was cut before the model had given anything, and is made anew. */
  readonly text: string;
  /** Another turn waits for its reply behind it; absent: none. */
  readonly replyOwed?: true;
}

/**
 * Returns the rest of the reply that was under way when the session was passivated, by the audio the listener says it
 * has.
 */
export function remainderOf(snapshot: Snapshot, from: AudioPosition | undefined): Remainder | undefined {
  const { speaking, responses, unanswered, replyOwed } = snapshot;
  if (!speaking) return unanswered ? { text: "" } : undefined;
  const { format } = snapshot.config.audio.output;
  const has = from?.responseNumber === responses ? durationMs(from.sample, sampleRate(format)) : 0;
  const heard = has > 0 ? heardText(speaking.spoken.map(withEnd), has) : "";
  const { itemId } = speaking;
  const text = speaking.text.slice(heard.length).trimStart();
  return {
    ...(itemId !== undefined && heard !== "" && { heard: { itemId, text: heard } }),
    text,
    ...(replyOwed && { replyOwed }),
  };
}

/** The piece that was being said has no end yet. */
const withEnd = (piece: SpokenPiece) => (piece.endMs > piece.startMs ? piece : withEstimatedEnd(piece));

/** Makes the stored record of an utterance's delivery: its figures by name, and when it was said. */
export function deliveryRecord(kept: {
  readonly itemId: string;
  readonly delivery: Delivery;
  readonly endedAt: number;
  readonly durationMs: number;
  readonly contour?: StoredContour;
}): DeliveryRecord {
  // Where hesitations are is told by the contour.
  const { hesitations: _, ...delivery } = kept.delivery;
  const figures = Object.entries({ ...delivery, durationMs: kept.durationMs });
  const metrics = Object.fromEntries(figures.filter(([, value]) => typeof value === "number"));
  const { itemId, endedAt, contour } = kept;
  return { itemId, at: endedAt, metrics, contour };
}

/** An entry as it is kept; undefined while it is not whole yet. */
export function itemRecord(entry: Entry, position: number, at: number): ItemRecord | undefined {
  if (!isComplete(entry)) return undefined;
  const { item } = entry;
  const text = entry.kind === "spoken_by_user" ? (entry.transcript ?? "") : textOf(entry);
  const role = item.type === "message" ? item.role : "tool";
  return { id: item.id, position, role, text, entry, createdAt: at };
}

/** [ST2] The last item that is kept with all before it: one whose words are not known yet ends the row. */
export function lastStoredItemId(entries: readonly Entry[]): string | undefined {
  const open = entries.findIndex((entry) => !isComplete(entry));
  return entries[(open < 0 ? entries.length : open) - 1]?.item.id;
}

function isComplete(entry: Entry): boolean {
  if (entry.kind === "spoken_by_user") return entry.transcript !== undefined;
  return !("status" in entry.item && entry.item.status === "in_progress");
}

function textOf({ item }: Entry): string {
  if (item.type === "message") return contentText(item);
  return item.type === "function_call" ? item.arguments : item.output;
}
