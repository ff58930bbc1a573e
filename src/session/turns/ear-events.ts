/** What the ears say, and which rule takes it. Part of `transition`. */
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
import {
  cleared,
  committed,
  deliveredSoFar,
  interrupts,
  partial,
  rolledOver,
  speechStopped,
  tellSpeech,
  transcribed,
  transcriptionFailed,
} from "./utterances.ts";

type Of<T extends EarEvent["type"]> = Extract<EarEvent, { type: T }>;

/** One event of the ears. */
export function onEarEvent(draft: StepContext, event: EarEvent): void {
  switch (event.type) {
    case "speech_started":
      return speechStarted(draft, event);
    case "speech_confirmed":
      return confirmSpeech(draft, event.utterance);
    case "paused":
      return holdWhileTentative(draft, event.utterance, false);
    case "resumed":
      dropPreemptiveReply(draft);
      return holdWhileTentative(draft, event.utterance, true);
    case "drafted":
      return beginPreemptiveReply(draft, event);
    case "speech_stopped":
      return speechStopped(draft, event);
    case "committed":
      if (event.cause === "rollover") {
        // A sound that fills a whole utterance is no cough.
        confirmSpeech(draft, event.utterance);
        return rolledOver(draft, event);
      }
      return endedTentatively(draft, event) ? undefined : committed(draft, event);
    case "commit_empty":
      return sendError(draft, {
        code: "input_audio_buffer_commit_empty",
        // The reference's words: clients tell it by them.
        message: `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${event.bufferedMs.toFixed(2)}ms of audio.`,
        eventId: event.eventId,
      });
    case "cleared":
      dropPreemptiveReply(draft);
      return cleared(draft, event.utterance);
    case "partial":
      return partial(draft, event);
    case "delivery_live":
      return deliveredSoFar(draft, event);
    case "transcribed":
      return settleTentativeInterruption(draft, event) ? transcribed(draft, event) : undefined;
    case "failed":
      dropPreemptiveReply(draft);
      return transcriptionFailed(draft, event);
    case "overflow":
      return sendError(draft, {
        code: "input_audio_buffer_overflow",
        message:
          "The transcripts of this turn are too far behind: audio is dropped until they have caught up.",
      });
  }
}

function speechStarted(draft: StepContext, event: Of<"speech_started">): void {
  if (interrupts(draft) && coachIsHeard(draft.state, draft.env.now))
    interruptTentatively(draft, event.utterance, event.atMs);
  else tellSpeech(draft, event.utterance, event.atMs);
}
