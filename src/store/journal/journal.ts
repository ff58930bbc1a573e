/** Journal of a live session: changes are taken without waiting, and durability can be awaited. */
import type {
  AudioRecord,
  DeliveryRecord,
  ItemRecord,
  NewSession,
  ReadingRecord,
  SessionPatch,
  SessionRecord,
  TurnRecord,
} from "../records.ts";

/** A change of a session. Idempotent: written twice, it has the same effect as written once. */
export type Change =
  | { readonly type: "session"; readonly patch: SessionPatch }
  /** Puts an item, or replaces the one with its id. */
  | { readonly type: "item"; readonly item: ItemRecord }
  | { readonly type: "item_removed"; readonly itemId: string }
  | { readonly type: "turn"; readonly turn: TurnRecord }
  | { readonly type: "delivery"; readonly delivery: DeliveryRecord }
  | { readonly type: "reading"; readonly reading: ReadingRecord }
  | { readonly type: "audio"; readonly audio: AudioRecord }
  /** The session was passivated: it is live on no node, and stays active. */
  | { readonly type: "put_away" }
  /** The session ended; unless `wordless`, its report becomes due in the same transaction. */
  | { readonly type: "ended"; readonly at: number; readonly reason: string; readonly wordless?: true };

/** Writes the changes of one live session to the store, in the order given. */
export interface SessionJournal {
  readonly sessionId: string;
  /**
   * Takes changes; never waits, never throws. False: the journal holds as much as it may (or this session's was closed
   * or lost), and nothing of the call was taken.
   */
  write(changes: readonly Change[]): boolean;
  /**
   * Bytes of changes that may still be handed in by the session's client: less than `write` takes, so that what clients
   * hand in leaves room for what is spoken. 0 once the journal is closed or lost.
   */
  readonly room: number;
  /**
   * Undefined: the client may go on. A promise: more of the session waits than should; resolves once most of it is
   * stored, or the database takes nothing.
   */
  writable(): Promise<void> | undefined;
  /**
   * Resolves once every change written before the call is durable: `saved`. `lost`: another node has claimed the
   * session, or the store refused its changes for good; nothing more of it will be stored.
   */
  settled(): Promise<"saved" | "lost">;
  /** Refuses further changes; those taken before are still stored. */
  close(): void;
}

/** A session of which this node still has changes to store, live or not. */
export interface PendingSession {
  readonly ownerId: string;
  /** See `SessionRecord.endUser`. */
  readonly endUser: string | undefined;
  readonly persona: string;
  /** As of `SessionJournal`. */
  settled(): Promise<"saved" | "lost">;
}

/** State of all journals of a node. */
interface JournalState {
  /** Number of changes that are not durable yet. */
  readonly waiting: number;
  /** Estimated size of these changes. */
  readonly bytes: number;
  /** Since when writing has failed (clock, ms); undefined while it works. */
  readonly failingSince?: number;
  /** No room for more changes; new sessions should be refused. */
  readonly full: boolean;
}

/** A conversation as stored. */
export interface StoredConversation {
  readonly session: SessionRecord;
  readonly snapshot: unknown;
  /** In order. */
  readonly items: readonly ItemRecord[];
}

/** The journals of this node's live sessions; their changes are written in one batch at a time. */
export interface Journals {
  /** Begins a new session, its record being the first change. Works while the database is away. */
  open(session: NewSession & { readonly nodeId: string }): SessionJournal;
  /**
   * Takes a stored session over from the node that held it, whose later changes are refused (`lost` there). Undefined:
   * there is no such session, or it has ended.
   * @throws StoreError when the database cannot be reached
   */
  claim(
    sessionId: string,
    nodeId: string,
  ): Promise<{ readonly journal: SessionJournal; readonly stored: StoredConversation } | undefined>;
  /** Returns the session if changes of it are not durable yet; it may not be in the database at all. */
  pending(sessionId: string): PendingSession | undefined;
  /** Lists the ids of an owner's sessions with changes that are not durable yet. */
  pendingOf(ownerId: string): readonly string[];
  /**
   * Drops what waits of a session that is being erased, whose journal is then `lost`. Resolves once no batch that is being
   * written has any of it.
   */
  discard(sessionId: string): Promise<void>;
  readonly state: JournalState;
  /** Resolves once all changes are durable, or after `deadlineMs`. False: some are not. */
  drain(deadlineMs: number): Promise<boolean>;
}
