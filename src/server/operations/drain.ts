/** A node that an administrator empties: it takes no sessions and lets go of those it has; its process goes on. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { HeldSession, SessionRegistry } from "../conversations/session-registry.ts";
import type { Logger } from "../logging/log.ts";
import { protocolError } from "../net/http-error.ts";

export interface Drain {
  /** Whether it drains just now. */
  readonly on: boolean;
  /** Idle sessions are let go of at once, busy ones after their reply or at the deadline. Again: nothing. */
  begin(): void;
  /** It takes sessions again. */
  stop(): void;
  /** The process ends: it looks for nothing any more, and still takes nothing if it drained. */
  close(): void;
  /** The same sessions, none of which can be opened, joined or taken up again while the node drains. */
  guard(sessions: SessionRegistry): SessionRegistry;
}

export interface DrainOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Sessions that are live here. */
  readonly held: () => Iterable<HeldSession>;
  /** How long a reply under way is waited for, ms; default 30,000. */
  readonly deadlineMs?: number;
}

/** How often it looks for sessions to let go of, ms. */
const lookMs = 250;

/** Opens it: the node takes sessions. */
export function openDrain({ clock, log, held, deadlineMs = 30_000 }: DrainOptions): Drain {
  let until: number | undefined;
  let cancel: CancelTimer = () => {};
  // As long as it drains, and not only until nothing is left: a session may have been on its way in.
  const look = () => {
    if (until === undefined) return;
    const late = clock.now() >= until;
    for (const { session } of held()) if (late || !session.busy) session.end("draining");
    cancel = clock.after(lookMs, look);
  };
  const refusal = () =>
    until === undefined
      ? undefined
      : protocolError("server_draining", "This node takes no sessions just now.", { retryAfter: 5 });
  return {
    get on() {
      return until !== undefined;
    },
    begin() {
      if (until !== undefined) return;
      log.info("an administrator drains this node");
      until = clock.now() + deadlineMs;
      look();
    },
    stop() {
      if (until === undefined) return;
      log.info("this node takes sessions again");
      until = undefined;
      cancel();
    },
    close: () => cancel(),
    guard: (sessions) => ({
      ...sessions,
      get count() {
        return sessions.count;
      },
      refusal: () => refusal() ?? sessions.refusal(),
      async find(...asked) {
        const refused = refusal();
        if (refused) throw refused;
        return sessions.find(...asked);
      },
    }),
  };
}
