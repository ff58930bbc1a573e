/** What the synthesizers of an upstream share: checking a call, and bringing its speech to the rate asked for. */
import { StageError } from "../../../lib/errors.ts";
import { createResampler, type Resampler } from "../../../pipeline/audio/resample.ts";
import type { SpeechChunk, SynthesizeOptions } from "../../../ports/synthesizer.ts";
import { upstreamError } from "../upstream-failure.ts";
import type { SpeechSamples } from "./speech-stream.ts";

/**
 * Checks a call, and returns its text without control characters and halves of characters; empty where nothing could be
 * said.
 * @throws StageError `unsupported` for an unknown voice, `rejected` for an impossible speed; the signal's reason once aborted.
 */
export function speakableText(
  text: string,
  { voice, speed, signal }: SynthesizeOptions,
  voices: readonly string[],
): string {
  signal.throwIfAborted();
  if (!voices.includes(voice)) throw new StageError("synthesize", "unsupported");
  if (!(speed >= 0.25 && speed <= 1.5)) throw new StageError("synthesize", "rejected");
  const clean = text
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, " ")
    .replaceAll("\ufffd", "")
    .trim();
  return /[\p{L}\p{N}]/u.test(clean) ? clean : "";
}

/**
 * Speech at the rate asked for, in chunks that are never empty.
 * @throws StageError `malformed` where there is not a sample, or the signal's reason once aborted.
 */
export async function* resampledSpeech(
  speech: AsyncIterable<SpeechSamples>,
  { rate, signal }: SynthesizeOptions,
): AsyncGenerator<SpeechChunk, void, undefined> {
  let resampler: Resampler | undefined;
  let from = 0;
  let samples = 0;
  const end = () => {
    const rest = resampler?.flush();
    resampler?.close();
    resampler = undefined;
    return rest && rest.length > 0 ? [{ pcm: rest }] : [];
  };
  try {
    for await (const raw of speech) {
      if (raw.rate !== from) {
        yield* end();
        from = raw.rate;
      }
      resampler ??= await createResampler(from, rate);
      const pcm = resampler.process(raw.pcm);
      samples += raw.pcm.length;
      signal.throwIfAborted();
      if (pcm.length > 0) yield { pcm };
    }
    yield* end();
  } finally {
    resampler?.close();
  }
  if (samples === 0) throw malformedSpeech("speech without a sample");
}

/** A StageError that says what came in place of speech. */
export function malformedSpeech(message: string): StageError {
  return upstreamError("synthesize", "malformed", message);
}
