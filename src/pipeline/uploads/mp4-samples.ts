/** Places of an MP4 track's samples in the file, by the tables of `moov` or fragment by fragment. */
import type { FileBytes } from "./file-bytes.ts";
import { findBox, readBoxes, readFileBox, readFileBoxes, viewOf } from "./mp4-boxes.ts";
import type { Mp4Track } from "./mp4-track.ts";
import { UploadError } from "./upload-error.ts";

export interface Mp4Sample {
  readonly at: number;
  readonly length: number;
}

/**
 * Yields a track's samples in order, found one by one: nothing is allocated by a table's claims.
 * @throws UploadError `truncated`, RangeError where a table is shorter than its count.
 */
export function* locateSamples(bytes: FileBytes, track: Mp4Track): Generator<Mp4Sample> {
  yield* tabledSamples(track.tables);
  if (track.fragmentSampleSize === undefined) return;
  for (const box of readFileBoxes(bytes))
    if (box.type === "moof") yield* fragmentSamples(readFileBox(bytes, box), box.start, track);
}

/** Reads the tables of ISO/IEC 14496-12, 8.7: sizes, chunks of consecutive samples, and samples per chunk. */
function* tabledSamples(tables: Uint8Array): Generator<Mp4Sample> {
  const sizes = findBox(tables, "stsz");
  const short = findBox(tables, "stco");
  const offsets = short ?? findBox(tables, "co64");
  const runs = findBox(tables, "stsc");
  if (!sizes || !offsets || !runs) throw new UploadError("truncated", "MP4 track without sample tables");
  const [size, offset, run] = [viewOf(sizes), viewOf(offsets), viewOf(runs)];
  const constant = size.getUint32(4);
  const count = size.getUint32(8);
  const chunks = offset.getUint32(4);
  const lastRun = run.getUint32(4) - 1;
  let sample = 0;
  for (let chunk = 0, at = 0, current = 0; chunk < chunks && sample < count; chunk++) {
    while (current < lastRun && run.getUint32(8 + 12 * (current + 1)) <= chunk + 1) current++;
    at = short ? offset.getUint32(8 + 4 * chunk) : Number(offset.getBigUint64(8 + 8 * chunk));
    const perChunk = run.getUint32(12 + 12 * current);
    for (let i = 0; i < perChunk && sample < count; i++, sample++) {
      const length = constant || size.getUint32(12 + 4 * sample);
      yield { at, length };
      at += length;
    }
  }
  if (sample < count) throw new UploadError("truncated", "MP4 tables do not add up");
}

/** Flags of `tfhd` and `trun` (ISO/IEC 14496-12, 8.8.7 and 8.8.8). */
const TFHD = { base: 1, description: 2, duration: 8, size: 0x10 };
const TRUN = { offset: 1, firstFlags: 4, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 };

function* fragmentSamples(moof: Uint8Array, start: number, track: Mp4Track): Generator<Mp4Sample> {
  for (const box of readBoxes(moof)) {
    const header = box.type === "traf" ? findBox(box.body, "tfhd") : undefined;
    if (!header) continue;
    const view = viewOf(header);
    if (view.getUint32(4) !== track.id) continue;
    const flags = view.getUint32(0) & 0xff_ffff;
    let field = 8;
    const base = flags & TFHD.base ? Number(view.getBigUint64(field)) : start;
    if (flags & TFHD.base) field += 8;
    if (flags & TFHD.description) field += 4;
    if (flags & TFHD.duration) field += 4;
    const size = flags & TFHD.size ? view.getUint32(field) : (track.fragmentSampleSize ?? 0);
    let next = base;
    for (const run of readBoxes(box.body))
      if (run.type === "trun") next = yield* runSamples(viewOf(run.body), base, next, size);
  }
}

/** Yields one run of samples; returns its end. */
function* runSamples(run: DataView, base: number, next: number, size: number): Generator<Mp4Sample, number> {
  const flags = run.getUint32(0) & 0xff_ffff;
  const count = run.getUint32(4);
  let field = 8;
  let at = next;
  if (flags & TRUN.offset) {
    at = base + run.getInt32(field);
    field += 4;
  }
  if (flags & TRUN.firstFlags) field += 4;
  for (let i = 0; i < count; i++) {
    if (flags & TRUN.duration) field += 4;
    const length = flags & TRUN.size ? run.getUint32(field) : size;
    if (flags & TRUN.size) field += 4;
    if (flags & TRUN.flags) field += 4;
    if (flags & TRUN.composition) field += 4;
    yield { at, length };
    at += length;
  }
  return at;
}
