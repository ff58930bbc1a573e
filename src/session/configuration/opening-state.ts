/** The state that a session opens with: a new one, with the settings of its client's credentials, or a stored one. */
import { greet } from "../../coach/coach.ts";
import type { Persona } from "../../coach/personas/personas.ts";
import type { NewId } from "../../lib/ids.ts";
import type { SessionUpdate } from "../../protocol/session-config.ts";
import type { Capabilities } from "../capabilities.ts";
import type { SessionEvent } from "../events.ts";
import { restoreState } from "../persistence/restore.ts";
import { readSettings } from "../persistence/snapshot.ts";
import type { SessionOptions } from "../session-options.ts";
import { initialState, type SessionStart } from "../turns/lifecycle.ts";
import type { SessionState } from "../turns/state.ts";
import type { SessionLimits } from "../turns/step-context.ts";
import { configure } from "./configure.ts";
import { fixedSettings } from "./fixed-settings.ts";

export interface Opening {
  readonly state: SessionState;
  /** Behind `session.created`: settings that could not be had after all, to be refused as any `session.update` is. */
  readonly events: readonly SessionEvent[];
}

/** Values of a session that its options leave to defaults. */
interface OpeningContext {
  readonly id: string;
  readonly newId: NewId;
  readonly limits: SessionLimits;
  readonly capabilities: Capabilities;
}

/**
 * Makes the state that these options open a session with. A stored conversation is as it was, or begins as it was made to,
 * whoever comes.
 */
export function openingState(options: SessionOptions, context: OpeningContext): Opening {
  const { settingsFixed, persistence } = options;
  const { capabilities } = context;
  const start = sessionStart(options, context);
  const stored = persistence?.stored;
  const state = stored ? restoreState(start, capabilities, stored) : initialState(start, capabilities);
  const settings = stored ? readSettings(stored.snapshot) : options.settings;
  if (!settings) return { state, events: [] };
  const configured = configure(state, settings, capabilities);
  const fixed = settingsFixed ? fixedSettings(settings) : undefined;
  if (!configured.ok) {
    const refused: SessionEvent = { type: "client", event: { type: "session.update", session: settings } };
    return { state: { ...state, fixed }, events: [refused] };
  }
  const { config, coach } = configured;
  return { state: { ...state, config, fixed, coach, brief: greet(coach).brief }, events: [] };
}

function sessionStart(options: SessionOptions, { id, newId, limits }: OpeningContext): SessionStart {
  const { persona, type, extended, draftAfterMs, clock, resume, language, memory, link } = options;
  return {
    id,
    type,
    conversationId: newId("conv"),
    startedAt: clock.wallTime(),
    memory,
    extended,
    persona: language === undefined ? persona : { ...persona, language },
    expiresAt: Math.floor((clock.wallTime() + limits.sessionMs) / 1000),
    draftAfterMs,
    attached: link !== undefined,
    resume: resume && { token: resume.token, grace_ms: resume.graceMs },
  };
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
    type: settings.type,
    extended: false,
    persona,
    startedAt,
    expiresAt: 0,
    attached: false,
  };
  return configure(initialState(start, capabilities), settings, capabilities);
}
