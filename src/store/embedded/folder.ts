/** Checks of the embedded database's folder before anything is begun in it. */
import { readdir, rm, rmdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { describeFileError, makeFolder, removeFile, replaceFile } from "../../lib/durable-files.ts";
import { newSecret } from "../../lib/ids.ts";
import { StoreError } from "../store.ts";
import { folderInMaking } from "./durable-file-system.ts";

const megabyte = 1024 * 1024;
/** Free room that a new database needs, and that one needs to go on: a segment of its log, bytes. */
const roomOfNew = 80 * megabyte;
const roomToGoOn = 16 * megabyte;
/** Without these a folder is no database, or a part of one. */
const essentials = ["PG_VERSION", "global/pg_control", "base", "pg_wal", "pg_xact"];

/**
 * Makes the data folder where it is missing, and checks that it can be written to.
 * @throws StoreError with the reason
 */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  const probe = join(dataDir, `write-test-${newSecret()}`);
  try {
    await makeFolder(dataDir);
    await replaceFile(probe, "nothing");
    await removeFile(probe);
  } catch (error) {
    throw new StoreError(`nothing can be kept in ${dataDir}: ${describeFileError(error)}`, { cause: error });
  }
}

/** Removes what a first start has left that was interrupted or failed. */
export async function removeUnfinished(folder: string): Promise<void> {
  await rm(folderInMaking(folder), { recursive: true, force: true });
}

/**
 * Says whether a database is to be made. What an interrupted first start has left is removed; nothing else is.
 * @throws StoreError when the folder holds a part of a database, or there is too little room
 */
export async function checkDatabaseFolder(folder: string): Promise<"missing" | "present"> {
  try {
    const state = await stateOf(folder);
    await removeUnfinished(folder);
    await checkRoom(join(folder, ".."), state === "missing" ? roomOfNew : roomToGoOn);
    return state;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError(`${folder} cannot be read: ${describeFileError(error)}`, { cause: error });
  }
}

async function stateOf(folder: string): Promise<"missing" | "present"> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (!names) return "missing";
  if (names.length === 0) {
    await rmdir(folder);
    return "missing";
  }
  for (const essential of essentials)
    if (!(await hasContent(join(folder, essential))))
      throw new StoreError(
        `${folder} is no whole database (${essential} is missing); restore all of it from a backup, or move it away to begin with an empty one`,
      );
  return "present";
}

async function hasContent(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  return found !== undefined && (found.isDirectory() || found.size > 0);
}

async function checkRoom(folder: string, needed: number): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(folder);
  const free = bavail * bsize;
  // A file system that counts nothing has no blocks.
  if (blocks === 0 || free >= needed) return;
  throw new StoreError(
    `no room is left on the disk of ${folder}: ${Math.floor(free / megabyte)} MB are free, and ${needed / megabyte} MB are needed`,
  );
}
