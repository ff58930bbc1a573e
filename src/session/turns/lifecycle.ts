/** Rules [S…] and [G…]: how a session opens, is configured and greets, and its timers. Part of `transition`. */
import type { CoachOptions, CoachState } from "../../coach/coach.ts";
import { greet, openCoach } from "../../coach/coach.ts";
import type { Persona } from "../../coach/personas/personas.ts";
import { turnPresets } from "../../pipeline/ears/turn-presets.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { SessionConfig, SessionType, SessionUpdate } from "../../protocol/session-config.ts";
import type { Capabilities } from "../capabilities.ts";
import { configure, ignoredSettings } from "../configuration/configure.ts";
import { describeBetaSession, describeSession, fromBeta } from "../configuration/transcription-config.ts";
import { turnDetectionConfig, withDefaults } from "../configuration/turn-detection-config.ts";
import type { Outgoing } from "../effects.ts";
import type { SessionEvent } from "../events.ts";
import type { QuotaName } from "../meter.ts";
import { drillEvent, userAudioItem } from "../outbound/wire.ts";
import { configureEars } from "./configure-ears.ts";
import { addEntry } from "./conversation.ts";
import { end, endWithError } from "./ending.ts";
import { requestReply } from "./reply-rules.ts";
import type { SessionState } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { logIgnored, patch, send, sendError } from "./step-context.ts";
import { holdExpired } from "./tentative-interruption.ts";
import { announceExpiry, announceIdle, armLimits, expire, idle, isInTurn } from "./time-limits.ts";
import { hasReplies } from "./transcription-session.ts";

type Of<T extends ClientEvent["type"]> = Extract<ClientEvent, { type: T }>;

/** [G1] Longest wait of a greeting for the client's first `session.update`, ms. */
export const greetingGraceMs = 200;

export interface SessionStart {
  readonly id: string;
  readonly conversationId: string;
  /** Default `realtime`. */
  readonly type?: SessionType | undefined;
  readonly extended: boolean;
  readonly persona: Persona;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Open actions of the user's last session. */
  readonly memory?: CoachOptions["memory"];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  /** Token with which a lost socket comes back; undefined: it does not. */
  readonly resume?: SessionState["resume"];
  /** Whether it opens with a socket. */
  readonly attached: boolean;
  /** Silence after which a reply is begun, ms; undefined: never. */
  readonly draftAfterMs?: number | undefined;
}

/** The state before the first event. */
export function initialState(start: SessionStart, capabilities: Capabilities): SessionState {
  const { persona, type = "realtime", memory, startedAt } = start;
  const coach = openCoach(persona, {
    language: persona.language,
    now: startedAt,
    memory,
  });
  return {
    id: start.id,
    conversationId: start.conversationId,
    type,
    extended: start.extended,
    persona,
    config: initialConfig(start, capabilities),
    coach,
    brief: greet(coach).brief,
    // [G2] A plain Realtime client starts in silence, as in the reference.
    greeting: start.extended && persona.greets && hasReplies({ type }) ? "pending" : "done",
    entries: [],
    user: { type: "silent" },
    reply: { type: "none" },
    outOfBandReplies: [],
    replyOwed: false,
    apologising: false,
    pendingUtterances: {},
    draftAfterMs: start.draftAfterMs,
    pendingEarAnswers: 0,
    deferredEvents: [],
    transcribedToMs: 0,
    ending: false,
    muted: false,
    attached: start.attached,
    resume: start.resume,
    ended: false,
  };
}

function initialConfig(start: SessionStart, capabilities: Capabilities): SessionConfig {
  const { persona, extended, type } = start;
  const { turnTaking } = persona;
  const transcribes = type === "transcription";
  const preset = typeof turnTaking === "string" && !transcribes ? turnTaking : undefined;
  const detection = typeof turnTaking === "string" ? turnPresets[turnTaking].detection : turnTaking;
  const voice =
    persona.voices.find((name) => capabilities.findVoice(name)) ?? capabilities.voices[0] ?? "default";
  return {
    type: "realtime",
    object: "realtime.session",
    id: start.id,
    expires_at: start.expiresAt,
    model: persona.id,
    output_modalities: ["audio"],
    instructions: persona.instructions,
    audio: {
      input: {
        format: { type: "audio/pcm", rate: 24000 },
        // [S2] Our own clients see what was recognised unless they turn it off; the reference's ask for it.
        ...((extended || transcribes) && { transcription: { model: capabilities.transcriber } }),
        // [TX2] A persona waits as its answers need it; without answers the reference's default holds.
        turn_detection: withDefaults(transcribes ? { type: "server_vad" } : turnDetectionConfig(detection)),
      },
      output: { format: { type: "audio/pcm", rate: 24000 }, voice, speed: 1 },
    },
    tools: [],
    tool_choice: "auto",
    max_output_tokens: "inf",
    truncation: "auto",
    ...(extended && { kuku: { language: persona.language, ...(preset && { turn_taking: preset }) } }),
  };
}

