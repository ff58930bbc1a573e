/** Speech that the tiny recognisers understand: tones with pauses between them. */
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { type Tone, tones } from "../../support/tiny-models/tiny-models.ts";

/** Tones of 300 ms with pauses of 200 ms around them. */
export function toneSpeech(said: readonly Tone[], rate: number): Int16Array {
  const parts = said.flatMap((tone) => [beep(0, 200, rate), beep(tones[tone], 300, rate)]);
  return joinPcm([...parts, beep(0, 200, rate)]);
}

function beep(hz: number, ms: number, rate: number): Int16Array {
  return Int16Array.from(
    { length: (rate * ms) / 1000 },
    (_, i) => 9_000 * Math.sin((2 * Math.PI * hz * i) / rate),
  );
}

export async function* inChunks(pcm: Int16Array, size = 480): AsyncGenerator<Int16Array> {
  for (let at = 0; at < pcm.length; at += size) yield pcm.slice(at, at + size);
}
