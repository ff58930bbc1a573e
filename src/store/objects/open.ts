/** Opens the audio objects on disk or in a bucket, as one setting says. */
import type { Clock } from "../../lib/clock.ts";
import { type StoreLog, silentLog } from "../log.ts";
import { openDiskObjects } from "./disk.ts";
import type { AudioObjects } from "./objects.ts";
import type { S3Options } from "./s3.ts";

/**
 * Opens the audio objects at `where`: a folder, or `s3://bucket/prefix`. The S3 client is loaded only for the latter.
 * A bucket is asked whether it may be used; one that does not answer is logged and may come back.
 * @throws RangeError when an s3 address names no bucket; Error with the reason when the bucket refuses, or the file system's
 */
export async function openAudioObjects(
  where: string,
  options: { clock: Clock; log?: StoreLog; s3?: Omit<S3Options, "bucket" | "prefix"> },
): Promise<AudioObjects> {
  if (!where.startsWith("s3://")) return openDiskObjects(where, options.clock);
  const place = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9!_.*'()/-]*))?$/.exec(where);
  if (!place) throw new RangeError("an address of audio objects is s3://bucket/prefix");
  const { openS3Objects } = await import("./s3.ts");
  const prefix = (place[2] ?? "").replace(/^\/+|\/+$/g, "");
  const { clock, log = silentLog, s3 } = options;
  return openS3Objects({ ...s3, bucket: place[1]!, prefix }, { clock, log });
}
