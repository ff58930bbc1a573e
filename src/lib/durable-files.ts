/** Files and folders that survive a power cut: written, flushed, and named only once they are whole. */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { newSecret } from "./ids.ts";

/** Files flushed at once by `flushTree`. */
const flushedAtOnce = 16;

/**
 * Makes a folder and those above it that are missing, and flushes their names. Unlike Node's `mkdir` with `recursive`, it
 * ends on file systems that refuse new folders with ENOENT (`/proc`), where Node's never returns.
 * @throws the file system's error; ENOTDIR where a file stands in the way
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  const missing: string[] = [];
  let at = resolve(path);
  while (!(await isFolder(at))) {
    missing.unshift(at);
    if (dirname(at) === at) break;
    at = dirname(at);
  }
  for (const folder of missing) {
    try {
      await mkdir(folder, { mode });
    } catch (error) {
      // Another process may have made it meanwhile.
      if (!hasCode(error, "EEXIST") || !(await isFolder(folder))) throw error;
    }
    await flushFolder(dirname(folder));
  }
}

/** @throws ENOTDIR where the path, or one above it, is a file */
async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
  throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${path}'`), {
    code: "ENOTDIR",
    syscall: "mkdir",
  });
}

/**
 * Writes a file, replacing one of the same name: after a power cut either is there whole, and never a part.
 * @throws the file system's error; then nothing is left behind
 */
export async function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await writeDraft(path, content, mode, (draft) => rename(draft, path));
}

/** Writes a file in the same way, unless there is one of that name, which then stays. */
export async function createFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await writeDraft(path, content, mode, async (draft) => {
    // Of two processes that do this at once, the first to link its file wins.
    await link(draft, path).catch((error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
    });
    await rm(draft);
  });
}

async function writeDraft(
  path: string,
  content: string | Uint8Array,
  mode: number,
  place: (draft: string) => Promise<void>,
): Promise<void> {
  await makeFolder(dirname(path));
  const draft = `${path}.${newSecret()}.tmp`;
  try {
    const file = await open(draft, "wx", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(draft);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await flushFolder(dirname(path));
}

/** Deletes a file, if there is one, so that a power cut does not bring it back. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await flushFolder(dirname(path));
}

/** Flushes the names within a folder. Does nothing where there is no such folder, and on Windows, which keeps a journal of names. */
export async function flushFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path).catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
  });
  if (!folder) return;
  try {
    await folder.sync();
  } catch (error) {
    // Some file systems cannot flush a folder, and need not.
    if (!hasCode(error, "EINVAL")) throw error;
  } finally {
    await folder.close();
  }
}

/** The same for callers that cannot wait for a promise. */
export function flushFolderSync(path: string): void {
  if (process.platform === "win32") return;
  let folder: number | undefined;
  try {
    folder = openSync(path, "r");
    fsyncSync(folder);
  } catch (error) {
    if (!hasCode(error, folder === undefined ? "ENOENT" : "EINVAL")) throw error;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

/** Flushes every file and folder below `folder`, and the folder itself. */
export async function flushTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const pathOf = (entry: (typeof entries)[number]) => join(entry.parentPath, entry.name);
  const files = entries.filter((entry) => entry.isFile()).map(pathOf);
  const flushNext = async () => {
    for (let path = files.pop(); path !== undefined; path = files.pop()) await flushFile(path);
  };
  await Promise.all(Array.from({ length: flushedAtOnce }, flushNext));
  for (const entry of entries) if (entry.isDirectory()) await flushFolder(pathOf(entry));
  await flushFolder(folder);
}

async function flushFile(path: string): Promise<void> {
  const file = await open(path, "r+"); // Windows flushes nothing that is open for reading alone
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reasons of the file system's errors, by their codes. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "no room is left on the disk",
  EDQUOT: "this user's share of the disk is used up",
  EACCES: "this user has no right to it",
  EPERM: "this user has no right to it",
  EROFS: "the file system is read-only",
  ENOTDIR: "a file stands where a folder must be",
  EEXIST: "a file stands where a folder must be",
  ENOENT: "there is no such folder, and none can be made",
  EIO: "the disk failed",
};

/** Describes an error of the file system in words, with its code. */
export function describeFileError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return message;
  const reason = reasons[code];
  return reason === undefined ? code : `${reason} (${code})`;
}

/** Whether an error of the file system has this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
