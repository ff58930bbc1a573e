/** The WAV files that a recording is stored in, its parts and the whole: two tracks, of one of two codings. */
import type { SampleRate } from "../../ports/audio.ts";
import { encodeG711 } from "../audio/g711.ts";
import { pcmToBytes } from "../audio/pcm.ts";
import { readWavFormat, wavHeader, wavTags } from "../audio/wav.ts";

/** `pcm16`: 230 MB an hour at 16 kHz. `pcmu`: 115 MB, with a noise some 38 dB below the voice. */
export type RecordingCoding = "pcm16" | "pcmu";

export interface RecordingFormat {
  readonly rate: SampleRate;
  readonly coding: RecordingCoding;
}

/** A recording's header as it was read; the samples follow `headerBytes` behind the file's start. */
export interface RecordingHeader extends RecordingFormat {
  readonly headerBytes: number;
}

const channels = 2;
/** Bytes of samples that a WAV file's 32-bit lengths can state. */
const maxDataBytes = 0xffff_ffff - 64;
const wavCodings = {
  pcm16: { tag: wavTags.pcm, bits: 16 },
  pcmu: { tag: wavTags.pcmu, bits: 8 },
} as const;

/** Bytes of one moment of both tracks. */
export function frameBytes(coding: RecordingCoding): number {
  return (channels * wavCodings[coding].bits) / 8;
}

/**
 * The header of a recording's WAV file with `dataBytes` of samples behind it.
 * @throws RangeError beyond the 4 GiB that a WAV file can hold (18 hours of PCM at 16 kHz).
 */
export function recordingHeader({ rate, coding }: RecordingFormat, dataBytes: number): Uint8Array {
  if (dataBytes > maxDataBytes) throw new RangeError(`${dataBytes} bytes are too many for a WAV file`);
  return wavHeader({ ...wavCodings[coding], channels, rate }, dataBytes);
}

/**
 * Reads the header of a file that `recordingHeader` began.
 * @throws RangeError for any other.
 */
export function readRecordingHeader(bytes: Uint8Array): RecordingHeader {
  const format = readWavFormat(bytes.subarray(20, 36));
  const rate = format?.rate ?? 0;
  const coding = format?.tag === wavTags.pcmu ? "pcmu" : "pcm16";
  const headerBytes = recordingHeader({ rate, coding }, 0).length;
  if (bytes.length < headerBytes) throw new RangeError("not a recording's WAV file");
  const dataBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(headerBytes - 4, true);
  const same = recordingHeader({ rate, coding }, dataBytes).every((byte, i) => byte === bytes[i]);
  if (!same) throw new RangeError("not a recording's WAV file");
  return { rate, coding, headerBytes };
}

/** Interleaved samples as the bytes of a recording's WAV file. */
export function encodeSamples(coding: RecordingCoding, pcm: Int16Array): Uint8Array {
  return coding === "pcm16" ? pcmToBytes(pcm) : encodeG711("pcmu", pcm);
}
