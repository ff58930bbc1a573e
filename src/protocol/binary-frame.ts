/**
 * Reply audio as binary messages (`kuku.v1`, server to client): a fixed 12-byte little-endian header, then the audio.
 * The other way round there is no header: a client's binary message is input audio and nothing else.
 *
 * | offset | type | field |
 * |---|---|---|
 * | 0 | u8 | version, 1 |
 * | 1 | u8 | kind, 1: audio of a response |
 * | 2 | u16 | flags, all reserved: sent as 0, ignored by readers |
 * | 4 | u32 | response number, counted from 1 within the session |
 * | 8 | u32 | position of the first sample within this response's audio |
 */

/** Bytes before the audio. */
export const binaryHeaderBytes = 12;
const binaryVersion = 1;
/** Kinds of frame; readers skip unknown ones. */
const binaryKinds = { responseAudio: 1 } as const;

/** One piece of a response's audio. */
export interface AudioFrame {
  /** 16 bits, all reserved. */
  readonly flags: number;
  /** 1–4294967295; the same number in all frames of a response. */
  readonly responseNumber: number;
  /** 0–4294967295, in samples of the output format. */
  readonly startSample: number;
  /** In the session's output format: little-endian PCM16, or one byte a sample for G.711. */
  readonly audio: Uint8Array;
}

/** Reasons why bytes are no frame. `unknown_kind` is harmless: the message is to be skipped. */
type BinaryFrameError = "too_short" | "unknown_version" | "unknown_kind";

export type DecodedFrame =
  | { readonly ok: true; readonly frame: AudioFrame }
  | { readonly ok: false; readonly code: BinaryFrameError; readonly message: string };

/** Writes the header at the start of `target` (at least 12 bytes), for senders that lay the audio behind it themselves. */
export function writeAudioHeader(
  target: Uint8Array,
  responseNumber: number,
  startSample: number,
  flags = 0,
): void {
  target[0] = binaryVersion;
  target[1] = binaryKinds.responseAudio;
  target[2] = flags;
  target[3] = flags >>> 8;
  writeU32(target, 4, responseNumber);
  writeU32(target, 8, startSample);
}

/** Encodes header and audio into one new buffer. */
export function encodeAudioFrame(frame: Omit<AudioFrame, "flags"> & { readonly flags?: number }): Uint8Array {
  const bytes = new Uint8Array(binaryHeaderBytes + frame.audio.length);
  writeAudioHeader(bytes, frame.responseNumber, frame.startSample, frame.flags);
  bytes.set(frame.audio, binaryHeaderBytes);
  return bytes;
}

/** Reads a binary message; the audio is a view into `message`, not a copy. */
export function decodeAudioFrame(message: Uint8Array | ArrayBuffer): DecodedFrame {
  const bytes = message instanceof Uint8Array ? message : new Uint8Array(message);
  if (bytes.length < binaryHeaderBytes)
    return refuse(
      "too_short",
      `A binary frame has at least ${binaryHeaderBytes} bytes, not ${bytes.length}.`,
    );
  if (bytes[0] !== binaryVersion)
    return refuse("unknown_version", `Binary frame version ${bytes[0]} is not spoken here.`);
  if (bytes[1] !== binaryKinds.responseAudio)
    return refuse("unknown_kind", `Binary frame kind ${bytes[1]} is not known here.`);
  return {
    ok: true,
    frame: {
      flags: bytes[2]! | (bytes[3]! << 8),
      responseNumber: readU32(bytes, 4),
      startSample: readU32(bytes, 8),
      audio: bytes.subarray(binaryHeaderBytes),
    },
  };
}

function refuse(code: BinaryFrameError, message: string): DecodedFrame {
  return { ok: false, code, message };
}

function writeU32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value;
  target[offset + 1] = value >>> 8;
  target[offset + 2] = value >>> 16;
  target[offset + 3] = value >>> 24;
}

function readU32(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>>
    0
  );
}
