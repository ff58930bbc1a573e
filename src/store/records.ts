/** What lasts, as the rest of the house sees it: plain records, no tables. Times are wall-clock milliseconds since the epoch. */

/** A conversation, from its first connection or request to its end. */
export interface SessionRecord {
  /** `session-…`. */
  readonly id: string;
  /** Whose it is; `local` where nobody has to say who they are. */
  readonly ownerId: string;
  /** A persona's id. */
  readonly persona: string;
  /** BCP 47. */
  readonly language: string;
  readonly status: "active" | "ended";
  /** Where it was opened: one made over REST outlives its sockets. */
  readonly origin: "rest" | "socket";
  /** Of T-GROW; absent in a drill. */
  readonly stage?: string;
  /** The coach has asked whether to end, and waits for the answer. */
  readonly awaitingWrapUp: boolean;
  /** Messages of the user and the coach. */
  readonly messageCount: number;
  /** The user agreed to a recording. */
  readonly recorded: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt?: number;
  /** Why it ended, such as `finished`, `idle`, `client_gone`. */
  readonly endReason?: string;
  /** 1–5. */
  readonly rating?: number;
  readonly feedback?: string;
}

/** What a new session begins with. */
export type NewSession = Pick<
  SessionRecord,
  "id" | "ownerId" | "persona" | "language" | "origin" | "recorded" | "createdAt"
> & {
  /** SHA-256 (hex) of the token that brings a socket back to it. */
  readonly resumeHash?: string;
  /** The node that holds it live; absent: nobody does yet. */
  readonly nodeId?: string;
};

/** What of a session's record changes while it goes on. */
export type SessionPatch = Partial<
  Pick<SessionRecord, "language" | "stage" | "awaitingWrapUp" | "messageCount" | "recorded">
> & {
  /** All that a session needs to be taken up again, beside its items; plain JSON, replaced whole. */
  readonly snapshot?: unknown;
  readonly resumeHash?: string;
};

/** One item of a conversation. */
export interface ItemRecord {
  readonly id: string;
  /** Where it stands among its session's items: any number, ascending. */
  readonly position: number;
  readonly role: "user" | "assistant" | "system" | "tool";
  /** The words, as far as they were heard or said; what search finds. */
  readonly text: string;
  /** The item as the wire tells it, and what only the server knows of it; plain JSON. */
  readonly entry: unknown;
  readonly createdAt: number;
  /** Of the reply's spoken audio, if it is kept. */
  readonly audioKey?: string;
}

/** A reply that was given, with what it took. */
export interface TurnRecord {
  /** The response's id. */
  readonly id: string;
  /** The user's item it answers, if any. */
  readonly itemId?: string;
  /** How it ended: `completed`, `cancelled`, `incomplete`, `failed`. */
  readonly status: string;
  readonly at: number;
  /** The figures of `kuku.latency`, ms by name. */
  readonly latency?: Readonly<Record<string, number>>;
  /** Plain JSON: tokens, seconds, characters by stage. */
  readonly usage?: unknown;
  /** In the currency of the configured prices; absent where a price is unknown. */
  readonly cost?: number;
}

/** How an utterance was delivered. */
export interface DeliveryRecord {
  readonly itemId: string;
  readonly at: number;
  /** Figures by name; one that could not be computed is absent. */
  readonly metrics: Readonly<Record<string, number>>;
  /** How it went from moment to moment; plain JSON. */
  readonly contour?: unknown;
}

/** A piece of audio that is kept as a file. */
export interface AudioRecord {
  /** Unguessable; the path and the URL. */
  readonly key: string;
  readonly kind: "reply" | "recording" | "upload";
  readonly itemId?: string;
  readonly contentType: string;
  readonly bytes: number;
  readonly durationMs?: number;
  readonly createdAt: number;
  /** After this it is no longer served, and cleaned away. */
  readonly expiresAt?: number;
}

/** What the coach wrote at the end. */
export interface ReportRecord {
  readonly sessionId: string;
  readonly status: "pending" | "ready" | "failed";
  /** With the headings that front ends parse; absent until it is ready. */
  readonly text?: string;
  /** The same as data; plain JSON. */
  readonly data?: unknown;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Something a user committed to in a session. */
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
