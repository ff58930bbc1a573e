/** Ends live sessions whose key was revoked, whose user signed out, was blocked or deleted, on whichever node that was. */
import type { CancelTimer, Clock } from "../../../lib/clock.ts";
import { describeError } from "../../../store/failures.ts";
import type { KeyQueries, WaysIn } from "../../../store/queries/key-queries.ts";
import type { Logger } from "../../logging/log.ts";
import { isGuest } from "../guests.ts";
import { endSessions, type RevocableSession } from "../revocable-session.ts";

/** Time between two checks, ms: a session outlives its revocation by this at most. */
export const watchMs = 3000;

export interface RevocationWatch {
  /** Checks now. Never rejects: while the database is away sessions go on. */
  check(): Promise<void>;
  close(): void;
}

/** Checks every `watchMs`: one query for all sessions of this node, none while there are none. */
export function openRevocationWatch(options: {
  readonly queries: Pick<KeyQueries, "ended">;
  readonly live: () => Iterable<RevocableSession>;
  readonly clock: Clock;
  readonly log: Logger;
}): RevocationWatch {
  const { queries, live, clock, log } = options;
  let closed = false;
  let failing = false;
  let cancel: CancelTimer = () => {};

  const check = async () => {
    const ways = waysOf(live());
    if (Object.values(ways).every((each) => each.length === 0)) return;
    try {
      const ended = await queries.ended(ways, clock.wallTime());
      failing = false;
      const revoked = new Set([...ended.keys, ...ended.owners, ...ended.signIns]);
      const isRevoked = (id: string | undefined) => id !== undefined && revoked.has(id);
      endSessions(
        live(),
        ({ keyId, ownerId, signInId }) => isRevoked(keyId) || isRevoked(ownerId) || isRevoked(signInId),
      );
    } catch (error) {
      if (!failing) log.warn({ error: describeError(error) }, "session-revocation check failed");
      failing = true;
    }
  };
  const next = () => {
    if (closed) return;
    cancel = clock.after(watchMs, () => void check().then(next));
  };
  next();
  return {
    check,
    close() {
      closed = true;
      cancel();
    },
  };
}

/** Collects the credentials of sessions. Guests and the local user have no account that could be closed. */
function waysOf(all: Iterable<RevocableSession>): WaysIn {
  const keys = new Set<string>();
  const owners = new Set<string>();
  const signIns = new Set<string>();
  for (const { keyId, ownerId, signInId } of all) {
    if (keyId !== undefined) keys.add(keyId);
    if (signInId !== undefined) signIns.add(signInId);
    if (ownerId !== "local" && !isGuest(ownerId)) owners.add(ownerId);
  }
  return { keys: [...keys], owners: [...owners], signIns: [...signIns] };
}
