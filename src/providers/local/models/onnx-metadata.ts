/** Reads the metadata of an ONNX file, which lies beside its graph, without reading the graph. */
import { type FileHandle, open } from "node:fs/promises";

/** Fields of ONNX's ModelProto that are looked at. */
const fields = { graph: 7, metadata: 14 } as const;

/** Longest metadata that is read, bytes; lists of voices and languages are the longest there are. */
const longestEntry = 1_048_576;

/**
 * Returns the metadata of the model in a file: its type and settings, as its makers wrote them.
 * @throws Error saying why the file is no ONNX model
 */
export async function readOnnxMetadata(path: string): Promise<ReadonlyMap<string, string>> {
  const file = await open(path);
  try {
    return await readFields(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function readFields(file: FileHandle, size: number): Promise<ReadonlyMap<string, string>> {
  const metadata = new Map<string, string>();
  let hasGraph = false;
  let at = 0;
  while (at < size) {
    const head = await read(file, at, 20);
    const reader = new Fields(head);
    const { field, wire } = reader.tag();
    if (wire === 0) {
      reader.varint();
      at += reader.at;
      continue;
    }
    if (wire !== 2) throw new Error("it is no ONNX model");
    const length = reader.varint();
    at += reader.at;
    if (at + length > size) throw new Error("it is cut short, or no ONNX model");
    if (field === fields.graph) hasGraph = true;
    if (field === fields.metadata && length <= longestEntry) {
      const [key, value] = new Fields(await read(file, at, length)).texts();
      if (key !== undefined) metadata.set(key, value ?? "");
    }
    at += length;
  }
  if (!hasGraph) throw new Error("it is no ONNX model");
  return metadata;
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Protocol-buffer fields in a piece of bytes. */
class Fields {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  tag(): { readonly field: number; readonly wire: number } {
    const tag = this.varint();
    return { field: Math.floor(tag / 8), wire: tag % 8 };
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 64; factor *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new Error("it is cut short, or no ONNX model");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new Error("it is no ONNX model");
  }

  /** The fields 1 and 2, as texts. */
  texts(): readonly (string | undefined)[] {
    const texts: (string | undefined)[] = [undefined, undefined];
    while (this.at < this.#bytes.length) {
      const { field, wire } = this.tag();
      if (wire !== 2) throw new Error("it is no ONNX model");
      const length = this.varint();
      texts[field - 1] = this.#bytes.toString("utf8", this.at, this.at + length);
      this.at += length;
    }
    return texts;
  }
}
