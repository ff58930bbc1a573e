/** Rules [B6]–[B8]: sounds over the coach. It waits until they are known to be speech, and goes on if they were not. */

import { coachLanguage } from "../../coach/coach.ts";
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import { isBackchannel } from "../../pipeline/voice-activity/backchannels.ts";
import { coachIsHeard, holdReply, releaseReply } from "./playback.ts";
import type { TentativeInterruption } from "./state.ts";
import type { StepContext } from "./step-context.ts";
import { patch } from "./step-context.ts";
import { committed, listeningTo, speechStopped, stopListening, tellSpeech } from "./utterances.ts";

type Of<T extends EarEvent["type"]> = Extract<EarEvent, { type: T }>;

/** [B8] What is heard so soon after a reply has begun is likely the coach's own echo, ms: nothing is held for it. */
const echoGuardMs = 1_000;

/** [B6] The longest a reply waits for a sound to become speech, ms; nine of ten voices are known by then. */
const longestHoldMs = 1_200;

/** A sound over the coach: nothing is told, and the reply waits. */
export function interruptTentatively(draft: StepContext, utterance: number, atMs: number): void {
  const { reply } = draft.state;
  const guarded = reply.type === "sending" && draft.env.now - reply.at < echoGuardMs;
  patch(draft, { user: { type: "doubted", utterance, atMs, held: !guarded } });
  if (guarded) return;
  holdReply(draft);
  draft.effects.push({ type: "arm", timer: "hold", ms: longestHoldMs });
}

/** [B6] Nothing is held once the doubt is over, however it ended: each hold that was told is followed by its end. */
export function settleHold(draft: StepContext): void {
  const { user } = draft.state;
  if (user.type !== "doubted" || !user.held) releaseReply(draft);
}

/** It took too long: the reply goes on, and is cut if the sound turns out to be speech after all. */
export function holdExpired(draft: StepContext): void {
  const { user } = draft.state;
  if (user.type === "doubted") holdWhileTentative(draft, user.utterance, false);
}

/** It is speech: the client is told, and the reply is cut where it waited. */
export function confirmSpeech(draft: StepContext, utterance: number): void {
  const { user } = draft.state;
  if (user.type === "doubted" && user.utterance === utterance) tellSpeech(draft, utterance, user.atMs);
}

/** In a pause the reply goes on, and waits again when the sound does. */
export function holdWhileTentative(draft: StepContext, utterance: number, held: boolean): void {
  const { user } = draft.state;
  if (user.type !== "doubted" || user.utterance !== utterance || user.held === held) return;
  patch(draft, { user: { ...user, held } });
  if (held) holdReply(draft);
  draft.effects.push(
    held ? { type: "arm", timer: "hold", ms: longestHoldMs } : { type: "disarm", timer: "hold" },
  );
}

/** [B7] It ended without being speech: the reply goes on. True when the utterance was such a one. */
export function endedTentatively(draft: StepContext, event: Of<"committed">): boolean {
  const { user } = draft.state;
  if (user.type !== "doubted") return false;
  // Said into the silence after the coach, even an "mhm" is an answer.
  const answers = !user.held && !coachIsHeard(draft.state, draft.env.now);
  if (event.cause === "client" || answers) {
    tellWhole(draft, event.utterance, { startedMs: user.atMs, endedMs: event.endMs });
    return false;
  }
  const listening = listeningTo(draft, event.utterance);
  const doubted = { startedMs: event.startMs, endedMs: event.endMs };
  patch(draft, {
    user: { type: "silent" },
    listening: { ...draft.state.listening, [event.utterance]: { ...listening, doubted } },
  });
  return true;
}

/** [B7] A doubted utterance with words that are no backchannel is a turn after all. False: it was nothing. */
export function settleTentativeInterruption(draft: StepContext, event: Of<"transcribed">): boolean {
  const doubted = draft.state.listening[event.utterance]?.doubted;
  if (!doubted) return true;
  const { text, understood } = event.transcript;
  if (!understood || text.trim() === "" || isBackchannel(text, coachLanguage(draft.state.coach))) {
    stopListening(draft, event.utterance);
    return false;
  }
  const { utterance } = event;
  tellWhole(draft, utterance, doubted);
  committed(draft, {
    utterance,
    startMs: doubted.startedMs,
    endMs: doubted.endedMs,
    cause: "endpoint",
  });
  return true;
}

/** Tells of speech that is over already what was not told while it was in doubt. */
function tellWhole(
  draft: StepContext,
  utterance: number,
  { startedMs, endedMs }: TentativeInterruption,
): void {
  const silenceMs = draft.state.silenceMs ?? 0;
  tellSpeech(draft, utterance, startedMs);
  speechStopped(draft, { type: "speech_stopped", utterance, atMs: endedMs, silenceMs });
}
