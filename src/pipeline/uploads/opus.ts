/** Opus packets to audio, from Ogg, WebM or MP4. */
import type { OpusPacketDecoder } from "@audio/decode-opus/core";
import { UploadError } from "./upload-error.ts";
import { MAX_CHANNELS } from "./voice-track.ts";

/** Opus's own rate, Hz: audio is decoded at it, and every container counts times at it. */
export const OPUS_RATE = 48_000;

/** The identification header (RFC 7845, 5.1): settings for a decoder. */
export interface OpusHead {
  readonly channels: number;
  /** Samples to drop at the start. */
  readonly preSkip: number;
  /** Q7.8 dB. */
  readonly outputGain: number;
  readonly streamCount: number;
  readonly coupledStreamCount: number;
  readonly channelMappingTable: readonly number[];
}

export interface OpusStream {
  /** Decodes one packet, the pre-skip dropped. @throws UploadError `truncated` on a damaged packet. */
  decode(packet: Uint8Array): Float32Array[];
  /** Samples decoded so far, dropped ones included. */
  readonly samples: number;
  close(): void;
}

/**
 * Reads the identification header of Ogg and WebM (little-endian), or the `dOps` box of MP4 (big-endian), from its version
 * byte on.
 * @throws UploadError `truncated`
 */
export function readOpusHead(bytes: Uint8Array, littleEndian: boolean): OpusHead {
  const channels = bytes[1] ?? 0;
  const family = bytes[10] ?? 0;
  const mapped = 11 + 2 + channels;
  if (
    bytes.length < (family === 0 ? 11 : mapped) ||
    channels < 1 ||
    channels > (family === 0 ? 2 : MAX_CHANNELS)
  )
    throw new UploadError("truncated", `Opus header of ${bytes.length} bytes with ${channels} channels`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const streams =
    family === 0
      ? {
          streamCount: 1,
          coupledStreamCount: channels - 1,
          channelMappingTable: channels === 2 ? [0, 1] : [0],
        }
      : {
          streamCount: bytes[11]!,
          coupledStreamCount: bytes[12]!,
          channelMappingTable: [...bytes.subarray(13, mapped)],
        };
  return {
    channels,
    preSkip: view.getUint16(2, littleEndian),
    outputGain: view.getInt16(8, littleEndian),
    ...streams,
  };
}

/** Opens a decoder for one stream. @throws UploadError `truncated` on a header that contradicts itself. */
export async function openOpusStream(head: OpusHead): Promise<OpusStream> {
  const { createOpusDecoder } = await import("@audio/decode-opus/core");
  const decoder: OpusPacketDecoder = await createOpusDecoder();
  try {
    const channelMappingTable = [...head.channelMappingTable];
    decoder.configure({ ...head, channelMappingTable, preSkip: 0, sampleRate: OPUS_RATE });
  } catch (cause) {
    decoder.free();
    throw new UploadError("truncated", "Opus header contradicts itself", { cause });
  }
  let toSkip = head.preSkip;
  let samples = 0;
  return {
    get samples() {
      return samples;
    },
    decode(packet) {
      const { channelData, errors } = decoder.decodeFrames([packet]);
      if (errors.length > 0) throw new UploadError("truncated", errors[0]!.message);
      const length = channelData[0]?.length ?? 0;
      samples += length;
      const skipped = Math.min(toSkip, length);
      toSkip -= skipped;
      return skipped === 0 ? channelData : channelData.map((channel) => channel.subarray(skipped));
    },
    close: () => decoder.free(),
  };
}

/** Audio without its last `samples`. */
export function dropEnd(channels: readonly Float32Array[], samples: number): Float32Array[] {
  const kept = Math.max(0, (channels[0]?.length ?? 0) - samples);
  return channels.map((channel) => channel.subarray(0, kept));
}
