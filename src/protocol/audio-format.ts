/** Audio formats on the wire, for both directions. */
import { z } from "zod";

/** Rates of `audio/pcm`, samples a second. The reference has 24000 alone. */
const pcmRates = [16000, 24000, 48000] as const;
export type PcmRate = (typeof pcmRates)[number];

/** Mono 16-bit little-endian PCM; without `rate` 24 kHz. */
const pcmFormat = z.strictObject({
  type: z.literal("audio/pcm"),
  rate: z.literal(pcmRates).optional(),
});
/** G.711 µ-law, 8 kHz, one byte a sample. */
const pcmuFormat = z.strictObject({ type: z.literal("audio/pcmu") });
/** G.711 A-law, 8 kHz, one byte a sample. */
const pcmaFormat = z.strictObject({ type: z.literal("audio/pcma") });

export const audioFormat = z.discriminatedUnion("type", [pcmFormat, pcmuFormat, pcmaFormat]);
export type AudioFormat = z.infer<typeof audioFormat>;

/** Initial format of a session, in both directions. */
export const defaultAudioFormat: AudioFormat = { type: "audio/pcm", rate: 24000 };

/** Returns a format's rate, samples a second. */
export function sampleRate(format: AudioFormat): PcmRate | 8000 {
  return format.type === "audio/pcm" ? (format.rate ?? 24000) : 8000;
}

/** Returns a format's bytes a sample. */
export function bytesPerSample(format: AudioFormat): 1 | 2 {
  return format.type === "audio/pcm" ? 2 : 1;
}
