/** What lasts of the audio: replies and recordings as objects under a key, on disk or in a bucket. */
import type { Readable } from "node:stream";
import type { ByteRange } from "./range.ts";

/** What is known of an object without reading it. */
interface ObjectFacts {
  /** Size of the whole object. */
  readonly bytes: number;
  /** By the ending of its key. */
  readonly contentType: string;
}

export interface OpenedObject extends ObjectFacts {
  /** The bytes asked for. Read it to its end or destroy it: until then it holds a file or a connection. */
  readonly body: Readable;
  /** What was read of it when a range was asked for, its end cut to the object's. */
  readonly range?: Required<ByteRange>;
}

/**
 * Keeps audio as whole objects: one is there with all its bytes, or it is not there. Keys are those of `keys.ts`; every
 * method throws RangeError on another, and whatever the disk or the network failed with.
 */
export interface AudioObjects {
  /**
   * Writes an object, in place of one of that key. When this rejects, nothing new is to be found under the key and no
   * half of it is left behind. An abort rejects with the signal's reason (or is too late, and the object is there).
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
  /** Erases an object. One that is not there is no error. */
  remove(key: string): Promise<void>;
  /** Keys that begin with `prefix` (at least the first two characters of a key), in order. */
  list(prefix: string): AsyncIterable<string>;
  /** Lets go of connections. */
  close(): void;
}
