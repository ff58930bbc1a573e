/** Audio that came whole, in a `conversation.item.create` or a message, on its way through the transcriber. */
import { coachLanguage, expectation } from "../../coach/coach.ts";
import { yieldToEventLoop } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import { durationMs } from "../../pipeline/audio/pcm.ts";
import { createDeliveryMeter } from "../../pipeline/delivery/meter.ts";
import { sliceAudio } from "../../pipeline/ears/listen.ts";
import type { Transcript } from "../../ports/transcriber.ts";
import type { Effect } from "../effects.ts";
import type { SessionContext } from "../session-context.ts";

/** Transcribes in the session's scope, measures how it was said, and posts the result. */
export function transcribeItem(
  session: SessionContext,
  effect: Extract<Effect, { type: "transcribe_item" }>,
): void {
  const { itemId, pcm, rate } = effect;
  const { config, coach } = session.state();
  session.meter?.addSpeech(durationMs(pcm.length, rate));
  const hint = config.audio.input.transcription?.prompt;
  const expected = expectation(coach);
  const transcribe = async (signal: AbortSignal) => {
    try {
      const events = session.engines.transcriber.transcribe(sliced(pcm), {
        rate,
        language: coachLanguage(coach),
        hint,
        expectation: expected,
        speaker: session.speaker,
        onUsage: session.usage.add,
        signal,
      });
      let final: Transcript | undefined;
      for await (const event of events) if (event.type === "final") final = event.transcript;
      if (!final) throw new StageError("transcribe", "malformed");
      const seconds = durationMs(pcm.length, rate) / 1000;
      const measured = config.kuku?.delivery === false ? {} : await measure(pcm, rate);
      session.post({
        type: "item_transcribed",
        itemId,
        transcript: final,
        seconds,
        ...measured,
      });
    } catch (error) {
      if (!(error instanceof StageError)) throw error;
      session.post({ type: "item_failed", itemId, error });
    }
  };
  session.scope.run(transcribe, session.onBug);
}

async function measure(pcm: Int16Array, rate: number) {
  const meter = createDeliveryMeter(rate);
  for await (const slice of sliced(pcm)) meter.push(slice);
  const [delivery, contour] = [meter.finish(), meter.part().contour()];
  return { delivery, contour };
}

/** Slices handed on before others have their turn. */
const slicesPerRound = 4;

/** Lets other sessions go first every few slices: a minute of audio may have come at once. */
async function* sliced(pcm: Int16Array): AsyncIterable<Int16Array> {
  for (const [i, slice] of sliceAudio(pcm).entries()) {
    if (i > 0 && i % slicesPerRound === 0) await yieldToEventLoop();
    yield slice;
  }
}
