/** Restores a session's state from what was stored of it. Pure. */
import type { StoredConversation } from "../../store/journal/journal.ts";
import type { Capabilities } from "../capabilities.ts";
import { initialState, type SessionStart } from "../turns/lifecycle.ts";
import type { Entry, LongTurn, SessionState } from "../turns/state.ts";
import { readSnapshot } from "./snapshot.ts";

/** The state of a stored session, with nothing under way. */
export function restoreState(
  start: SessionStart,
  capabilities: Capabilities,
  stored: StoredConversation,
): SessionState {
  const fresh = initialState(start, capabilities);
  const snapshot = readSnapshot(stored.snapshot);
  const entries = stored.items.map((item) => item.entry as Entry);
  if (!snapshot) return { ...fresh, greeting: entries.length > 0 ? "done" : fresh.greeting, entries };
  const { conversationId, config, coach, brief, greeting, openTurn, longTurn, unanswered } = snapshot;
  return {
    ...fresh,
    conversationId,
    config: { ...config, expires_at: fresh.config.expires_at },
    coach,
    brief,
    greeting,
    entries,
    ...(openTurn && unanswered && { openTurn }),
    ...(longTurn && transcribedParts(longTurn)),
  };
}

/** Returns the transcribed parts of a long turn: the client sends the rest again, and the turn goes on from there. */
function transcribedParts({ parts }: LongTurn): { longTurn?: LongTurn } {
  const unknown = parts.findIndex((part) => !part.known);
  const known = unknown < 0 ? parts : parts.slice(0, unknown);
  return known.length > 0 ? { longTurn: { parts: known, ended: false } } : {};
}
