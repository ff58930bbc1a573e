/** A form's file on its way to the disk, under a limit that counts while it comes in. */

import { createWriteStream } from "node:fs";
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import multipart, { type MultipartFile } from "@fastify/multipart";
import type { FastifyRequest } from "fastify";
import type { App } from "../../http/typed-app.ts";
import { HttpError } from "../../net/http-error.ts";
import type { RestLimits } from "../services.ts";

/** Beginning of the name of an upload's folder. */
const folderPrefix = "kuku-upload-";
const fileName = "audio";
/** Age after its last change at which an upload's file belongs to an ended process, ms: receiving and reading end sooner. */
const abandonedAfterMs = 15 * 60_000;

/** Allowance for the parts of a form beside its file, bytes. */
const aroundBytes = 64 * 1024;

/** Lets routes take forms: one file and a few small fields; a form with more is refused while it is read. */
export async function acceptUploads(
  app: App,
  { maxUploadBytes }: Pick<RestLimits, "maxUploadBytes">,
): Promise<void> {
  const limits = { files: 1, fields: 8, parts: 8, fieldSize: 4096, fieldNameSize: 100, headerPairs: 20 };
  await app.register(multipart, {
    throwFileSizeLimit: false,
    limits: { ...limits, fileSize: maxUploadBytes },
  });
}

export interface Received {
  readonly path: string;
  /** Removes the file and its folder. */
  remove(): Promise<void>;
}

/**
 * Writes the file in `field` to a folder of its own.
 * @throws HttpError 413 as soon as more than `maxBytes` are announced or have come; 400 where there is no such file
 */
export async function receiveUpload(
  request: FastifyRequest,
  { field, maxBytes }: { readonly field: string; readonly maxBytes: number },
): Promise<Received> {
  const most = maxBytes + aroundBytes;
  if (Number(request.headers["content-length"] ?? 0) > most) throw tooLarge();
  const folder = await mkdtemp(join(tmpdir(), folderPrefix));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, fileName);
    if (!(await writeFile(request, { field, most, path }))) throw missing(field);
    return { path, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Removes the uploads that killed processes left. @param now wall-clock ms */
export async function sweepUploads(now: number): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue;
    const folder = join(tmpdir(), name);
    // A file that is written changes its own time, not its folder's.
    const changes = await Promise.all(
      [folder, join(folder, fileName)].map((path) => stat(path).catch(() => undefined)),
    );
    const last = Math.max(...changes.map((found) => found?.mtimeMs ?? 0));
    // Of other users of the machine there may be some, too.
    if (last <= now - abandonedAfterMs) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

function tooLarge(): HttpError {
  return new HttpError(413, "AUDIO_TOO_LARGE", "The recording is too large.");
}

function missing(field: string): HttpError {
  return new HttpError(400, "AUDIO_MISSING", `The form has no file in its field \`${field}\`.`);
}

/** Reads the whole form. False: the file is not in it. */
async function writeFile(
  request: FastifyRequest,
  { field, most, path }: { field: string; most: number; path: string },
): Promise<boolean> {
  const { raw } = request;
  const full = Promise.withResolvers<never>();
  let bytes = 0;
  let writing: Promise<void> | undefined;
  let file: MultipartFile["file"] | undefined;
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) full.reject(tooLarge());
  };
  const read = async () => {
    for await (const part of request.parts()) {
      if (part.type !== "file") continue;
      if (part.fieldname !== field) throw missing(field);
      file = part.file;
      file.once("limit", () => full.reject(tooLarge()));
      writing = pipeline(file, createWriteStream(path, { flags: "wx", mode: 0o600 }));
      await writing;
    }
    return file !== undefined;
  };
  raw.on("data", count);
  try {
    return await Promise.race([full.promise, read()]);
  } catch (error) {
    // As long as somebody listens, taking the parser away makes it flow on.
    raw.off("data", count);
    raw.unpipe();
    raw.pause();
    file?.destroy();
    await writing?.catch(() => {});
    throw toHttpError(error);
  } finally {
    raw.off("data", count);
  }
}

/** The parser's own complaints are about the form; the disk's are not. */
function toHttpError(error: unknown): unknown {
  if (error instanceof HttpError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined || (code !== undefined && !/^(FST_|ERR_STREAM)/.test(code))) return error;
  return new HttpError(400, "INVALID_FORM", "The form cannot be read.", { cause: error });
}
