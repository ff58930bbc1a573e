/** A live session as administrators see it: its owner and state, none of its words. */
import { phaseOf, type SessionState } from "../../session/turns/state.ts";
import type { HeldSession, WatchSession } from "../conversations/live-sessions.ts";
import { toTime } from "../http/common-schemas.ts";
import type { LiveView } from "./live-schemas.ts";
import { TurnLatencies } from "./turn-latencies.ts";

/** Facts about live sessions beside their state. */
export interface Presence {
  /** Watcher to be registered with the sessions. */
  readonly watch: WatchSession;
  /** From the end of the last turn to the first audio of its reply, ms; undefined: none yet. */
  latencyOf(sessionId: string): number | undefined;
  /** Of the node's last turns. */
  readonly latencies: Pick<TurnLatencies, "list">;
}

/** Opens the facts, all empty. */
export function openPresence(): Presence {
  const latencies = new Map<string, number>();
  const turns = new TurnLatencies();
  return {
    watch: ({ id }) => ({
      transcribed: ({ latency }) => turns.add(latency),
      replyClosed({ latency }) {
        turns.add(latency);
        const ms = latency?.first_audio_ms;
        if (ms !== undefined) latencies.set(id, ms);
      },
      closed: () => latencies.delete(id),
    }),
    latencyOf: (sessionId) => latencies.get(sessionId),
    latencies: turns,
  };
}

/** A session that is held on `node`, as of now. */
export function viewOf(
  { session, ownerId, persona, since }: HeldSession,
  node: string,
  presence: Presence,
): LiveView {
  const { state } = session;
  const latencyMs = presence.latencyOf(session.id);
  return {
    sessionId: session.id,
    ownerId,
    persona,
    type: state.type,
    phase: phaseOf(state),
    stage: state.coach.flow === "coaching" ? state.coach.talk.stage : undefined,
    turns: countTurns(state),
    since: toTime(since),
    latencyMs,
    node,
    muted: state.muted,
    attached: session.attached,
  };
}

/** Counts the user's turns, spoken or typed, also before this node had the session. */
function countTurns({ entries }: SessionState): number {
  let turns = 0;
  for (const { kind, item } of entries)
    if (kind === "spoken_by_user" || (item.type === "message" && item.role === "user")) turns++;
  return turns;
}
