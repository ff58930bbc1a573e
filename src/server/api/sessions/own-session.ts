/** Ownership of sessions: the one check for every route that names a session. */

import { settlesWithin } from "../../../lib/timeout.ts";
import type { SessionRecord } from "../../../store/records.ts";
import { reaches } from "../../access/guests.ts";
import { type Principal, requirePersona, requireSessionType } from "../../access/principal.ts";
import { requireReplies } from "../../conversations/session-finder.ts";
import { HttpError, protocolError } from "../../net/http-error.ts";
import type { RestServices } from "../services.ts";

/** Longest wait for a live session to be stored, ms. */
const storingMs = 1000;

/** Access and error codes of every route that names a session. */
export const ofSession = {
  access: "user",
  secrets: true,
  invalid: { "params.id": "INVALID_SESSION_ID" },
} as const;

/** Answers of every route that names a session. */
export const noSession = { 404: "There is no such session, or it is somebody else's." } as const;

/** The error for a session that does not exist or belongs to somebody else, which are not told apart. */
export function sessionNotFound(): HttpError {
  return new HttpError(404, "SESSION_NOT_FOUND", "There is no such session.");
}

/** @throws HttpError 409 */
export function sessionEnded(): HttpError {
  return new HttpError(409, "SESSION_ENDED", "This session has ended.");
}

/** @throws HttpError 409 */
export function sessionActive(): HttpError {
  return new HttpError(409, "SESSION_ACTIVE", "This session has not ended yet.");
}

/**
 * The stored session of this id, after everything said in it on this node has been stored.
 * @throws HttpError 404 where there is none, or it is somebody else's; 503 where it is this node's, and is not stored
 * within a second; StoreError
 */
export async function ownSession(
  services: RestServices,
  principal: Principal,
  sessionId: string,
): Promise<SessionRecord> {
  const { store } = services;
  const pending = store.journals.pending(sessionId);
  const known = await store.findSession(sessionId);
  // Before anything is waited for: how long that takes would tell others that the session is there.
  const first = known ?? pending;
  if (!first || !reaches(principal, first)) throw sessionNotFound();
  const waited = await untilStored(services, sessionId);
  const record = waited || !known ? await store.findSession(sessionId) : known;
  if (record && reaches(principal, record)) return record;
  if (!record && store.journals.pending(sessionId)) throw notStoredYet();
  throw sessionNotFound();
}

/**
 * Checks that a session is there, stored or waiting to be stored by this node, and the principal's.
 * @throws HttpError 404; StoreError
 */
export async function requireOwnSession(
  { store }: Pick<RestServices, "store">,
  principal: Principal,
  sessionId: string,
): Promise<void> {
  const pending = store.journals.pending(sessionId);
  // Asked in any case, so that a look-up takes as long whosever it is.
  const known = await store.findSession(sessionId);
  const session = known ?? pending;
  if (!session || !reaches(principal, session)) throw sessionNotFound();
}

function notStoredYet(): HttpError {
  return protocolError("store_unavailable", "The session is not stored yet.", { retryAfter: 5 });
}

/**
 * The owner of a session that can be talked to: by this node's live sessions, or else by the store.
 * @throws HttpError 404 where there is no such session, or it is somebody else's; 403 where the credentials are for another
 * persona; 409 where it has ended or is one for transcription; StoreError
 */
export async function activeSessionOwner(
  services: RestServices,
  principal: Principal,
  sessionId: string,
): Promise<string> {
  const live = services.sessions.ownerOf(sessionId);
  // Somebody else's is looked up like one that does not exist, so that both take the same time.
  const isReached = live !== undefined && reaches(principal, live);
  const { ownerId, persona, type, ...stored } = isReached
    ? live
    : await ownSession(services, principal, sessionId);
  if ("status" in stored && stored.status === "ended") throw sessionEnded();
  requirePersona(principal, persona);
  requireSessionType(principal, type);
  requireReplies(type);
  return ownerId;
}

/**
 * Waits, for a second at most and not while the database is away, until what this node has of a session is stored, live or
 * not. False: it has nothing of it.
 */
export async function untilStored(
  { sessions, store, clock }: Pick<RestServices, "sessions" | "store" | "clock">,
  sessionId: string,
): Promise<boolean> {
  const { journals } = store;
  const pending = journals.pending(sessionId);
  if (pending && journals.state.failingSince === undefined)
    await settlesWithin(clock, storingMs, pending.settled());
  return pending !== undefined || sessions.live(sessionId) !== undefined;
}
