/** AAC frames to audio, without the encoder's priming and padding. */
import { UploadError } from "./upload-error.ts";
import { type Block, MOST_CHANNELS } from "./voice-track.ts";

/** Frames that may give nothing beyond the priming: the decoder holds back its first. */
const SLOW_START_FRAMES = 3;
const FRAME = 1024;

/** Bodies of the boxes that say which part of the media is presented. */
interface Presentation {
  readonly elst?: Uint8Array;
  readonly mdhd?: Uint8Array;
  readonly stts?: Uint8Array;
  readonly mvhd?: Uint8Array;
}

/**
 * Decodes one track's frames, from its AudioSpecificConfig. What lies outside the presentation is not given; decoding
 * stops at its end.
 * @throws UploadError `truncated` on a frame that is none, `not_audio` where no decoder is installed.
 */
export async function* decodeAac(
  frames: Iterable<Uint8Array>,
  config: Uint8Array,
  presentation: Presentation,
): AsyncGenerator<Block> {
  const { decoder, gapless } = await import("@audio/decode-aac").catch((cause: unknown) => {
    throw new UploadError("not_audio", "no AAC decoder is installed", { cause });
  });
  const window = gapless({ ...presentation, asc: config });
  const codec = await decoder({ asc: config, ...(window && { gapless: window }) }).catch((cause: unknown) => {
    throw new UploadError("truncated", "AAC configuration damaged", { cause });
  });
  let given = 0;
  let fruitless = 0;
  try {
    for (const frame of frames) {
      const { channelData, sampleRate } = codec.decode(frame);
      const length = channelData[0]?.length ?? 0;
      if (channelData.length > MOST_CHANNELS) throw new UploadError("truncated", "too many channels of AAC");
      if (length > 0) yield { channels: channelData, rate: sampleRate };
      given += length > 0 ? length / sampleRate : 0;
      if (window?.duration !== undefined && given >= window.duration - 1e-3) return;
      fruitless = length > 0 ? 0 : fruitless + 1;
      const priming = given > 0 ? 0 : SLOW_START_FRAMES + ((window?.start ?? 0) * 96_000) / FRAME;
      if (fruitless > priming) throw new UploadError("truncated", "AAC frame damaged");
    }
  } finally {
    codec.free();
  }
}
