/** A part of mono 16-bit samples, from–to in ms, as a WAV file. */
import { writeWav } from "../../src/client/wav.ts";

export function cutWav(
  pcm: Int16Array,
  rate: number,
  startMs = 0,
  endMs: number = Number.POSITIVE_INFINITY,
): Blob {
  const at = (ms: number) => Math.min(pcm.length, Math.max(0, Math.round((ms * rate) / 1000)));
  const part = pcm.slice(at(startMs), at(endMs));
  return new Blob([writeWav(part, rate) as Uint8Array<ArrayBuffer>], { type: "audio/wav" });
}
