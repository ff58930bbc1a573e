/** A live session as the checks of its user's credentials see it: whose it is, and how it is ended. */
export interface RevocableSession {
  readonly ownerId: string;
  /** The API key of whoever opened or last joined it, if it was with one. */
  readonly keyId?: string;
  /** The sign-in of whoever opened or last joined it, if it was with one. */
  readonly signInId?: string;
  readonly session: { end(reason: "revoked"): void };
}

/** Ends those of these sessions whose user may no longer talk. */
export function endSessions(
  sessions: Iterable<RevocableSession>,
  isRevoked: (session: RevocableSession) => boolean,
): void {
  for (const held of [...sessions]) if (isRevoked(held)) held.session.end("revoked");
}
