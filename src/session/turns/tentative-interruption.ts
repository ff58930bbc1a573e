/** Rules [B6]–[B8]: sounds over the coach. It waits until they are known to be speech, and goes on if they were not. */

import { coachLanguage } from "../../coach/coach.ts";
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import { isBackchannel } from "../../pipeline/voice-activity/backchannels.ts";
import { coachIsHeard, holdReply, releaseReply } from "./playback.ts";
import type { TentativeInterruption } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch } from "./step-context.ts";
import {
  committed,
  pendingUtterance,
  removePendingUtterance,
  reportSpeechStarted,
  speechStopped,
} from "./utterances.ts";

type Of<T extends EarEvent["type"]> = Extract<EarEvent, { type: T }>;

/** [B8] Time from a reply's beginning in which a sound is likely the coach's own echo, ms: nothing is held for it. */
const echoGuardMs = 1_000;

/** [B6] The longest a reply waits for a sound to become speech, ms; nine of ten voices are known by then. */
const maxHoldMs = 1_200;

/** A sound over the coach: nothing is told, and the reply waits. */
export function interruptTentatively(context: StepContext, utterance: number, atMs: number): void {
  const { reply } = context.state;
  const guarded = reply.type === "sending" && context.env.now - reply.at < echoGuardMs;
  patch(context, { user: { type: "tentative", utterance, atMs, held: !guarded } });
  if (guarded) return;
  holdReply(context);
  context.effects.push({ type: "arm", timer: "hold", ms: maxHoldMs });
}

/** [B6] Ends the hold once the doubt is over, however it ended: each hold that was told is followed by its end. */
export function endHoldIfSettled(context: StepContext): void {
  const { user } = context.state;
  if (user.type !== "tentative" || !user.held) releaseReply(context);
}

/** Lets the reply go on once the hold took too long; it is cut if the sound turns out to be speech after all. */
export function holdExpired(context: StepContext): void {
  const { user } = context.state;
  if (user.type === "tentative") holdWhileTentative(context, user.utterance, false);
}

/** Confirms speech: the client is told, and the reply is cut where it waited. */
export function confirmSpeech(context: StepContext, utterance: number): void {
  const { user } = context.state;
  if (user.type === "tentative" && user.utterance === utterance)
    reportSpeechStarted(context, utterance, user.atMs);
}

/** In a pause the reply goes on, and waits again when the sound does. */
export function holdWhileTentative(context: StepContext, utterance: number, held: boolean): void {
  const { user } = context.state;
  if (user.type !== "tentative" || user.utterance !== utterance || user.held === held) return;
  patch(context, { user: { ...user, held } });
  if (held) holdReply(context);
  context.effects.push(
    held ? { type: "arm", timer: "hold", ms: maxHoldMs } : { type: "disarm", timer: "hold" },
  );
}

/** [B7] Ends a sound that was no speech: the reply goes on. True when the utterance was such a one. */
export function endedTentatively(context: StepContext, event: Of<"committed">): boolean {
  const { user } = context.state;
  if (user.type !== "tentative") return false;
  // Said into the silence after the coach, even an "mhm" is an answer.
  const answers = !user.held && !coachIsHeard(context.state, context.env.now);
  if (event.cause === "client" || answers) {
    reportWholeSpeech(context, event.utterance, { startedMs: user.atMs, endedMs: event.endMs });
    return false;
  }
  const listening = pendingUtterance(context, event.utterance);
  const tentative = { startedMs: event.startMs, endedMs: event.endMs };
  patch(context, {
    user: { type: "silent" },
    pendingUtterances: { ...context.state.pendingUtterances, [event.utterance]: { ...listening, tentative } },
  });
  return true;
}

/** [B7] A tentative utterance with words that are no backchannel is a turn after all. False: it was nothing. */
export function settleTentativeInterruption(context: StepContext, event: Of<"transcribed">): boolean {
  const tentative = context.state.pendingUtterances[event.utterance]?.tentative;
  if (!tentative) return true;
  const { text, understood } = event.transcript;
  if (!understood || text.trim() === "" || isBackchannel(text, coachLanguage(context.state.coach))) {
    removePendingUtterance(context, event.utterance);
    return false;
  }
  const { utterance } = event;
  reportWholeSpeech(context, utterance, tentative);
  committed(context, {
    utterance,
    startMs: tentative.startedMs,
    endMs: tentative.endedMs,
    cause: "endpoint",
  });
  return true;
}

/** Tells of speech that is over already what was not told while it was in doubt. */
function reportWholeSpeech(
  context: StepContext,
  utterance: number,
  { startedMs, endedMs }: TentativeInterruption,
): void {
  const silenceMs = context.state.silenceMs ?? 0;
  reportSpeechStarted(context, utterance, startedMs);
  speechStopped(context, { type: "speech_stopped", utterance, atMs: endedMs, silenceMs });
}
