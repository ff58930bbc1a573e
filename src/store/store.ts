/** Interface of the store; one implementation, on PGlite or PostgreSQL. */
import type { Journals, StoredConversation } from "./journal/journal.ts";
import type {
  ActionRecord,
  AudioRecord,
  DeliveryRecord,
  ItemRecord,
  NewSession,
  Page,
  ReadingRecord,
  ReportRecord,
  SessionRecord,
  TurnRecord,
} from "./records.ts";

/** The database is unavailable; a later try may succeed. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** Owner and end user of the sessions that a query is about. */
export interface SessionsOf {
  readonly ownerId: string;
  /** An end user (`SessionRecord.endUser`); null: sessions of none; undefined: all of the owner's. */
  readonly endUser?: string | null | undefined;
}

export interface SessionQuery extends SessionsOf {
  readonly status?: SessionRecord["status"];
  /** Creation time at or after `from` and before `to`. */
  readonly from?: number;
  readonly to?: number;
  /** 1–100. */
  readonly limit: number;
  /** `next` of the previous page. */
  readonly cursor?: string;
}

export interface SearchQuery extends SessionsOf {
  /** Words in any language, all of which must match; quotes and minus as in a web search. */
  readonly text: string;
  /** 1–100. */
  readonly limit: number;
  readonly cursor?: string;
}

interface FoundItem {
  readonly sessionId: string;
  readonly item: ItemRecord;
  /** The text around the match, as plain text. */
  readonly excerpt: string;
}

/** Means of each metric over the utterances of one session. */
export interface ProgressPoint {
  readonly sessionId: string;
  readonly at: number;
  readonly persona: string;
  readonly metrics: Readonly<Record<string, number>>;
}

interface Progress {
  /** Newest first. */
  readonly points: readonly ProgressPoint[];
  readonly sessions: number;
  /** Days in a row, up to today or yesterday, with a session (UTC). */
  readonly streakDays: number;
  readonly openActions: readonly ActionRecord[];
  readonly doneActions: number;
}

/** Every method throws StoreError where the database cannot be reached. */
export interface Store {
  readonly journals: Journals;

  /** Creates a session that no node holds (over REST). */
  createSession(session: NewSession): Promise<SessionRecord>;
  findSession(id: string): Promise<SessionRecord | undefined>;
  /** Reads the session with its snapshot and items, on whichever node it is live. */
  readConversation(id: string): Promise<StoredConversation | undefined>;
  /** Reads the session's snapshot alone; undefined: none was written, or there is no such session. */
  findSnapshot(id: string): Promise<unknown>;
  /** Finds the living node that holds the session. */
  findHolder(id: string): Promise<string | undefined>;
  /** Finds the active session of a resume token by its hash (`NewSession.resumeHash`). */
  findResumable(resumeHash: string): Promise<SessionRecord | undefined>;
  /** Newest first. */
  listSessions(query: SessionQuery): Promise<Page<SessionRecord>>;
  /** Ends a session that no node holds. False: it has ended already, or is held. */
  endSession(id: string, at: number, reason: string): Promise<boolean>;
  /** False: it has not ended. */
  saveRating(id: string, rating: { readonly rating: number; readonly feedback?: string }): Promise<boolean>;
  /** Active sessions held by nobody, not changed since `idleSince` or made before `madeBefore`; oldest first. */
  expiredSessions(query: {
    readonly idleSince: number;
    readonly madeBefore: number;
    readonly limit: number;
  }): Promise<readonly string[]>;

  /** In order; with `ids`, only these of its items. */
  readItems(sessionId: string, ids?: readonly string[]): Promise<readonly ItemRecord[]>;
  readTurns(sessionId: string): Promise<readonly TurnRecord[]>;
  readDeliveries(sessionId: string): Promise<readonly DeliveryRecord[]>;
  /** Readings of a session, the oldest first. */
  readReadings(sessionId: string): Promise<readonly ReadingRecord[]>;
  /** The latest readings of these sessions in a language and those like it (`fr` of `fr-CA`), the oldest first. */
  recentReadings(
    of: SessionsOf,
    query: { readonly language: string; readonly limit: number; readonly before?: number },
  ): Promise<ReadonlyArray<ReadingRecord & { readonly sessionId: string }>>;
  searchItems(query: SearchQuery): Promise<Page<FoundItem>>;

  findReport(sessionId: string): Promise<ReportRecord | undefined>;
  /** Ended sessions whose report is pending; oldest first. */
  pendingReports(limit: number): Promise<readonly string[]>;
  /** Also writes the actions; saving again replaces both. */
  saveReport(
    sessionId: string,
    report: {
      readonly text: string;
      readonly data: unknown;
      readonly actions: readonly { readonly text: string; readonly when?: string }[];
    },
  ): Promise<void>;
  failReport(sessionId: string): Promise<void>;
  /** Newest first. */
  openActions(of: SessionsOf, limit: number): Promise<readonly ActionRecord[]>;
  /** False: there is no such action in these sessions. */
  settleAction(of: SessionsOf, actionId: string, doneAt: number | undefined): Promise<boolean>;
  progress(query: SessionsOf & { readonly now: number; readonly limit: number }): Promise<Progress>;

  /** Stores a record without the journal, for audio of sessions that are not live. */
  saveAudio(sessionId: string, audio: AudioRecord): Promise<void>;
  findAudio(key: string): Promise<(AudioRecord & { readonly sessionId: string }) | undefined>;
  listAudio(sessionId: string, kind?: AudioRecord["kind"]): Promise<readonly AudioRecord[]>;
  expiredAudio(now: number, limit: number): Promise<readonly string[]>;
  forgetAudio(keys: readonly string[]): Promise<void>;
  /** Recordings without a length whose session no node holds; oldest first. */
  unfinishedRecordings(limit: number): Promise<readonly (AudioRecord & { readonly sessionId: string })[]>;

  /** Resolves when the database answers. */
  ping(): Promise<void>;
  /** Stores the changes that wait (up to a deadline) and closes the database. */
  close(): Promise<void>;
}
