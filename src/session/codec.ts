/** Between the wire's audio formats and the PCM that the pipeline works on. */

import { decodeG711, encodeG711 } from "../pipeline/audio/g711.ts";
import { bytesToPcm, pcmToBytes } from "../pipeline/audio/pcm.ts";
import type { AudioFormat } from "../protocol/audio-format.ts";

/**
 * Input bytes as PCM at the format's own rate.
 * @throws RangeError when the bytes are not a whole number of samples.
 */
export function decodeAudio(format: AudioFormat, bytes: Uint8Array): Int16Array {
  if (format.type === "audio/pcm") return bytesToPcm(bytes);
  return decodeG711(format.type === "audio/pcmu" ? "pcmu" : "pcma", bytes);
}

/** PCM as bytes of the format. */
export function encodeAudio(format: AudioFormat, pcm: Int16Array): Uint8Array {
  if (format.type === "audio/pcm") return pcmToBytes(pcm);
  return encodeG711(format.type === "audio/pcmu" ? "pcmu" : "pcma", pcm);
}
