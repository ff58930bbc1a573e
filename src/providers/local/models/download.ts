/** Fetches a file over HTTP; what was fetched before a download broke off is not fetched again. */
import { createWriteStream } from "node:fs";
import { readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A download that did not come to its end. The message is a sentence for people. */
export class DownloadFailed extends Error {
  override readonly name = "DownloadFailed";
}

export interface DownloadOptions {
  readonly address: string;
  /** Path of the file once it is whole; the unfinished part lies beside it. */
  readonly path: string;
  /** Room that is needed for each byte of the file, with what is made of it later. */
  readonly roomFactor: number;
  /** Told of the bytes so far, and of all where they are known. */
  readonly onProgress: (received: number, total: number | undefined) => void;
  /** Free bytes at a folder. @default the file system's */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** An attempt that gets less far than this is not followed by another, bytes. */
const leastProgress = 16_384;

/** A part of a file, and what the server calls the version that it is of. */
interface Part {
  readonly bytes: number;
  readonly version: string | undefined;
}

/**
 * Fetches the file, and goes on for as long as each attempt gets further.
 * @throws DownloadFailed; what was fetched stays, so that the next call goes on from there
 */
export async function download(options: DownloadOptions): Promise<void> {
  for (let before = Number.NEGATIVE_INFINITY; ; ) {
    const part = await readPart(options.path);
    if (part.bytes < before + leastProgress) throw new DownloadFailed(brokenOff(part.bytes));
    before = part.bytes;
    if (await attempt(options, part)) break;
  }
  await rename(partOf(options.path), options.path);
  await rm(versionOf(options.path), { force: true });
}

/** Removes what there is of a file. */
export async function forgetDownload(path: string): Promise<void> {
  for (const each of [path, partOf(path), versionOf(path)]) await rm(each, { force: true });
}

const partOf = (path: string) => `${path}.part`;
const versionOf = (path: string) => `${path}.version`;
const megabytes = (bytes: number) => `${Math.ceil(bytes / 1_000_000)} MB`;
const brokenOff = (bytes: number) =>
  `the download broke off after ${megabytes(bytes)}; the same command goes on from there`;

async function readPart(path: string): Promise<Part> {
  const bytes = await stat(partOf(path)).then(
    ({ size }) => size,
    () => 0,
  );
  const version = await readFile(versionOf(path), "utf8").catch(() => undefined);
  // A part of unknown version may not fit the rest.
  return version === undefined ? { bytes: 0, version } : { bytes, version };
}

/** Fetches what is missing. @returns whether the file is whole now */
async function attempt(options: DownloadOptions, { bytes, version }: Part): Promise<boolean> {
  const { address, path } = options;
  const headers: Record<string, string> =
    bytes > 0 && version !== undefined ? { range: `bytes=${bytes}-`, "if-range": version } : {};
  const response = await fetch(address, { headers }).catch((error: unknown) => {
    throw new DownloadFailed(`${new URL(address).host} cannot be reached: ${reasonOf(error)}`);
  });
  if (response.status === 416) {
    await response.body?.cancel();
    await forgetDownload(path);
    return attempt(options, { bytes: 0, version: undefined });
  }
  if (!response.ok || !response.body) {
    await response.body?.cancel();
    const what = response.status === 404 ? "has no such file (404)" : `answered ${response.status}`;
    throw new DownloadFailed(`${new URL(address).host} ${what}: ${address}`);
  }
  // A server that does not send parts sends all of it, from the start.
  const from = response.status === 206 ? bytes : 0;
  const length = Number(response.headers.get("content-length") ?? Number.NaN);
  const total = Number.isNaN(length) ? undefined : from + length;
  if (total !== undefined) await checkRoom(options, total, from);
  const now = response.headers.get("etag") ?? response.headers.get("last-modified");
  if (now === null || now.startsWith("W/")) await rm(versionOf(path), { force: true });
  else await writeFile(versionOf(path), now);
  return writePart(options, response.body, from, total);
}

async function writePart(
  { path, onProgress }: DownloadOptions,
  body: NonNullable<Response["body"]>,
  from: number,
  total: number | undefined,
): Promise<boolean> {
  let received = from;
  const counter = new Transform({
    transform(chunk: Buffer, _, done) {
      received += chunk.length;
      onProgress(received, total);
      done(null, chunk);
    },
  });
  try {
    const file = createWriteStream(partOf(path), { flags: from > 0 ? "a" : "w" });
    await pipeline(Readable.fromWeb(body as never), counter, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC")
      throw new DownloadFailed(`the disk of ${dirname(path)} is full after ${megabytes(received)}`);
    if ((error as NodeJS.ErrnoException).syscall !== undefined && !isOfNetwork(error))
      throw new DownloadFailed(`${dirname(path)} cannot be written to: ${reasonOf(error)}`);
    return false;
  }
  return total === undefined || received >= total;
}

/** @throws DownloadFailed where the file and what is made of it do not fit */
async function checkRoom(
  { path, roomFactor, freeBytes = freeAt }: DownloadOptions,
  total: number,
  from: number,
): Promise<void> {
  const needed = total * roomFactor - from;
  const free = await freeBytes(dirname(path));
  if (free < needed)
    throw new DownloadFailed(
      `the disk of ${dirname(path)} has too little room: ${megabytes(needed)} are needed, ${megabytes(free)} are free`,
    );
}

async function freeAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const isOfNetwork = (error: unknown) =>
  ["read", "connect"].includes((error as { syscall?: string }).syscall ?? "");

/** Causes that people meet, in words; others are told by their code. */
const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name is not found; is this machine online?",
  EAI_AGAIN: "its name is not found; is this machine online?",
  ENETUNREACH: "there is no way to it; is this machine online?",
  ECONNREFUSED: "nothing answers there",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  UND_ERR_HEADERS_TIMEOUT: "it does not answer",
};

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const { code, message } = (cause ?? error) as { code?: string; message?: string };
  return (code && reasons[code]) ?? code ?? message ?? String(error);
}
