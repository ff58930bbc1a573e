/**
 * The parts of a recording: WAV files of a few seconds under the recording's key, joined into one object at its end and
 * then removed. Whatever kills the process, the parts written so far remain, and joining can be repeated.
 */
import { frameBytes, readRecordingHeader, recordingHeader } from "./wav-file.ts";

/** The operations of the object store that a recording needs. */
export interface RecordingObjects {
  put(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal },
  ): Promise<{ bytes: number }>;
  open(
    key: string,
    range?: { readonly start: number; readonly end?: number },
  ): Promise<{ readonly body: AsyncIterable<Uint8Array> } | undefined>;
  stat(key: string): Promise<{ readonly bytes: number } | undefined>;
  remove(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<string>;
}

export interface JoinedRecording {
  /** Size of the WAV file. */
  readonly bytes: number;
  /** Length in milliseconds. */
  readonly durationMs: number;
}

const ending = ".wav";
/** Bytes read for a header; none is longer. */
const maxHeaderBytes = 64;

/** The key of a recording's part; parts count from 0. */
export function partKey(key: string, index: number): string {
  return `${folderOf(key)}${String(index).padStart(6, "0")}${ending}`;
}

/**
 * Joins the parts of a recording that is no longer written to, and removes them: at its end, or when the process that
 * wrote it is gone. May be repeated. Undefined: nothing was recorded under the key.
 * @throws the object store's error (the parts remain), or the signal's reason; RangeError on a key that does not end in
 * `.wav`, or on a part that is no recording.
 */
export async function joinRecording(
  objects: RecordingObjects,
  key: string,
  options: { signal?: AbortSignal } = {},
): Promise<JoinedRecording | undefined> {
  const parts = await collectKeys(objects, folderOf(key));
  // An object is there only with all its bytes: if there is one, only the parts were not removed yet.
  if (!(await objects.stat(key))) {
    const [first] = parts;
    if (first === undefined) return undefined;
    const { header, length } = await measure(objects, first, parts, options.signal);
    const body = joined(objects, parts, recordingHeader(header, length), header.headerBytes);
    await objects.put(key, body, options);
  }
  const joinedAs = await describe(objects, key);
  await removeAll(objects, parts);
  return joinedAs;
}

/** Erases a recording, joined or in parts. No process may still write to it. */
export async function eraseRecording(objects: RecordingObjects, key: string): Promise<void> {
  await removeAll(objects, await collectKeys(objects, folderOf(key)));
  await objects.remove(key);
}

async function measure(
  objects: RecordingObjects,
  first: string,
  parts: readonly string[],
  signal: AbortSignal | undefined,
) {
  const header = readRecordingHeader(await headOf(objects, first));
  let length = 0;
  for (const part of parts) {
    signal?.throwIfAborted();
    length += ((await objects.stat(part))?.bytes ?? header.headerBytes) - header.headerBytes;
  }
  return { header, length };
}

async function* joined(
  objects: RecordingObjects,
  parts: readonly string[],
  header: Uint8Array,
  skipped: number,
): AsyncGenerator<Uint8Array> {
  yield header;
  for (const part of parts) {
    let toSkip = skipped;
    for await (const chunk of await bodyOf(objects, part)) {
      const skip = Math.min(toSkip, chunk.length);
      toSkip -= skip;
      if (skip < chunk.length) yield chunk.subarray(skip);
    }
  }
}

async function describe(objects: RecordingObjects, key: string): Promise<JoinedRecording> {
  const { rate, coding, headerBytes } = readRecordingHeader(await headOf(objects, key));
  const bytes = (await objects.stat(key))?.bytes ?? headerBytes;
  return { bytes, durationMs: ((bytes - headerBytes) * 1000) / (frameBytes(coding) * rate) };
}

async function headOf(objects: RecordingObjects, key: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await bodyOf(objects, key, { start: 0, end: maxHeaderBytes - 1 }))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function bodyOf(
  objects: RecordingObjects,
  key: string,
  range?: { start: number; end: number },
): Promise<AsyncIterable<Uint8Array>> {
  const opened = await objects.open(key, range);
  if (!opened) throw new Error(`recording part missing: ${key}`);
  return opened.body;
}

async function collectKeys(objects: RecordingObjects, folder: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of objects.list(folder)) keys.push(key);
  return keys.sort();
}

async function removeAll(objects: RecordingObjects, keys: readonly string[]): Promise<void> {
  for (const key of keys) await objects.remove(key);
}

function folderOf(key: string): string {
  if (!key.endsWith(ending)) throw new RangeError("a recording's key ends in .wav");
  return `${key.slice(0, -ending.length)}/`;
}
