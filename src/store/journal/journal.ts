/** How a live session writes itself down: it never waits to write, and may ask when all it wrote is safe. */
import type {
  AudioRecord,
  DeliveryRecord,
  ItemRecord,
  NewSession,
  SessionPatch,
  SessionRecord,
  TurnRecord,
} from "../records.ts";

/** Something that happened to a session. Writing the same change twice leaves what writing it once leaves. */
export type Change =
  | { readonly type: "session"; readonly patch: SessionPatch }
  /** Puts an item, or replaces the one with its id. */
  | { readonly type: "item"; readonly item: ItemRecord }
  | { readonly type: "item_removed"; readonly itemId: string }
  | { readonly type: "turn"; readonly turn: TurnRecord }
  | { readonly type: "delivery"; readonly delivery: DeliveryRecord }
  | { readonly type: "audio"; readonly audio: AudioRecord }
  /** Nobody holds the session live any more; it stays active. */
  | { readonly type: "put_away" }
  /** The session is over; unless `wordless`, its report is due from the same moment (the same transaction). */
  | { readonly type: "ended"; readonly at: number; readonly reason: string; readonly wordless?: true };

/** One live session's way into the store. Changes are applied in the order they are written in. */
export interface SessionJournal {
  readonly sessionId: string;
  /**
   * Takes changes; never waits, never throws. False: the journal holds as much as it may (or this session's was closed
   * or lost), and nothing of the call was taken.
   */
  write(changes: readonly Change[]): boolean;
  /**
   * Resolves once every change written before the call is durable: `saved`. `lost`: another node has claimed the
   * session, or the store refused its changes for good; nothing more of it will be stored.
   */
  settled(): Promise<"saved" | "lost">;
  /** Nothing more will be written; what was is still stored. */
  close(): void;
}

/** How the way into the database is doing. */
interface JournalState {
  /** Changes that are not durable yet. */
  readonly waiting: number;
  /** Their estimated size. */
  readonly bytes: number;
  /** Set while the database does not take them: since when (clock, ms). */
  readonly failingSince?: number;
  /** No more can be held; new sessions should be refused. */
  readonly full: boolean;
}

/** A conversation as it lies in the store. */
export interface StoredConversation {
  readonly session: SessionRecord;
  readonly snapshot: unknown;
  /** In order. */
  readonly items: readonly ItemRecord[];
}

/** The journals of this node's live sessions; one batch of all their changes at a time goes into the database. */
export interface Journals {
  /** Begins a new session; its record is the first thing written. Works with the database away. */
  open(session: NewSession & { readonly nodeId: string }): SessionJournal;
  /**
   * Takes a stored session over, from whichever node held it; that node's later changes are refused (`lost` there).
   * Undefined: there is none, or it has ended.
   * @throws StoreError when the database cannot be reached
   */
  claim(
    sessionId: string,
    nodeId: string,
  ): Promise<{ readonly journal: SessionJournal; readonly stored: StoredConversation } | undefined>;
  readonly state: JournalState;
  /** Resolves once nothing waits, or after `deadlineMs`. True: nothing waits. */
  drain(deadlineMs: number): Promise<boolean>;
}
