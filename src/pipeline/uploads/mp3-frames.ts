/** MPEG audio frame headers, as far as finding and counting frames needs. */

/** One frame of Layer III. */
export interface Mp3Header {
  /** 1, 2 or 2.5. */
  readonly version: 1 | 2 | 2.5;
  /** Hz. */
  readonly rate: number;
  readonly channels: 1 | 2;
  /** Length of the whole frame, bytes. */
  readonly length: number;
}

/** ISO/IEC 11172-3 and 13818-3, Layer III, kbit/s by the header's index; 0 (free format) is not supported. */
const BITRATES_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const BITRATES_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES = [44_100, 48_000, 32_000];

/** Reads the header at the start of `bytes`; undefined: no header of Layer III. */
export function readMp3Header(bytes: Uint8Array): Mp3Header | undefined {
  const [sync, coding, sizing, mode] = bytes;
  if (sync !== 0xff || coding === undefined || sizing === undefined || mode === undefined) return undefined;
  if ((coding & 0xe6) !== 0xe2) return undefined;
  const version = ([2.5, undefined, 2, 1] as const)[(coding >> 3) & 3];
  const base = RATES[(sizing >> 2) & 3];
  const bitrate = (version === 1 ? BITRATES_1 : BITRATES_2)[sizing >> 4];
  if (!version || !base || !bitrate) return undefined;
  const rate = base / (version === 1 ? 1 : version === 2 ? 2 : 4);
  const padding = (sizing >> 1) & 1;
  const length = Math.floor(((version === 1 ? 144_000 : 72_000) * bitrate) / rate) + padding;
  return { version, rate, channels: mode >> 6 === 3 ? 1 : 2, length };
}

/** Whether two headers can belong to one stream. */
export function isSameMp3Stream(header: Mp3Header, other: Mp3Header | undefined): boolean {
  return other?.version === header.version && other.rate === header.rate;
}

/** End of the ID3v2 tags at the start of `bytes`, which may lie beyond them; 0: no tag. */
export function skipId3(bytes: Uint8Array): number {
  let at = 0;
  while (at + 10 <= bytes.length && String.fromCharCode(...bytes.subarray(at, at + 3)) === "ID3") {
    const size = bytes.subarray(at + 6, at + 10).reduce((sum, byte) => sum * 128 + (byte & 0x7f), 0);
    const footer = bytes[at + 5]! & 0x10 ? 10 : 0;
    at += 10 + size + footer;
  }
  return at;
}

/**
 * Number of frames of audio by the encoder's "Xing" or "Info" header in a stream's first frame, which holds no audio
 * itself; undefined: no such header in this frame.
 */
export function readMp3FrameCount(frame: Uint8Array, header: Mp3Header): number | undefined {
  const sideInformation =
    header.version === 1 ? (header.channels === 2 ? 32 : 17) : header.channels === 2 ? 17 : 9;
  const at = 4 + sideInformation;
  if (frame.length < at + 12) return undefined;
  const name = String.fromCharCode(...frame.subarray(at, at + 4));
  const counted = (frame[at + 7]! & 1) === 1;
  if ((name !== "Xing" && name !== "Info") || !counted) return undefined;
  return new DataView(frame.buffer, frame.byteOffset).getUint32(at + 8);
}
