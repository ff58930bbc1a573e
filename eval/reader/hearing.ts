/** Transcribes one recording, with a little silence around it as from a microphone. */
import { joinPcm } from "../../src/pipeline/audio/pcm.ts";
import type { Recording } from "../../src/pipeline/audio/wav.ts";
import type { Expectation, Transcriber, Transcript } from "../../src/ports/transcriber.ts";

/**
 * The final transcript; `language`: BCP 47; `speaker`: whose session it belongs to; `padded`: digital silence is put
 * around the recording.
 */
export async function transcribe(
  transcriber: Transcriber,
  { rate, pcm }: Recording,
  {
    expectation,
    language,
    speaker,
    padded = true,
  }: {
    readonly expectation: Expectation;
    readonly language: string;
    readonly speaker?: object;
    readonly padded?: boolean;
  },
): Promise<Transcript> {
  const pause = new Int16Array(Math.round(rate * 0.25));
  const audio = (async function* () {
    yield padded ? joinPcm([pause, pcm, pause]) : pcm;
  })();
  const { signal } = new AbortController();
  const options = { rate, language, expectation, ...(speaker && { speaker }), signal };
  for await (const event of transcriber.transcribe(audio, options))
    if (event.type === "final") return event.transcript;
  throw new Error("no final");
}
