/** The checksums of a model's files: recorded when the model is first seen, compared at every start. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { replaceFile } from "../../../lib/durable-files.ts";

/** File in a model's folder that holds its checksums. */
const recordFile = "kuku-model.json";

/** A model whose files are not what they were. The message names the file. */
export class ModelDamaged extends Error {
  override readonly name = "ModelDamaged";
}

/** SHA-256 of each file, by its path in the folder. */
type Checksums = Readonly<Record<string, string>>;

/**
 * Compares a model's files with their checksums; where none are recorded, records them.
 * @throws ModelDamaged naming the first file that was changed or is gone
 */
export async function verifyModel(folder: string): Promise<void> {
  const known = await readRecord(folder);
  if (known === undefined) return recordModel(folder);
  for (const [file, checksum] of Object.entries(known)) {
    const now = await checksumOf(join(folder, file)).catch((error: NodeJS.ErrnoException) => error.code);
    if (now === "ENOENT") throw new ModelDamaged(`${file} is gone`);
    if (now !== checksum)
      throw new ModelDamaged(`${file} is not what it was: its checksum differs from the one recorded`);
  }
}

/** Records the checksums of a model's files as they are. A folder that cannot be written to keeps none. */
export async function recordModel(folder: string): Promise<void> {
  const checksums: Record<string, string> = {};
  for (const file of await filesIn(folder)) checksums[file] = await checksumOf(join(folder, file));
  const record = `${JSON.stringify({ sha256: checksums }, null, 2)}\n`;
  await replaceFile(join(folder, recordFile), record, 0o644).catch((error: NodeJS.ErrnoException) => {
    if (!["EACCES", "EROFS", "EPERM"].includes(error.code ?? "")) throw error;
  });
}

/** SHA-256 of a file, hexadecimal. */
export async function checksumOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1_048_576 }), hash);
  return hash.digest("hex");
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== recordFile)
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
}

async function readRecord(folder: string): Promise<Checksums | undefined> {
  const text = await readFile(join(folder, recordFile), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { sha256 } = JSON.parse(text) as { readonly sha256: Checksums };
    if (Object.values(sha256).every((each) => typeof each === "string")) return sha256;
  } catch {}
  throw new ModelDamaged(`${recordFile} cannot be read; remove it to have the files recorded as they are`);
}
