import type { SampleRate } from "../../ports/audio.ts";
import { encodeG711 } from "../audio/g711.ts";
import { pcmToBytes } from "../audio/pcm.ts";

/** `pcm16`: 230 MB an hour at 16 kHz. `pcmu`: 115 MB, with a noise some 38 dB below the voice. */
export type RecordingCoding = "pcm16" | "pcmu";

export interface WavFormat {
  readonly rate: SampleRate;
  readonly coding: RecordingCoding;
}

/** How a WAV file of two tracks begins; `headerBytes` behind its start the samples follow. */
export interface WavHeader extends WavFormat {
  readonly headerBytes: number;
}

const channels = 2;
/** The longest a WAV file's 32-bit lengths can say. */
const longest = 0xffff_ffff - 64;
const codes = { pcm16: 1, pcmu: 7 } as const;
/** Everything but plain PCM has an extension's length in its format and a count of samples behind it. */
const headerBytes = { pcm16: 44, pcmu: 58 } as const;

/** Bytes of one moment of both tracks. */
export function frameBytes(coding: RecordingCoding): number {
  return coding === "pcm16" ? 2 * channels : channels;
}

/**
 * The header of a WAV file of two tracks with `dataBytes` of samples behind it.
 * @throws RangeError beyond the 4 GiB that a WAV file can hold (18 hours of PCM at 16 kHz).
 */
export function wavHeader(format: WavFormat, dataBytes: number): Uint8Array {
  if (dataBytes > longest) throw new RangeError(`${dataBytes} bytes are too many for a WAV file`);
  const { rate, coding } = format;
  const bytes = new Uint8Array(headerBytes[coding]);
  const view = new DataView(bytes.buffer);
  const width = frameBytes(coding);
  let at = 0;
  const tag = (text: string) => {
    for (let i = 0; i < 4; i++) view.setUint8(at++, text.charCodeAt(i));
  };
  const long = (value: number) => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const short = (value: number) => {
    view.setUint16(at, value, true);
    at += 2;
  };
  tag("RIFF");
  long(bytes.length - 8 + dataBytes);
  tag("WAVE");
  tag("fmt ");
  long(coding === "pcm16" ? 16 : 18);
  short(codes[coding]);
  short(channels);
  long(rate);
  long(rate * width);
  short(width);
  short((width / channels) * 8);
  if (coding === "pcmu") {
    short(0);
    tag("fact");
    long(4);
    long(dataBytes / width);
  }
  tag("data");
  long(dataBytes);
  return bytes;
}

/**
 * Reads the header of a file that `wavHeader` began.
 * @throws RangeError for any other.
 */
export function readWavHeader(bytes: Uint8Array): WavHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const coding = bytes.length > 22 && view.getUint16(20, true) === codes.pcmu ? "pcmu" : "pcm16";
  const length = headerBytes[coding];
  if (bytes.length < length) throw new RangeError("no recording's WAV file");
  const rate = view.getUint32(24, true);
  const data = view.getUint32(length - 4, true);
  const same = wavHeader({ rate, coding }, data).every((byte, i) => byte === bytes[i]);
  if (!same) throw new RangeError("no recording's WAV file");
  return { rate, coding, headerBytes: length };
}

/** Interleaved samples as the bytes of a WAV file. */
export function encodeSamples(coding: RecordingCoding, pcm: Int16Array): Uint8Array {
  return coding === "pcm16" ? pcmToBytes(pcm) : encodeG711("pcmu", pcm);
}
