/** Before and after the turn: a recording read from WAV bytes, a reply written as WAV bytes. */

export interface Recording {
  /** Mono 16-bit samples; of a stereo file, the mean of both sides. */
  readonly pcm: Int16Array<ArrayBuffer>;
  /** Samples per second. */
  readonly rate: number;
}

/** The bytes are no WAV file this client can read; the message says why, for people. */
export class WavError extends Error {
  override readonly name = "WavError";
}

const tag = (view: DataView, at: number): string =>
  String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

interface Format {
  readonly channels: number;
  readonly rate: number;
}

function readFormat(view: DataView, at: number, size: number): Format {
  if (size < 16) throw new WavError("the WAV file is damaged: its format chunk is too short");
  const coding = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  // 0xFFFE is "extensible": the real coding follows in the first two bytes of its GUID.
  const real = coding === 0xfffe && size >= 26 ? view.getUint16(at + 24, true) : coding;
  if (real !== 1)
    throw new WavError(`the WAV file is not plain PCM (its coding is ${real}); save it as 16-bit PCM`);
  if (bits !== 16) throw new WavError(`the WAV file has ${bits} bits a sample; save it as 16-bit PCM`);
  if (channels !== 1 && channels !== 2)
    throw new WavError(`the WAV file has ${channels} channels; save it as mono or stereo`);
  if (rate < 8_000 || rate > 192_000)
    throw new WavError(`the WAV file's rate of ${rate} Hz is not one for speech`);
  return { channels, rate };
}

function readSamples(view: DataView, at: number, size: number, channels: number): Int16Array<ArrayBuffer> {
  const count = Math.floor(size / (2 * channels));
  const pcm = new Int16Array(count);
  for (let i = 0; i < count; i++) {
    const left = view.getInt16(at + i * 2 * channels, true);
    pcm[i] = channels === 1 ? left : (left + view.getInt16(at + i * 4 + 2, true)) >> 1;
  }
  return pcm;
}

/**
 * Reads a RIFF WAV file of 16-bit PCM, mono or stereo, 8–192 kHz. A data chunk that claims more than the file holds
 * (a recorder that was stopped) is read as far as it goes.
 * @throws WavError
 */
export function readWav(bytes: Uint8Array): Recording {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || tag(view, 0) !== "RIFF" || tag(view, 8) !== "WAVE")
    throw new WavError("it is not a WAV file");
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const left = Math.min(size, bytes.length - at - 8);
    const name = tag(view, at);
    if (name === "fmt ") format = readFormat(view, at + 8, left);
    else if (name === "data") {
      if (!format) throw new WavError("the WAV file is damaged: its audio comes before its format");
      const pcm = readSamples(view, at + 8, left, format.channels);
      if (pcm.length === 0) throw new WavError("the WAV file holds no audio");
      return { pcm, rate: format.rate };
    }
    at += 8 + size + (size % 2);
  }
  throw new WavError("the WAV file is damaged: it has no audio chunk");
}

/** Writes mono 16-bit PCM as a WAV file. */
export function writeWav(pcm: Int16Array, rate: number): Uint8Array {
  const bytes = new Uint8Array(44 + pcm.length * 2);
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  };
  put(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  put(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  put(36, "data");
  view.setUint32(40, pcm.length * 2, true);
  for (let i = 0; i < pcm.length; i++) view.setInt16(44 + i * 2, pcm[i] as number, true);
  return bytes;
}
