/** Draining of a node by an administrator: no new sessions, live ones are ended, the process goes on. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { HeldSession } from "../conversations/live-sessions.ts";
import type { SessionRegistry } from "../conversations/session-registry.ts";
import type { Logger } from "../logging/log.ts";
import { protocolError } from "../net/http-error.ts";

export interface Drain {
  /** True while the node drains. */
  readonly on: boolean;
  /** Wall-clock time, ms, at which the last busy sessions are ended; undefined while the node does not drain. */
  readonly until: number | undefined;
  /** Idle sessions are let go of at once, busy ones after their reply or at the deadline. Again: nothing. */
  begin(): void;
  /** Takes sessions again. */
  stop(): void;
  /** Stops checking when the process ends; a draining node still takes nothing. */
  close(): void;
  /** Wraps the registry so that no session can be opened, joined or resumed while the node drains. */
  guard(sessions: SessionRegistry): SessionRegistry;
}

export interface DrainOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Sessions that are live here. */
  readonly held: () => Iterable<HeldSession>;
  /** Called when the drain begins and when it ends. */
  readonly onChange?: ((on: boolean) => void) | undefined;
  /** Longest wait for a reply under way, ms; default 30,000. */
  readonly deadlineMs?: number;
}

/** Interval of the check for sessions to end, ms. */
const lookMs = 250;

/** Opens it: the node takes sessions. */
export function openDrain({ clock, log, held, onChange, deadlineMs = 30_000 }: DrainOptions): Drain {
  let until: number | undefined;
  let endsAt: number | undefined;
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
    get until() {
      return until === undefined ? undefined : endsAt;
    },
    begin() {
      if (until !== undefined) return;
      log.info("node drain began");
      until = clock.now() + deadlineMs;
      endsAt = clock.wallTime() + deadlineMs;
      onChange?.(true);
      look();
    },
    stop() {
      if (until === undefined) return;
      log.info("node drain ended");
      until = undefined;
      onChange?.(false);
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
