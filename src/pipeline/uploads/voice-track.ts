/** Last step of decoding: blocks of any rate and number of channels become one mono track, up to a limit. */
import { joinPcm } from "../audio/pcm.ts";
import { createResampler, type Resampler } from "../audio/resample.ts";
import { UploadError } from "./upload-error.ts";

/** A stretch of decoded audio: samples from −1 to 1, one array for each channel, all of one length. */
export interface Block {
  readonly channels: readonly Float32Array[];
  /** Hz. */
  readonly rate: number;
}

export interface VoiceTrack {
  /**
   * Adds the next block, which may be reused once this resolves.
   * @throws UploadError `too_long`, RangeError on a rate that no recording has.
   */
  add(block: Block): Promise<void>;
  /** Returns the whole track. @throws UploadError `empty`. */
  finish(): Int16Array;
  close(): void;
}

/** Channels of a recording at most; each costs a buffer in the decoders. */
export const MAX_CHANNELS = 8;

/** Opens a track of mono PCM16 at `rate` Hz, which takes blocks of `maxMs` in all. */
export function openVoiceTrack(rate: number, maxMs: number): VoiceTrack {
  const pieces: Int16Array[] = [];
  let resampler: Resampler | undefined;
  let from = 0;
  let ms = 0;
  const end = () => {
    if (resampler) pieces.push(resampler.flush());
    resampler?.close();
    resampler = undefined;
  };
  return {
    async add(block) {
      const length = block.channels[0]?.length ?? 0;
      if (length === 0) return;
      if (block.rate !== from || !resampler) {
        end();
        resampler = await createResampler(block.rate, rate);
        from = block.rate;
      }
      ms += (length * 1000) / from;
      if (ms > maxMs + 1e-6) throw new UploadError("too_long", `longer than ${maxMs} ms`);
      const piece = resampler.process(mixDown(block.channels));
      if (piece.length > 0) pieces.push(piece);
    },
    finish() {
      end();
      const pcm = joinPcm(pieces);
      if (pcm.length === 0) throw new UploadError("empty", "no audio in it");
      return pcm;
    },
    close() {
      resampler?.close();
      resampler = undefined;
    },
  };
}

/** The mean of the channels, as PCM16. */
export function mixDown(channels: readonly Float32Array[]): Int16Array {
  const pcm = new Int16Array(channels[0]!.length);
  const scale = 32_768 / channels.length;
  for (let i = 0; i < pcm.length; i++) {
    let sum = 0;
    for (const channel of channels) sum += channel[i]!;
    pcm[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum * scale)));
  }
  return pcm;
}
