/**
 * What a disk holds after a power cut, from a recording of what was done to its files. What was flushed is there. Of what
 * was not, any part may be: pieces of each write, and of each folder's changes of names those up to some point.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RecordedOperation } from "./operations.ts";

/** A number from 0 to 1, the next of a sequence. */
export type Random = () => number;

/** Unit that a disk writes whole, bytes. */
const sector = 512;

type Content = Buffer<ArrayBuffer>;

/** A file: its flushed content, and the changes since. */
class StoredFile {
  #content: Content = Buffer.alloc(0);
  #changes: RecordedOperation[] = [];

  change(operation: RecordedOperation): void {
    this.#changes.push(operation);
  }

  flush(): void {
    for (const change of this.#changes) this.#content = applied(this.#content, change);
    this.#changes = [];
  }

  /** Its content with a random part of the changes that were not flushed. */
  afterCut(random: Random): Uint8Array {
    const share = pick([0, 0.5, 0.95, 1], random);
    let content: Content = Buffer.concat([this.#content]);
    for (const change of this.#changes) {
      if (change.op !== "write") {
        if (random() < share) content = applied(content, change);
        continue;
      }
      for (let from = 0; from < change.data.byteLength; ) {
        const to = Math.min(change.data.byteLength, from + sector * (1 + Math.floor(random() * 16)));
        const piece = { ...change, position: change.position + from, data: change.data.subarray(from, to) };
        if (random() < share) content = applied(content, piece);
        from = to;
      }
    }
    return content;
  }
}

function applied(content: Content, change: RecordedOperation): Content {
  if (change.op === "truncate") return resized(content, change.size);
  if (change.op !== "write") return content;
  const end = change.position + change.data.byteLength;
  const grown = end > content.byteLength ? resized(content, end) : content;
  grown.set(change.data, change.position);
  return grown;
}

/** Returns the content cut or filled up with zeros, in the same memory where that has room. */
function resized(content: Content, size: number): Content {
  if (size <= content.byteLength) return content.subarray(0, size);
  const { buffer, byteOffset, byteLength } = content;
  const room = buffer.byteLength - byteOffset;
  const grown =
    room >= size ? Buffer.from(buffer, byteOffset, size) : Buffer.alloc(Math.max(size, 2 * byteLength));
  if (room >= size) grown.fill(0, byteLength);
  else grown.set(content);
  return grown.subarray(0, size);
}

type Entry = StoredFile | Folder;

/** A folder: its flushed names, those of now, and the changes between them. */
class Folder {
  #flushed = new Map<string, Entry>();
  readonly now = new Map<string, Entry>();
  #changes: ((names: Map<string, Entry>) => void)[] = [];

  change(apply: (names: Map<string, Entry>) => void): void {
    apply(this.now);
    this.#changes.push(apply);
  }

  flush(): void {
    this.#flushed = new Map(this.now);
    this.#changes = [];
  }

  afterCut(random: Random): Map<string, Entry> {
    const names = new Map(this.#flushed);
    const kept = Math.floor(random() * (this.#changes.length + 1));
    for (const apply of this.#changes.slice(0, kept)) apply(names);
    return names;
  }
}

/** A disk that is brought forward operation by operation. */
export class ReplayedDisk {
  readonly #root = new Folder();
  readonly #byId = new Map<string, StoredFile>();

  constructor() {
    // The recorded folder itself was there before.
    this.#root.flush();
  }

  apply(operation: RecordedOperation): void {
    switch (operation.op) {
      case "open":
        return this.#open(operation);
      case "write":
      case "truncate":
        return this.#byId.get(operation.id)?.change(operation);
      case "flush":
        return this.#flush(operation);
      case "mkdir":
        return this.#place(operation.path, new Folder());
      case "remove":
        return this.#remove(operation.path);
      case "link":
      case "rename": {
        const entry = this.#find(operation.from);
        if (!entry) return;
        this.#place(operation.path, entry, operation.op === "rename" ? operation.from : undefined);
      }
    }
  }

  /** Writes what is left after a cut now into an empty folder. */
  writeAfterCut(target: string, random: Random): void {
    const write = (folder: Folder, path: string) => {
      mkdirSync(path, { recursive: true, mode: 0o700 });
      for (const [name, entry] of folder.afterCut(random))
        if (entry instanceof Folder) write(entry, join(path, name));
        else writeFileSync(join(path, name), entry.afterCut(random), { mode: 0o600 });
    };
    write(this.#root, target);
  }

  #open({ path, id, folder, empty }: Extract<RecordedOperation, { op: "open" }>): void {
    if (folder) return;
    let file = this.#find(path);
    if (!(file instanceof StoredFile)) {
      file = new StoredFile();
      this.#place(path, file);
    } else if (empty) file.change({ op: "truncate", id, size: 0, at: 0, data: new Uint8Array() });
    this.#byId.set(id, file as StoredFile);
  }

  #flush({ id, path }: Extract<RecordedOperation, { op: "flush" }>): void {
    const found = this.#find(path);
    if (found instanceof Folder) found.flush();
    else this.#byId.get(id)?.flush();
  }

  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root;
    for (const name of parts(path)) entry = entry instanceof Folder ? entry.now.get(name) : undefined;
    return entry;
  }

  /** Names an entry; `from`: and takes its former name away, in the same step where both are in one folder. */
  #place(path: string, entry: Entry, from?: string): void {
    const [folder, name] = this.#placeOf(path);
    const [former, formerName] = from === undefined ? [] : this.#placeOf(from);
    folder?.change((names) => {
      if (former === folder && formerName !== undefined) names.delete(formerName);
      names.set(name, entry);
    });
    if (from !== undefined && former !== folder) this.#remove(from);
  }

  #remove(path: string): void {
    const [folder, name] = this.#placeOf(path);
    if (folder?.now.has(name)) folder.change((names) => names.delete(name));
  }

  #placeOf(path: string): [Folder | undefined, string] {
    const names = parts(path);
    const name = names.pop() ?? "";
    const folder = this.#find(names.join("/"));
    return [folder instanceof Folder ? folder : undefined, name];
  }
}

function parts(path: string): string[] {
  return path.split("/").filter(Boolean);
}

function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)] as T;
}
