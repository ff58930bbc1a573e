/** Assigns the ears' events to their rules. Part of `transition`. */
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import { coachIsHeard } from "./playback.ts";
import { beginPreemptiveReply, dropPreemptiveReply } from "./preemptive-reply.ts";
import type { StepContext } from "./step-context.ts";
import { sendError } from "./step-context.ts";
import {
  confirmSpeech,
  endedTentatively,
  holdWhileTentative,
  interruptTentatively,
  settleTentativeInterruption,
} from "./tentative-interruption.ts";
import { transcribed, transcriptionFailed } from "./transcripts.ts";
import {
  cleared,
  committed,
  interrupts,
  partial,
  reportSpeechStarted,
  rolledOver,
  sendLiveDelivery,
  speechStopped,
} from "./utterances.ts";

type Of<T extends EarEvent["type"]> = Extract<EarEvent, { type: T }>;

/** One event of the ears. */
export function onEarEvent(context: StepContext, event: EarEvent): void {
  switch (event.type) {
    case "speech_started":
      return speechStarted(context, event);
    case "speech_confirmed":
      return confirmSpeech(context, event.utterance);
    case "paused":
      return holdWhileTentative(context, event.utterance, false);
    case "resumed":
      dropPreemptiveReply(context);
      return holdWhileTentative(context, event.utterance, true);
    case "preemptive_transcript":
      return beginPreemptiveReply(context, event);
    case "speech_stopped":
      return speechStopped(context, event);
    case "committed":
      if (event.cause === "rollover") {
        // A sound that fills a whole utterance is no cough.
        confirmSpeech(context, event.utterance);
        return rolledOver(context, event);
      }
      return endedTentatively(context, event) ? undefined : committed(context, event);
    case "commit_empty":
      return sendError(context, {
        code: "input_audio_buffer_commit_empty",
        // The reference's words: clients tell it by them.
        message: `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${event.bufferedMs.toFixed(2)}ms of audio.`,
        eventId: event.eventId,
      });
    case "cleared":
      dropPreemptiveReply(context);
      return cleared(context, event.utterance);
    case "partial":
      return partial(context, event);
    case "delivery_live":
      return sendLiveDelivery(context, event);
    case "transcribed":
      return settleTentativeInterruption(context, event) ? transcribed(context, event) : undefined;
    case "failed":
      dropPreemptiveReply(context);
      return transcriptionFailed(context, event);
    case "overflow":
      return sendError(context, {
        code: "input_audio_buffer_overflow",
        message:
          "The transcripts of this turn are too far behind: audio is dropped until they have caught up.",
      });
  }
}

function speechStarted(context: StepContext, event: Of<"speech_started">): void {
  if (interrupts(context) && coachIsHeard(context.state, context.env.now))
    interruptTentatively(context, event.utterance, event.atMs);
  else reportSpeechStarted(context, event.utterance, event.atMs);
}
