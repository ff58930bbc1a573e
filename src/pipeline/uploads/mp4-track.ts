/** The voice track in an MP4 file's `moov`: its coding, and the tables of its samples. */
import { findBox, type Mp4Box, readBoxes, viewOf } from "./mp4-boxes.ts";
import { type OpusHead, readOpusHead } from "./opus.ts";
import { UploadError } from "./upload-error.ts";

type Mp4Coding =
  | { readonly kind: "aac"; readonly config: Uint8Array }
  | { readonly kind: "opus"; readonly head: OpusHead };

/** Bodies of the boxes that determine the presented part of the media, by their types. */
export type PresentationBoxes = Partial<Record<"elst" | "mdhd" | "stts" | "mvhd", Uint8Array>>;

export interface Mp4Track {
  readonly id: number;
  readonly coding: Mp4Coding;
  readonly presentation: PresentationBoxes;
  /** Body of `stbl`. */
  readonly tables: Uint8Array;
  /** Default size of a sample in a fragment; undefined: the file has no fragments. */
  readonly fragmentSampleSize: number | undefined;
}

/**
 * Finds the first track of AAC or Opus.
 * @throws UploadError `not_audio` with none, `truncated` where its boxes are damaged.
 */
export function readMp4Track(moov: Uint8Array): Mp4Track {
  for (const box of readBoxes(moov)) {
    if (box.type !== "trak") continue;
    const handler = findBox(box.body, "mdia", "hdlr");
    if (!handler || String.fromCharCode(...handler.subarray(8, 12)) !== "soun") continue;
    const tables = findBox(box.body, "mdia", "minf", "stbl");
    const coding = readCoding(findBox(tables, "stsd"));
    if (tables && coding) return describe(moov, box.body, tables, coding);
  }
  throw new UploadError("not_audio", "no track of AAC or Opus in MP4");
}

function describe(moov: Uint8Array, trak: Uint8Array, tables: Uint8Array, coding: Mp4Coding): Mp4Track {
  const header = findBox(trak, "tkhd");
  if (!header) throw new UploadError("truncated", "MP4 track without a header");
  const id = viewOf(header).getUint32(header[0] === 1 ? 20 : 12);
  const movieExtends = findBox(moov, "mvex");
  const defaults = movieExtends && [...readBoxes(movieExtends)].find((box) => isDefaultsOf(box, id));
  return {
    id,
    coding,
    presentation: {
      elst: withTrueCount(findBox(trak, "edts", "elst"), 12),
      mdhd: findBox(trak, "mdia", "mdhd"),
      stts: withTrueCount(findBox(tables, "stts"), 8),
      mvhd: findBox(moov, "mvhd"),
    },
    tables,
    fragmentSampleSize: movieExtends && (defaults ? viewOf(defaults.body).getUint32(16) : 0),
  };
}

const isDefaultsOf = ({ type, body }: Mp4Box, id: number) =>
  type === "trex" && viewOf(body).getUint32(4) === id;

/** The table if its count fits its length, else undefined: the decoder that reads the table relies on the count. */
function withTrueCount(table: Uint8Array | undefined, width: number): Uint8Array | undefined {
  if (!table || table.length < 8) return undefined;
  const count = viewOf(table).getUint32(4);
  const wide = table[0] === 1 && width === 12 ? 20 : width;
  return 8 + count * wide <= table.length ? table : undefined;
}

/** The coding of the first known sample description. */
function readCoding(descriptions: Uint8Array | undefined): Mp4Coding | undefined {
  if (!descriptions) return undefined;
  for (const { type, body } of readBoxes(descriptions.subarray(8))) {
    const version = body.length >= 28 ? viewOf(body).getUint16(8) : 0;
    // QuickTime's second version of the sound description has four numbers more.
    const inner = body.subarray(version === 1 ? 44 : 28);
    if (type === "Opus") {
      const box = findBox(inner, "dOps");
      if (box) return { kind: "opus", head: readOpusHead(box, false) };
    }
    if (type === "mp4a") {
      const config = readAacConfig(findBox(inner, "esds") ?? findBox(inner, "wave", "esds"));
      if (config) return { kind: "aac", config };
    }
  }
  return undefined;
}

/** Descriptors of ISO/IEC 14496-1, 7.2.6: `ES` holds `DecoderConfig`, which holds `DecoderSpecificInfo`. */
const ES = 3;
const DECODER_CONFIG = 4;
const DECODER_SPECIFIC = 5;
/** `objectTypeIndication`s of AAC: MPEG-4, and MPEG-2 in three profiles. */
const AAC_TYPES = new Set([0x40, 0x66, 0x67, 0x68]);

/** Finds the AudioSpecificConfig in an `esds` box. */
function readAacConfig(box: Uint8Array | undefined): Uint8Array | undefined {
  if (!box) return undefined;
  for (let at = 4; at < box.length; ) {
    const tag = box[at++]!;
    let length = 0;
    for (let more = true; more && at < box.length; at++) {
      length = length * 128 + (box[at]! & 0x7f);
      more = box[at]! >= 0x80;
    }
    if (tag === DECODER_SPECIFIC) return box.slice(at, at + length);
    if (tag === DECODER_CONFIG && !AAC_TYPES.has(box[at] ?? 0)) return undefined;
    at += tag === ES ? 3 : tag === DECODER_CONFIG ? 13 : length;
  }
  return undefined;
}
