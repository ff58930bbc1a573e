/** Audio that came whole, in a `conversation.item.create` or a message, on its way through the transcriber. */
import { coachLanguage } from "../../coach/coach.ts";
import { yieldToEventLoop } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import { durationMs } from "../../pipeline/audio/pcm.ts";
import type { Contour } from "../../pipeline/delivery/contour.ts";
import { createDeliveryMeter } from "../../pipeline/delivery/meter.ts";
import { SpeechPresence } from "../../pipeline/delivery/speech-presence.ts";
import { sliceAudio } from "../../pipeline/ears/listen.ts";
import { cutIntoUtterances } from "../../pipeline/ears/quietest-place.ts";
import type { SampleRate } from "../../ports/audio.ts";
import type { TranscribeOptions, Transcript } from "../../ports/transcriber.ts";
import { earSettings, speechHints } from "../configuration/ear-settings.ts";
import type { Effect } from "../effects.ts";
import type { SessionContext } from "../session-context.ts";
import { joinTranscripts, type PlacedTranscript } from "./join-transcripts.ts";

/**
 * Transcribes in the session's scope, measures how it was said, and posts the result. Audio longer than one utterance is
 * cut as a live turn is, and transcribed one utterance after the other; one that fails fails the item.
 */
export function transcribeItem(
  session: SessionContext,
  effect: Extract<Effect, { type: "transcribe_item" }>,
): void {
  const { itemId, pcm, rate } = effect;
  const { config, coach } = session.state();
  const { expectation } = earSettings(session.state());
  session.meter?.addSpeech(durationMs(pcm.length, rate));
  const transcribe = async (signal: AbortSignal) => {
    const call: TranscribeOptions = {
      rate,
      language: coachLanguage(coach),
      ...speechHints(config),
      expectation,
      recorded: true,
      speaker: session.speaker,
      onUsage: session.usage.add,
      signal,
    };
    try {
      const utterances = cutIntoUtterances(pcm, rate, session.utteranceMs);
      const parts: PlacedTranscript[] = [];
      let samples = 0;
      for (const utterance of utterances) {
        const startMs = durationMs(samples, rate);
        parts.push({ startMs, transcript: await transcribeUtterance(session, utterance, call) });
        samples += utterance.length;
      }
      const measured = config.kuku?.delivery === false ? {} : await measure(utterances, rate);
      const seconds = durationMs(pcm.length, rate) / 1000;
      session.post({
        type: "item_transcribed",
        itemId,
        transcript: joinTranscripts(parts),
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

async function transcribeUtterance(
  { engines }: SessionContext,
  pcm: Int16Array,
  call: TranscribeOptions,
): Promise<Transcript> {
  let final: Transcript | undefined;
  for await (const event of engines.transcriber.transcribe(sliced(pcm), call))
    if (event.type === "final") final = event.transcript;
  if (!final) throw new StageError("transcribe", "malformed");
  return final;
}

/** Delivery of the whole, and the contours of its first utterance; none where there is no speech in it. */
async function measure(utterances: readonly Int16Array[], rate: SampleRate) {
  const meter = createDeliveryMeter(rate);
  const presence = new SpeechPresence(rate);
  let contours: { contour?: Contour; melody?: Contour } = {};
  for (const [i, utterance] of utterances.entries()) {
    for await (const slice of sliced(utterance)) {
      meter.push(slice);
      presence.push(slice);
    }
    const part = i < utterances.length - 1 ? meter.seal() : meter.part();
    if (i === 0) contours = { contour: part.contour(), melody: part.melody() };
  }
  const delivery = presence.found ? meter.finish() : undefined;
  return delivery ? { delivery, ...contours } : {};
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
