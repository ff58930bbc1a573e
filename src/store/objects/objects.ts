/** Interface of stored audio: replies, recordings and uploads as objects under a key, on disk or in a bucket. */
import type { Readable } from "node:stream";
import type { ByteRange } from "./range.ts";

/** Metadata of an object. */
interface ObjectFacts {
  /** Size of the whole object. */
  readonly bytes: number;
  /** Content type, by the ending of its key. */
  readonly contentType: string;
}

export interface OpenedObject extends ObjectFacts {
  /** The bytes asked for; must be read to the end or destroyed, since it holds a file or a connection. */
  readonly body: Readable;
  /** The range that is read, cut to the object's end; undefined: all of it. */
  readonly range?: Required<ByteRange>;
}

/**
 * Stores audio as whole objects: each is there with all its bytes or not at all. Keys are those of `keys.ts`; every method
 * throws RangeError for other keys, and the errors of disk or network.
 */
export interface AudioObjects {
  /**
   * Writes an object, replacing one of the same key. When this rejects, the key is unchanged and nothing is left behind. An
   * abort rejects with the signal's reason (or is too late, and the object is there).
   */
  put(
    key: string,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    options?: { signal?: AbortSignal },
  ): Promise<{ bytes: number }>;
  /** Opens an object, whole or a range of it; undefined when there is none. @throws RangeError beyond its end. */
  open(key: string, range?: ByteRange): Promise<OpenedObject | undefined>;
  /** Size and type; undefined when there is none. */
  stat(key: string): Promise<ObjectFacts | undefined>;
  /** Deletes an object, if there is one. */
  remove(key: string): Promise<void>;
  /** Keys that begin with `prefix` (at least the first two characters of a key), in order. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes what killed processes left half written a quarter of an hour ago or earlier; in a bucket its lifecycle rule does. */
  sweep(): Promise<void>;
  /** Closes connections. */
  close(): void;
}
