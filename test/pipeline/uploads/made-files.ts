/** Uploads made for a test: real recordings bent out of shape, and small files that promise or hide much. */
import { readFileSync } from "node:fs";
import { readWav } from "../../../src/pipeline/audio/wav.ts";
import type { FileBytes } from "../../../src/pipeline/uploads/file-bytes.ts";

/** A fixture's bytes. */
export const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/uploads/${name}`, import.meta.url)));

/** What every recording of a sentence was made of: 3.79 s at 24 kHz. */
export const original: Int16Array = readWav(
  readFileSync(new URL("../../fixtures/speech/overwhelmed-slt.wav", import.meta.url)),
).pcm;

/** A file that lies in memory, and what was asked of it. */
export function bytesInMemory(file: Uint8Array): FileBytes & { furthest: number } {
  const whole = new Uint8Array(file);
  return {
    size: whole.length,
    furthest: 0,
    read(at, length) {
      const piece = whole.subarray(at, at + length);
      this.furthest = Math.max(this.furthest, at + piece.length);
      return piece;
    },
    close() {},
  };
}

export function join(...pieces: (Uint8Array | string | readonly number[])[]): Uint8Array {
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as Uint8Array)));
}

const little = (bytes: number, value: number) =>
  Uint8Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const big = (bytes: number, value: number) => little(bytes, value).reverse();

export interface WavOptions {
  /** 1 whole, 3 fractional, 0xfffe extensible (whole). */
  readonly coding?: number;
  readonly bits?: number;
  readonly channels?: number;
  readonly rate?: number;
  /** What the data chunk claims; default the truth. */
  readonly claims?: number;
}

/** A WAV file of samples from −1 up to 1; each goes to every channel. */
export function wavFile(samples: ArrayLike<number>, options: WavOptions = {}): Uint8Array {
  const { coding = 1, bits = 16, channels = 1, rate = 24_000 } = options;
  const width = (bits / 8) * Math.max(1, channels);
  const data = Buffer.alloc(samples.length * width);
  for (let i = 0; i < samples.length; i++)
    for (let at = i * width; at < (i + 1) * width; at += bits / 8)
      writeSample(data, at, samples[i]!, coding, bits);
  const extension = coding === 0xfffe ? [...little(2, 22), ...little(2, bits), ...little(4, 0), 1, 0] : [];
  const guid = coding === 0xfffe ? Buffer.from("000000001000800000aa00389b71", "hex") : [];
  const format = join(
    little(2, coding),
    little(2, channels),
    little(4, rate),
    little(4, rate * width),
    little(2, width),
    little(2, bits),
    extension,
    guid,
  );
  const claimed = options.claims ?? data.length;
  const chunks = join("WAVEfmt ", little(4, format.length), format, "data", little(4, claimed), data);
  return join("RIFF", little(4, Math.min(2 ** 32 - 1, claimed + 36)), chunks);
}

function writeSample(data: Buffer, at: number, sample: number, coding: number, bits: number): void {
  if (coding === 3 && bits === 64) data.writeDoubleLE(sample, at);
  else if (coding === 3) data.writeFloatLE(sample, at);
  else if (bits === 8) data.writeUInt8(Math.round(sample * 127) + 128, at);
  else data.writeIntLE(Math.floor(sample * 2 ** (bits - 1)), at, bits / 8);
}

/** An EBML element of known length. */
function element(id: readonly number[], ...body: (Uint8Array | string | readonly number[])[]): Uint8Array {
  const inner = join(...body);
  return join(id, [0x08], big(4, inner.length).subarray(0, 4), inner);
}

const UNKNOWN = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
export const EBML_HEAD = element([0x1a, 0x45, 0xdf, 0xa3], [0x42, 0x82, 0x84], "webm");

/** The head of a streamed WebM file with one Opus track, up to where its blocks begin. */
export function webmHead(): Uint8Array {
  const head = join("OpusHead", [1, 1], little(2, 312), little(4, 48_000), [0, 0, 0]);
  const track = element(
    [0xae],
    [0xd7, 0x81, 1, 0x83, 0x81, 2, 0x86, 0x86],
    "A_OPUS",
    element([0x63, 0xa2], head),
  );
  const tracks = element([0x16, 0x54, 0xae, 0x6b], track);
  return join(EBML_HEAD, [0x18, 0x53, 0x80, 0x67], UNKNOWN, tracks, [0x1f, 0x43, 0xb6, 0x75], UNKNOWN);
}

/** Silence as WebM: blocks of 256 packets laced, each one byte that stands for 120 ms. About 9 KB an hour. */
export function silentWebm(hours: number): Uint8Array {
  const twoFramesOf60ms = 0x19;
  const laced = element([0xa3], [0x81, 0, 0, 0x84, 255], new Uint8Array(256).fill(twoFramesOf60ms));
  const count = Math.ceil((hours * 3600) / (256 * 0.12));
  return join(webmHead(), ...Array.from({ length: count }, () => laced));
}

/** Silence as MP3 of 8 kbit/s: frames of 24 bytes, 24 ms each, nothing in them. */
export function silentMp3(hours: number): Uint8Array {
  const file = Buffer.alloc(Math.ceil((hours * 3600) / 0.024) * 24);
  for (let at = 0; at < file.length; at += 24) file.writeUInt32BE(0xfff314c4, at);
  return file;
}

/** Overwrites `bytes` behind the first place where `name` stands. */
export function patched(
  file: Uint8Array,
  name: string,
  behind: number,
  bytes: readonly number[],
): Uint8Array {
  const copy = Buffer.from(file);
  const at = copy.indexOf(name, 0, "latin1");
  if (at < 0) throw new Error(`no ${name} in the file`);
  copy.set(bytes, at + name.length + behind);
  return copy;
}

/** Bytes without any order, the same ones each time. */
export function disorder(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state >> 16;
  });
}
