/** Audio that came whole, inside a `conversation.item.create`, on its way through the transcriber. */

import { coachLanguage } from "../coach/coach.ts";
import { StageError } from "../lib/errors.ts";
import { durationMs } from "../pipeline/audio.ts";
import type { Transcript } from "../pipeline/ports.ts";
import { sampleRate } from "../protocol/audio-format.ts";
import { decodeAudio } from "./codec.ts";
import type { Effect } from "./effects.ts";
import type { Performing } from "./performing.ts";

/** Transcribes in the session's scope and posts the result. */
export function transcribeItem(
  session: Performing,
  effect: Extract<Effect, { type: "transcribe_item" }>,
): void {
  const { itemId } = effect;
  const { config, coach } = session.state();
  const { format, transcription } = config.audio.input;
  const rate = sampleRate(format);
  const pcm = decodeAudio(format, effect.audio);
  const hint = transcription?.prompt;
  const transcribe = async (signal: AbortSignal) => {
    try {
      const events = session.engines.transcriber.transcribe(once(pcm), {
        rate,
        language: coachLanguage(coach),
        ...(hint !== undefined && { hint }),
        signal,
      });
      let final: Transcript | undefined;
      for await (const event of events) if (event.type === "final") final = event.transcript;
      if (!final) throw new StageError("transcribe", "malformed");
      const seconds = durationMs(pcm.length, rate) / 1000;
      session.post({ type: "item_transcribed", itemId, transcript: final, seconds });
    } catch (error) {
      if (!(error instanceof StageError)) throw error;
      session.post({ type: "item_failed", itemId, error });
    }
  };
  session.scope.run(transcribe, session.onBug);
}

async function* once(pcm: Int16Array): AsyncIterable<Int16Array> {
  yield pcm;
}
