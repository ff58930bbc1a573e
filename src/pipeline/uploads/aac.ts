/** AAC frames to audio, without the encoder's priming and padding. Follows the MP4 reader. */
import type { PresentationBoxes } from "./mp4-track.ts";
import { UploadError } from "./upload-error.ts";
import { type Block, MAX_CHANNELS } from "./voice-track.ts";

/** Frames beyond the priming that may give no audio: the decoder buffers its first. */
const SLOW_START_FRAMES = 3;
const FRAME = 1024;

/**
 * Decodes one track's frames; `config`: its AudioSpecificConfig. Audio outside the presentation is left out; decoding stops
 * at its end.
 * @throws UploadError `truncated` on a damaged frame, `not_audio` where no decoder is installed.
 */
export async function* decodeAac(
  frames: Iterable<Uint8Array>,
  config: Uint8Array,
  presentation: PresentationBoxes,
): AsyncGenerator<Block> {
  const { decoder, gapless } = await import("@audio/decode-aac").catch((cause: unknown) => {
    throw new UploadError("not_audio", "no AAC decoder is installed", { cause });
  });
  const window = gapless({ ...presentation, asc: config });
  const codec = await decoder({ asc: config, gapless: window ?? undefined }).catch((cause: unknown) => {
    throw new UploadError("truncated", "AAC configuration damaged", { cause });
  });
  let decodedS = 0;
  let emptyFrames = 0;
  try {
    for (const frame of frames) {
      const { channelData, sampleRate } = codec.decode(frame);
      const length = channelData[0]?.length ?? 0;
      if (channelData.length > MAX_CHANNELS) throw new UploadError("truncated", "too many channels of AAC");
      if (length > 0) yield { channels: channelData, rate: sampleRate };
      decodedS += length > 0 ? length / sampleRate : 0;
      if (window?.duration !== undefined && decodedS >= window.duration - 1e-3) return;
      emptyFrames = length > 0 ? 0 : emptyFrames + 1;
      const priming = decodedS > 0 ? 0 : SLOW_START_FRAMES + ((window?.start ?? 0) * 96_000) / FRAME;
      if (emptyFrames > priming) throw new UploadError("truncated", "AAC frame damaged");
    }
  } finally {
    codec.free();
  }
}
