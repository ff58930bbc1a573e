/** What the ears say, and which rule takes it. Part of `transition`. */
import type { EarEvent } from "../../pipeline/ears/ear-events.ts";
import { coachIsHeard } from "./playback.ts";
import { draftReply, dropDraft } from "./preemptive-reply.ts";
import type { Draft } from "./step-context.ts";
import { sendError } from "./step-context.ts";
import {
  confirmSpeech,
  doubt,
  endedInDoubt,
  holdWhileDoubted,
  settleDoubt,
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
export function hearEars(draft: Draft, event: EarEvent): void {
  switch (event.type) {
    case "speech_started":
      return speechStarted(draft, event);
    case "speech_confirmed":
      return confirmSpeech(draft, event.utterance);
    case "paused":
      return holdWhileDoubted(draft, event.utterance, false);
    case "resumed":
      dropDraft(draft);
      return holdWhileDoubted(draft, event.utterance, true);
    case "drafted":
      return draftReply(draft, event);
    case "speech_stopped":
      return speechStopped(draft, event);
    case "committed":
      if (event.cause === "rollover") {
        // A sound that fills a whole utterance is no cough.
        confirmSpeech(draft, event.utterance);
        return rolledOver(draft, event);
      }
      return endedInDoubt(draft, event) ? undefined : committed(draft, event);
    case "commit_empty":
      return sendError(draft, {
        code: "input_audio_buffer_commit_empty",
        message: "There is no audio to commit: append some first.",
        eventId: event.eventId,
      });
    case "cleared":
      dropDraft(draft);
      return cleared(draft, event.utterance);
    case "partial":
      return partial(draft, event);
    case "delivery_live":
      return deliveredSoFar(draft, event);
    case "transcribed":
      return settleDoubt(draft, event) ? transcribed(draft, event) : undefined;
    case "failed":
      dropDraft(draft);
      return transcriptionFailed(draft, event);
    case "overflow":
      return sendError(draft, {
        code: "input_audio_buffer_overflow",
        message:
          "The transcripts of this turn are too far behind: audio is dropped until they have caught up.",
      });
  }
}

function speechStarted(draft: Draft, event: Of<"speech_started">): void {
  if (interrupts(draft) && coachIsHeard(draft.state, draft.env.now))
    doubt(draft, event.utterance, event.atMs);
  else tellSpeech(draft, event.utterance, event.atMs);
}
