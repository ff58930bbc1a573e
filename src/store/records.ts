/** Records of the store, without its tables. Times are wall-clock milliseconds since the epoch. */

/** A conversation, from its first connection or request to its end. */
export interface SessionRecord {
  /** `session-…`. */
  readonly id: string;
  /** Owner's id; `local` on a server without authentication. */
  readonly ownerId: string;
  /**
   * The end user of the owner's application for whom it was made: `user:NAME` by a client secret that names one,
   * `secret:ID` by one that does not; absent: made by the owner.
   */
  readonly endUser?: string | undefined;
  /** A persona's id. */
  readonly persona: string;
  /** BCP 47. */
  readonly language: string;
  readonly status: "active" | "ended";
  /** Way it was opened: a session made over REST outlives its sockets. */
  readonly origin: "rest" | "socket";
  /** Purpose: a conversation, or the transcripts of what is said, which nobody answers. */
  readonly type: "realtime" | "transcription";
  /** Stage of T-GROW; absent in a drill. */
  readonly stage?: string;
  /** Whether the coach has asked to end, and waits for the answer. */
  readonly awaitingWrapUp: boolean;
  /** Number of messages of user and coach. */
  readonly messageCount: number;
  /** Whether the user agreed to a recording. */
  readonly recorded: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt?: number;
  /** Reason of its end, such as `finished`, `idle`, `client_gone`. */
  readonly endReason?: string;
  /** 1–5. */
  readonly rating?: number;
  readonly feedback?: string;
  /** Subject of the session, as its report has it; absent before there is one, and where it is not known. */
  readonly title?: string;
}

/** Fields of a new session. */
export type NewSession = Pick<
  SessionRecord,
  "id" | "ownerId" | "endUser" | "persona" | "language" | "origin" | "recorded" | "createdAt"
> & {
  /** Default `realtime`. */
  readonly type?: SessionRecord["type"];
  /** SHA-256 (hex) of its resume token. */
  readonly resumeHash?: string;
  /** The node that holds it live; absent: none yet. */
  readonly nodeId?: string;
  /** As of `SessionPatch`; absent: none. */
  readonly snapshot?: unknown;
};

/** Fields of a session that change while it is live. */
export type SessionPatch = Partial<
  Pick<SessionRecord, "language" | "stage" | "awaitingWrapUp" | "messageCount" | "recorded">
> & {
  /** State from which the session can be activated again, beside its items; plain JSON, replaced whole. */
  readonly snapshot?: unknown;
  readonly resumeHash?: string;
};

/** One item of a conversation. */
export interface ItemRecord {
  readonly id: string;
  /** Sort key among its session's items, ascending. */
  readonly position: number;
  readonly role: "user" | "assistant" | "system" | "tool";
  /** The words, as far as they were understood or played; searched. */
  readonly text: string;
  /** The item of the protocol and the server's own data about it; plain JSON. */
  readonly entry: unknown;
  readonly createdAt: number;
  /** Key of the reply's audio, if it is kept. */
  readonly audioKey?: string;
}

/** A reply, with its latencies, usage and cost. */
export interface TurnRecord {
  /** The response's id. */
  readonly id: string;
  /** The user's item it answers, if any. */
  readonly itemId?: string;
  /** Outcome: `completed`, `cancelled`, `incomplete`, `failed`. */
  readonly status: string;
  readonly at: number;
  /** The figures of `kuku.latency`, ms by name. */
  readonly latency?: Readonly<Record<string, number>>;
  /** Plain JSON: tokens, seconds, characters by stage. */
  readonly usage?: unknown;
  /** In the currency of the configured prices; absent where a price is unknown. */
  readonly cost?: number;
}

/** Delivery of an utterance. */
export interface DeliveryRecord {
  readonly itemId: string;
  readonly at: number;
  /** Figures by name; one that could not be computed is absent. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The figures over time; plain JSON. */
  readonly contour?: unknown;
}

/** A reading of a drill that was judged. */
export interface ReadingRecord {
  readonly itemId: string;
  readonly at: number;
  /** BCP 47, of the text. */
  readonly language: string;
  readonly kind: "sentence" | "minimal_pairs" | "pacing" | "prosody";
  /** The text that was asked for; of a minimal pair both words, "ship / sheep". */
  readonly text: string;
  /** Share of the words that were right, 0–1. */
  readonly score: number;
  /** Words that went wrong, in lower case. */
  readonly slips: readonly string[];
}

/** A piece of audio that is kept as a file. */
export interface AudioRecord {
  /** Unguessable key; part of path and URL. */
  readonly key: string;
  readonly kind: "reply" | "recording" | "upload";
  readonly itemId?: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly durationMs?: number;
  readonly createdAt: number;
  /** Time after which it is neither served nor kept. */
  readonly expiresAt?: number;
}

/** Report of an ended session. */
export interface ReportRecord {
  readonly sessionId: string;
  readonly status: "pending" | "ready" | "failed";
  /** With the headings that front ends parse; absent until it is ready. */
  readonly text?: string;
  /** The report as data; plain JSON. */
  readonly data?: unknown;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An action that a user committed to in a session. */
export interface ActionRecord {
  readonly id: string;
  readonly sessionId: string;
  readonly text: string;
  /** In the user's words, such as "by Friday". */
  readonly when?: string;
  readonly createdAt: number;
  readonly doneAt?: number;
}

/** A page of a list; `next` continues it, absent at the end. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly next?: string;
}
