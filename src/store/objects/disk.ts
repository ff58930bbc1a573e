/** Audio objects as files: written under another name, made durable, then renamed; a crash leaves no half object. */
import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import { flushFolder, hasCode, makeFolder, removeFile } from "../../lib/durable-files.ts";
import { newSecret } from "../../lib/ids.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import { checkPrefix, contentTypeOf } from "./keys.ts";
import type { AudioObjects, OpenedObject } from "./objects.ts";
import { type ByteRange, clampRange } from "./range.ts";

/** Age after its last change at which a temporary file belongs to an ended process, ms. */
const abandonedAfterMs = 15 * 60_000;

/**
 * Opens a folder of audio objects, made if it is not there, readable by this user alone. Files lie in subfolders named
 * by the first two characters of their keys.
 */
export async function openDiskObjects(folder: string, clock: Clock): Promise<AudioObjects> {
  const temporary = join(folder, "tmp");
  await makeFolder(temporary, 0o700);
  const objects = new DiskObjects(folder, temporary, clock);
  await objects.sweep();
  return objects;
}

class DiskObjects implements AudioObjects {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #clock: Clock;

  constructor(folder: string, temporary: string, clock: Clock) {
    this.#folder = folder;
    this.#temporary = temporary;
    this.#clock = clock;
  }

  async put(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<{ bytes: number }> {
    const path = this.#pathOf(key);
    signal?.throwIfAborted();
    const draft = join(this.#temporary, `${newSecret()}.tmp`);
    try {
      const bytes = await writeDurably(draft, body, signal);
      signal?.throwIfAborted();
      await moveDurably(draft, path);
      return { bytes };
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async open(key: string, range?: ByteRange): Promise<OpenedObject | undefined> {
    const contentType = contentTypeOf(key);
    const file = await orUndefined(open(this.#pathOf(key)));
    if (!file) return undefined;
    try {
      const bytes = (await file.stat()).size;
      const part = range && clampRange(range, bytes);
      const body = createReadStream("", { fd: file, ...part });
      return { bytes, contentType, body, range: part };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async stat(key: string) {
    const contentType = contentTypeOf(key);
    const found = await orUndefined(stat(this.#pathOf(key)));
    return found && { bytes: found.size, contentType };
  }

  async remove(key: string): Promise<void> {
    const path = this.#pathOf(key);
    // Durably: once its row is gone, nobody knows of a file that came back.
    await removeFile(path);
    // The folder of a recording's parts goes with the last of them; the first two characters' folder stays.
    if (key.includes("/")) await rmdir(dirname(path)).catch(() => {});
  }

  async *list(prefix: string): AsyncIterable<string> {
    checkPrefix(prefix);
    const shard = join(this.#folder, prefix.slice(0, 2));
    const entries = (await orUndefined(readdir(shard, { recursive: true, withFileTypes: true }))) ?? [];
    const keys = entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(shard.length + 1)
          .replaceAll("\\", "/"),
      );
    yield* keys.filter((key) => key.startsWith(prefix)).sort();
  }

  async sweep(): Promise<void> {
    const before = this.#clock.wallTime() - abandonedAfterMs;
    for (const name of await readdir(this.#temporary)) {
      const path = join(this.#temporary, name);
      const found = await orUndefined(stat(path));
      if (found && found.mtimeMs <= before) await rm(path, { force: true });
    }
  }

  close(): void {}

  /** @throws RangeError when it is no key */
  #pathOf(key: string): string {
    contentTypeOf(key);
    return join(this.#folder, key.slice(0, 2), key);
  }
}

async function writeDurably(
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  const file = await open(path, "wx", 0o600);
  try {
    const bytes = await writeAll(file, body, signal);
    await file.sync();
    return bytes;
  } finally {
    await file.close();
  }
}

async function writeAll(
  file: FileHandle,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (body instanceof Uint8Array) {
    await file.writeFile(body);
    return body.byteLength;
  }
  let bytes = 0;
  for await (const chunk of signal ? untilAborted(body, signal) : body) {
    await file.writeFile(chunk);
    bytes += chunk.byteLength;
  }
  return bytes;
}

/** Renames a file and flushes the folder, without which a power cut may undo it. */
async function moveDurably(from: string, to: string): Promise<void> {
  const folder = dirname(to);
  const move = async () => {
    await makeFolder(folder, 0o700);
    await rename(from, to);
  };
  // A part's folder may be removed as empty between the two steps; made again, it holds this file.
  await move().catch((error: unknown) => (hasCode(error, "ENOENT") ? move() : Promise.reject(error)));
  await flushFolder(folder);
}

async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
