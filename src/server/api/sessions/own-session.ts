/** Ownership of sessions: the one check for every route that names a session. */

import type { SessionRecord } from "../../../store/records.ts";
import { reaches } from "../../access/guests.ts";
import { type Principal, requirePersona } from "../../access/principal.ts";
import { HttpError } from "../../net/http-error.ts";
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
 * @throws HttpError 404 where there is none, or it is somebody else's; StoreError
 */
export async function ownSession(
  services: RestServices,
  principal: Principal,
  sessionId: string,
): Promise<SessionRecord> {
  const { store } = services;
  const known = await store.findSession(sessionId);
  // Before anything is waited for: how long that takes would tell others that the session is there.
  if (known && !reaches(principal, known)) throw sessionNotFound();
  const waited = await untilStored(services, sessionId);
  const record = waited ? await store.findSession(sessionId) : known;
  if (!record || !reaches(principal, record)) throw sessionNotFound();
  return record;
}

/**
 * The owner of a session that can be talked to: by this node's live sessions, or else by the store.
 * @throws HttpError 404 where there is no such session, or it is somebody else's; 403 where the credentials are for another
 * persona; 409 where it has ended; StoreError
 */
export async function activeSessionOwner(
  services: RestServices,
  principal: Principal,
  sessionId: string,
): Promise<string> {
  const live = services.sessions.ownerOf(sessionId);
  // Somebody else's is looked up like one that does not exist, so that both take the same time.
  const isReached = live !== undefined && reaches(principal, live);
  const { ownerId, persona, ...stored } = isReached ? live : await ownSession(services, principal, sessionId);
  if ("status" in stored && stored.status === "ended") throw sessionEnded();
  requirePersona(principal, persona);
  return ownerId;
}

/** Waits, for a second at most, until a live session is stored. False: the session is not live here. */
export async function untilStored(
  { sessions }: Pick<RestServices, "sessions">,
  sessionId: string,
): Promise<boolean> {
  const live = sessions.live(sessionId);
  await live?.settled(storingMs);
  return live !== undefined;
}
