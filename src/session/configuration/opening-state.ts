/** The state that a session opens with: a new one, with the settings its client's credentials bring, or one taken up again. */
import { greet } from "../../coach/coach.ts";
import type { Persona } from "../../coach/personas/personas.ts";
import type { SessionUpdate } from "../../protocol/session-config.ts";
import type { StoredConversation } from "../../store/journal/journal.ts";
import type { Capabilities } from "../capabilities.ts";
import type { SessionEvent } from "../events.ts";
import { restoreState } from "../persistence/restore.ts";
import { initialState, type SessionStart } from "../turns/lifecycle.ts";
import type { SessionState } from "../turns/state.ts";
import { configure } from "./configure.ts";

export interface Opening {
  readonly state: SessionState;
  /** Behind `session.created`: settings that could not be had after all, to be refused as any `session.update` is. */
  readonly events: readonly SessionEvent[];
}

/** Works it out; a stored conversation is as it was, whoever comes. */
export function openingState(
  start: SessionStart,
  capabilities: Capabilities,
  { stored, settings }: { stored?: StoredConversation | undefined; settings?: SessionUpdate | undefined },
): Opening {
  if (stored) return { state: restoreState(start, capabilities, stored), events: [] };
  const state = initialState(start, capabilities);
  if (!settings) return { state, events: [] };
  const configured = configure(state, settings, capabilities);
  if (!configured.ok)
    return { state, events: [{ type: "client", event: { type: "session.update", session: settings } }] };
  const { config, coach } = configured;
  return { state: { ...state, config, coach, brief: greet(coach).brief }, events: [] };
}

/**
 * Returns the configuration with which a plain client's session of this persona and these settings would begin, or
 * why it cannot.
 */
export function newSessionConfiguration(
  persona: Persona,
  settings: SessionUpdate,
  { capabilities, startedAt }: { readonly capabilities: Capabilities; readonly startedAt: number },
): ReturnType<typeof configure> {
  const start: SessionStart = {
    id: "",
    conversationId: "",
    extended: false,
    persona,
    startedAt,
    expiresAt: 0,
    attached: false,
  };
  return configure(initialState(start, capabilities), settings, capabilities);
}