/** The session's first step. */
export function open(context: StepContext): void {
  const { state } = context;
  if (state.attached) {
    send(context, { type: "session.created", session: describeSession(state) });
    if (state.resume) send(context, { type: "kuku.resumable", ...state.resume });
  }
  configureEars(context);
  armLimits(context);
  if (state.greeting === "pending" && state.attached)
    context.effects.push({ type: "arm", timer: "greeting", ms: greetingGraceMs });
}

/** `session.update` */
export function update(context: StepContext, event: Of<"session.update">): void {
  applyUpdate(context, event.session, event.event_id, (state) => ({
    type: "session.updated",
    session: describeSession(state),
  }));
}

/** `transcription_session.update`: from here on the client is told its items as clients of the beta know them. */
export function updateByBeta(context: StepContext, event: Of<"transcription_session.update">): void {
  applyUpdate(context, fromBeta(event.session), event.event_id, (state) => {
    patch(context, { beta: true });
    return { type: "transcription_session.updated", session: describeBetaSession(state) };
  });
}

/** Takes an update whole, and sends the `answer`, or refuses it whole. */
function applyUpdate(
  context: StepContext,
  session: SessionUpdate,
  eventId: string | undefined,
  answer: (state: SessionState) => Outgoing,
): void {
  const result = configure(context.state, session, context.env.capabilities);
  if (!result.ok) {
    const { code, message, param } = result;
    return sendError(context, { code, message, param, eventId });
  }
  const before = context.state.coach;
  logIgnored(context, ignoredSettings(session, context.env.capabilities));
  patch(context, { config: result.config, coach: result.coach });
  send(context, answer(context.state));
  configureEars(context);
  if (result.coach !== before) applyNewDrill(context, result.coach);
  if (context.state.greeting === "pending") {
    if (result.config.kuku?.greet === false) skipGreeting(context);
    else greetNow(context);
  }
}

/** A new text or language asks for another sentence: whatever is answered next opens with it. */
function applyNewDrill(context: StepContext, coach: CoachState): void {
  const opening = greet(coach);
  patch(context, { brief: opening.brief });
  if (opening.drill && context.state.greeting === "done") send(context, drillEvent(opening.drill));
}

function skipGreeting(context: StepContext): void {
  patch(context, { greeting: "done" });
  context.effects.push({ type: "disarm", timer: "greeting" });
  const opening = greet(context.state.coach);
  if (opening.drill) send(context, drillEvent(opening.drill));
}

function greetNow(context: StepContext): void {
  const opening = greet(context.state.coach);
  if (opening.drill) send(context, drillEvent(opening.drill));
  patch(context, { brief: opening.brief });
  requestReply(context, {});
}

/** A timer of the session came due. */
export function timerFired(context: StepContext, event: Extract<SessionEvent, { type: "timer" }>): void {
  switch (event.name) {
    case "greeting":
      return context.state.greeting === "pending" ? greetNow(context) : undefined;
    case "closing":
      if (context.state.quota) return endForQuota(context, context.state.quota.name);
      return context.state.ending ? end(context, "finished", "normal", "finished") : undefined;
    case "hold":
      return holdExpired(context);
    case "user_silence":
      return context.state.attached ? takeSilentTurn(context, event.audioMs) : undefined;
    case "idle":
      return idle(context, event.lastAudioAt);
    case "idle_notice":
      return announceIdle(context, event.lastAudioAt);
    case "expiry_notice":
      return announceExpiry(context);
    case "expiry":
      return expire(context);
  }
}

/** [TT8] Takes the turn for the coach: nothing was said for `idle_timeout_ms` after the reply was played. */
function takeSilentTurn(context: StepContext, audioMs: number): void {
  const { state, env } = context;
  const detection = state.config.audio.input.turn_detection;
  if (detection?.type !== "server_vad" || !detection.idle_timeout_ms) return;
  if (isInTurn(state)) return;
  const itemId = env.newId("item");
  const end = Math.round(audioMs);
  send(context, {
    type: "input_audio_buffer.timeout_triggered",
    item_id: itemId,
    audio_start_ms: Math.max(0, end - detection.idle_timeout_ms),
    audio_end_ms: end,
  });
  const previous = state.entries.at(-1)?.item.id ?? null;
  send(context, { type: "input_audio_buffer.committed", item_id: itemId, previous_item_id: previous });
  addEntry(context, { kind: "spoken_by_user", item: userAudioItem(itemId, ""), transcript: "" });
  requestReply(context, {});
}

/** [QT3] */
function endForQuota(context: StepContext, quota: QuotaName): void {
  const of = { audio: "speech", tokens: "tokens", cost: "cost" }[quota];
  endWithError(context, "quota_exceeded", `The day's quota of ${of} is used up.`, "quota", "quotaExceeded");
}
