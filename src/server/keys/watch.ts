/** Ends live sessions whose key was revoked, or whose user was blocked or deleted, on whichever node that was done. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import { told } from "../../store/failures.ts";
import type { KeyQueries } from "../../store/key-queries.ts";
import { isGuest } from "../guests.ts";
import type { Logger } from "../logging.ts";
import type { HeldSession } from "../sessions.ts";
import { endSessions } from "./keys.ts";

/** How often they are looked at, ms: so long a session may go on at most. */
export const watchMs = 3000;

export interface KeyWatch {
  /** Looks now. Never rejects: while the database is away sessions go on. */
  look(): Promise<void>;
  close(): void;
}

/** Begins to look, every `watchMs`; one query for all sessions of this node, none while there are none. */
export function openKeyWatch(options: {
  readonly queries: Pick<KeyQueries, "ended">;
  readonly live: () => Iterable<HeldSession>;
  readonly clock: Clock;
  readonly log: Logger;
}): KeyWatch {
  const { queries, live, clock, log } = options;
  let closed = false;
  let failing = false;
  let cancel: CancelTimer = () => {};

  const look = async () => {
    const { keys, owners } = namedBy(live());
    if (keys.length + owners.length === 0) return;
    try {
      const ended = await queries.ended({ keys, owners }, clock.wallTime());
      failing = false;
      const gone = { keys: new Set(ended.keys), owners: new Set(ended.owners) };
      endSessions(
        live(),
        ({ keyId, ownerId }) => (keyId !== undefined && gone.keys.has(keyId)) || gone.owners.has(ownerId),
      );
    } catch (error) {
      if (!failing) log.warn({ error: told(error) }, "revoked keys and blocked users are not seen just now");
      failing = true;
    }
  };
  const next = () => {
    if (closed) return;
    cancel = clock.after(watchMs, () => void look().then(next));
  };
  next();
  return {
    look,
    close() {
      closed = true;
      cancel();
    },
  };
}

/** Guests and the local user have no account that could be closed. */
function namedBy(all: Iterable<HeldSession>): { readonly keys: string[]; readonly owners: string[] } {
  const keys = new Set<string>();
  const owners = new Set<string>();
  for (const { keyId, ownerId } of all) {
    if (keyId !== undefined) keys.add(keyId);
    if (ownerId !== "local" && !isGuest(ownerId)) owners.add(ownerId);
  }
  return { keys: [...keys], owners: [...owners] };
}
