/**
 * Sessions that were to be erased before anybody knew of them: rows without an owner that keep them from being stored. Each
 * bears a digest of whose sessions they are, so that nobody keeps another's from being stored.
 */
import { createHash } from "node:crypto";

/** `end_reason` of such a row. */
export const forbidden = "erased unseen";

/** Returns the digest, kept as the row's `resume_hash`, of an owner's sessions or of one end user's. */
export function forbiddenBy(ownerId: string, endUser: string | null | undefined): string {
  return createHash("md5")
    .update(endUser == null ? ownerId : `${ownerId} ${endUser}`)
    .digest("hex");
}

/**
 * End of the statement that inserts a new session: the row of somebody else gives way to it. A session of a guest without a
 * cookie is anybody's who knows its id.
 */
export const unlessForbidden = `, epoch = 1, status = 'active', ended_at = null, end_reason = null
  where sessions.owner_id = '' and sessions.end_reason = '${forbidden}'
    and not starts_with(excluded.owner_id, 'guest_once_')
    and sessions.resume_hash <> md5(excluded.owner_id)
    and (excluded.end_user is null or sessions.resume_hash <> md5(excluded.owner_id || ' ' || excluded.end_user))`;
