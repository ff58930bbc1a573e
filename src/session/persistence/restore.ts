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
  const { conversationId, config, fixed, coach, brief, greeting, openTurn, longTurn, unanswered } = snapshot;
  const { ending = false, muted = false } = snapshot;
  return {
    ...fresh,
    conversationId,
    config: { ...config, expires_at: expiryOf(stored, config.expires_at, start) },
    fixed,
    coach,
    brief,
    greeting,
    entries,
    ending,
    muted,
    ...(openTurn && unanswered && { openTurn }),
    ...(longTurn && transcribedParts(longTurn)),
  };
}

/**
 * [S4] A session that ends with its socket keeps its deadline wherever it goes on. One that serves requests, or has lain
 * in the store beyond it, is given a new one; seconds since the epoch.
 */
function expiryOf({ session }: StoredConversation, before: number | undefined, start: SessionStart): number {
  const { startedAt, expiresAt } = start;
  if (before === undefined || session.origin === "rest" || before * 1000 <= startedAt) return expiresAt;
  return Math.min(before, expiresAt);
}

/** Returns the transcribed parts of a long turn: the client sends the rest again, and the turn goes on from there. */
function transcribedParts({ parts }: LongTurn): { longTurn?: LongTurn } {
  const unknown = parts.findIndex((part) => !part.known);
  const known = unknown < 0 ? parts : parts.slice(0, unknown);
  return known.length > 0 ? { longTurn: { parts: known, ended: false } } : {};
}
