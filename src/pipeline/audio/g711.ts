/** G.711 at the edge of the ears and the mouth: telephone bytes to PCM16 and back, by table. */
import alawmulaw from "alawmulaw";

/** `pcmu` is µ-law, `pcma` is A-law; both one byte a sample, 8 kHz by custom. */
export type G711 = "pcmu" | "pcma";

interface Tables {
  readonly decode: Int16Array;
  /** Indexed by the sample as an unsigned 16-bit number. */
  readonly encode: Uint8Array;
}

const tables: Partial<Record<G711, Tables>> = {};

/** The library decodes and encodes sample by sample; asking it once for each value makes both a look-up. */
function tablesOf(law: G711): Tables {
  const known = tables[law];
  if (known) return known;
  const { decodeSample, encodeSample } = law === "pcmu" ? alawmulaw.mulaw : alawmulaw.alaw;
  const made = {
    decode: Int16Array.from({ length: 256 }, (_, byte) => decodeSample(byte)),
    encode: Uint8Array.from({ length: 65_536 }, (_, sample) => encodeSample((sample << 16) >> 16)),
  };
  tables[law] = made;
  return made;
}

/** One sample a byte. */
export function decodeG711(law: G711, bytes: Uint8Array): Int16Array {
  const { decode } = tablesOf(law);
  const pcm = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) pcm[i] = decode[bytes[i]!]!;
  return pcm;
}

/** One byte a sample. */
export function encodeG711(law: G711, pcm: Int16Array): Uint8Array {
  const { encode } = tablesOf(law);
  const bytes = new Uint8Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) bytes[i] = encode[pcm[i]! & 0xffff]!;
  return bytes;
}
