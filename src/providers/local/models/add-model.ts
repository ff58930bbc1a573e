/** Fetches a known model into the folder of models, and records its checksums. */
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar";
import bunzip2 from "unbzip2-stream";
import { DownloadFailed, download, forgetDownload } from "./download.ts";
import type { KnownModel } from "./known-models.ts";
import { checksumOf, recordModel } from "./model-record.ts";
import { readShape, UnknownShape } from "./model-shape.ts";

export interface AddOptions {
  readonly modelsDir: string;
  readonly onProgress: (received: number, total: number | undefined) => void;
  /** Told once all is fetched. */
  readonly onUnpacking: () => void;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** The archive is there beside what it is unpacked to; models compress little. */
const roomFactor = 3;

/** Adds a model. @throws DownloadFailed with a sentence that says why it could not be */
export async function addModel(model: KnownModel, options: AddOptions): Promise<void> {
  const { modelsDir } = options;
  const archive = join(modelsDir, `.${model.name}.tar.bz2`);
  const unpacked = join(modelsDir, `.${model.name}`);
  await mkdir(modelsDir, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new DownloadFailed(`${modelsDir} cannot be made: ${error.code}`);
  });
  await download({ ...options, address: model.address, path: archive, roomFactor });
  try {
    await checkArchive(model, archive);
    options.onUnpacking();
    await unpack(archive, unpacked);
    await keepUsed(unpacked);
    await recordModel(unpacked);
    await rename(unpacked, join(modelsDir, model.name));
  } finally {
    await rm(unpacked, { recursive: true, force: true });
    await forgetDownload(archive);
  }
}

async function checkArchive({ sha256 }: KnownModel, archive: string): Promise<void> {
  if (sha256 === undefined) return;
  const found = await checksumOf(archive);
  if (found !== sha256)
    throw new DownloadFailed(
      `what was fetched is not what is known: its checksum is ${found}, not ${sha256}`,
    );
}

/** Unpacks the files of the archive's one folder, but for its sample recordings. Links and paths out of it are left out. */
async function unpack(archive: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const wanted = (path: string, entry: object) => {
    const { type } = entry as { type?: string };
    return !/(^|\/)test_wavs(\/|$)/.test(path) && (type === "File" || type === "Directory");
  };
  try {
    const unpacking = extract({ cwd: folder, strip: 1, filter: wanted });
    // The makers' archives are .tar.bz2; gzip is seen by tar itself.
    if (await isBzip2(archive)) await pipeline(createReadStream(archive), bunzip2(), unpacking);
    else await pipeline(createReadStream(archive), unpacking);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC")
      throw new DownloadFailed(`the disk of ${folder} is full`);
    throw new DownloadFailed(`the archive cannot be read: ${(error as Error).message}`);
  }
}

async function isBzip2(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(3), 0, 3, 0);
    return buffer.toString("latin1") === "BZh";
  } finally {
    await file.close();
  }
}

/** Removes the models of an archive that are not used: it often has each in several forms. */
async function keepUsed(folder: string): Promise<void> {
  let used: readonly string[];
  try {
    used = (await readShape(folder)).files;
  } catch (error) {
    if (!(error instanceof UnknownShape)) throw error;
    throw new DownloadFailed(`the model cannot be used: ${error.message}`);
  }
  for (const name of await readdir(folder))
    if (name.endsWith(".onnx") && !used.includes(name)) await rm(join(folder, name));
}
