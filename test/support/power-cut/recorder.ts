/**
 * Records, when loaded before a server (`--import`), what each of its threads does to the files below `POWER_CUT_ROOT`:
 * writes, flushes and names, with the time of each, in the file `POWER_CUT_LOG`. See replay.ts.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { resolve, sep } from "node:path";
import type { FileOperation } from "./operations.ts";

const root = resolve(process.env.POWER_CUT_ROOT ?? "/nonexistent");
const original = { ...fs };
const log = original.openSync(process.env.POWER_CUT_LOG ?? "/dev/null", "a");

function record(operation: FileOperation, payload?: Uint8Array): void {
  const at = Number(process.hrtime.bigint()) / 1e6;
  const head = Buffer.from(JSON.stringify({ ...operation, at, bytes: payload?.byteLength ?? 0 }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.byteLength);
  // One write, so that records of several threads do not mix.
  original.writevSync(log, payload ? [length, head, payload] : [length, head]);
}

/** Returns the path within the root, or undefined for any other file. Sockets and locks are not data. */
function within(path: unknown): string | undefined {
  const full = resolve(String(path));
  if (full !== root && !full.startsWith(root + sep)) return undefined;
  const inner = full.slice(root.length + 1).replaceAll(sep, "/");
  return /(^|\/)(socket(\/|$)|database\.lock)/.test(inner) ? undefined : inner;
}

interface OpenFile {
  readonly id: string;
  readonly path: string;
  /** Where the next write goes that names no place. */
  position: number;
}

function opened(path: string, fd: number): OpenFile {
  const facts = original.fstatSync(fd);
  const id = `${facts.ino}`;
  record({ op: "open", path, id, folder: facts.isDirectory(), empty: facts.size === 0 });
  return { id, path, position: 0 };
}

/** Files of this thread, by descriptor. */
const files = new Map<number, OpenFile>();
const view = (data: unknown): Uint8Array => {
  if (typeof data === "string") return Buffer.from(data);
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
};

// biome-ignore lint/suspicious/noExplicitAny: every function of node:fs has its own parameters
type Any = any;
const patch = fs as unknown as Record<string, Any>;

patch.openSync = (path: Any, ...rest: Any[]) => {
  const fd = (original.openSync as Any)(path, ...rest);
  const inner = within(path);
  if (inner !== undefined) files.set(fd, opened(inner, fd));
  return fd;
};
patch.closeSync = (fd: number) => {
  files.delete(fd);
  original.closeSync(fd);
};
patch.writeSync = (fd: number, data: Any, offset = 0, length?: number, position?: number | null) => {
  const written = (original.writeSync as Any)(fd, data, offset, length, position);
  const file = files.get(fd);
  if (file) {
    const at = position ?? file.position;
    record({ op: "write", id: file.id, position: at }, view(data).subarray(offset, offset + written));
    if (position === null || position === undefined) file.position += written;
  }
  return written;
};
patch.ftruncateSync = (fd: number, size = 0) => {
  original.ftruncateSync(fd, size);
  const file = files.get(fd);
  if (file) record({ op: "truncate", id: file.id, size });
};
for (const name of ["fsyncSync", "fdatasyncSync"] as const)
  patch[name] = (fd: number) => {
    original[name](fd);
    const file = files.get(fd);
    if (file) record({ op: "flush", id: file.id, path: file.path });
  };
patch.truncateSync = (path: Any, size = 0) => {
  const fd = patch.openSync(path, "r+");
  patch.ftruncateSync(fd, size);
  patch.closeSync(fd);
};
patch.writeFileSync = (path: Any, data: Any, options: Any) => {
  if (typeof path === "number" || within(path) === undefined)
    return original.writeFileSync(path, data, options);
  const fd = patch.openSync(path, options?.flag ?? "w", options?.mode);
  const content = view(data);
  if (content.byteLength > 0) patch.writeSync(fd, content, 0, content.byteLength, 0);
  patch.closeSync(fd);
};

/** Names: recorded once they are done. */
const names: Record<string, (first: Any, second: Any) => FileOperation | undefined> = {
  mkdir: (path) => at(path, (inner) => ({ op: "mkdir", path: inner })),
  rename: (from, to) => at(to, (inner) => ({ op: "rename", from: within(from) ?? "", path: inner })),
  link: (from, to) => at(to, (inner) => ({ op: "link", from: within(from) ?? "", path: inner })),
  unlink: (path) => at(path, (inner) => ({ op: "remove", path: inner })),
  rmdir: (path) => at(path, (inner) => ({ op: "remove", path: inner })),
  rm: (path) => at(path, (inner) => ({ op: "remove", path: inner })),
};
function at(path: Any, make: (inner: string) => FileOperation): FileOperation | undefined {
  const inner = within(path);
  return inner === undefined ? undefined : make(inner);
}
for (const [name, describe] of Object.entries(names)) {
  const sync = (original as unknown as Record<string, Any>)[`${name}Sync`];
  patch[`${name}Sync`] = (...parameters: Any[]) => {
    const result = sync(...parameters);
    const operation = describe(parameters[0], parameters[1]);
    if (operation) record(operation);
    return result;
  };
  const promised = (original.promises as unknown as Record<string, Any>)[name];
  (fs.promises as unknown as Record<string, Any>)[name] = async (...parameters: Any[]) => {
    const result = await promised(...parameters);
    const operation = describe(parameters[0], parameters[1]);
    if (operation) record(operation);
    return result;
  };
}

const openPromised = original.promises.open;
const writeFilePromised = original.promises.writeFile;
const promises = fs.promises as unknown as Record<string, Any>;
promises.open = async (path: Any, ...rest: Any[]) => {
  const handle = await (openPromised as Any)(path, ...rest);
  const inner = within(path);
  if (inner !== undefined) follow(handle, opened(inner, handle.fd));
  return handle;
};
promises.writeFile = async (path: Any, data: Any, options: Any) => {
  if (typeof path === "object" || within(path) === undefined) return writeFilePromised(path, data, options);
  const handle = await promises.open(path, options?.flag ?? "w", options?.mode);
  try {
    await handle.writeFile(data);
    if (options?.flush) await handle.sync();
  } finally {
    await handle.close();
  }
};
function follow(handle: Record<string, Any>, file: OpenFile): void {
  const { writeFile, sync, datasync } = handle;
  handle.writeFile = async (data: Any) => {
    await writeFile.call(handle, data);
    const content = view(data);
    record({ op: "write", id: file.id, position: file.position }, content);
    file.position += content.byteLength;
  };
  for (const [name, flush] of [
    ["sync", sync],
    ["datasync", datasync],
  ])
    handle[name] = async () => {
      await flush.call(handle);
      record({ op: "flush", id: file.id, path: file.path });
    };
}
syncBuiltinESMExports();
