/** Audio objects in a bucket of S3 or a compatible service (MinIO, R2, Garage). */
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
} from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { Clock } from "../../lib/clock.ts";
import { withTimeout } from "../../lib/timeout.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { StoreLog } from "../log.ts";
import { checkPrefix, contentTypeOf } from "./keys.ts";
import type { AudioObjects } from "./objects.ts";
import { clampRange } from "./range.ts";

export interface S3Options {
  readonly bucket: string;
  /** Folder within the bucket, without slashes at its ends; empty for none. */
  readonly prefix: string;
  /** URL of a service other than Amazon's. */
  readonly endpoint?: string;
  /** Default `us-east-1`, which services that have no regions take. */
  readonly region?: string;
  /** Default: the SDK's own sources (environment, profile, the machine's role). */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Whether the bucket is in the path instead of the host name. Default: where an endpoint is given. */
  readonly forcePathStyle?: boolean;
}

/**
 * Opens a bucket, and asks it for an object that is not there.
 * @throws Error with the reason when the bucket refuses; one that cannot be reached is logged, since it may come back
 */
export async function openS3Objects(
  options: S3Options,
  around: { readonly clock: Clock; readonly log: StoreLog },
): Promise<AudioObjects> {
  const { client, objects } = openClient(options);
  try {
    await checkBucket(client, options.bucket, around);
    return objects;
  } catch (error) {
    client.destroy();
    throw error;
  }
}

/** Answers that say that the bucket will not do, whatever is asked. AccessDenied does not: a missing object may be a secret. */
const refusals = new Set([
  "NoSuchBucket",
  "InvalidBucketName",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "AuthorizationHeaderMalformed",
  "PermanentRedirect",
  "CredentialsProviderError",
]);

/** Longest wait for the bucket's answer at the start, ms. */
const checkMs = 3000;

async function checkBucket(
  client: S3Client,
  bucket: string,
  { clock, log }: { readonly clock: Clock; readonly log: StoreLog },
): Promise<void> {
  // HEAD would not tell a missing bucket from a missing object.
  const command = new GetObjectCommand({ Bucket: bucket, Key: "start-check" });
  const late = () => new Error(`no answer within ${checkMs} ms`);
  try {
    await withTimeout({ clock, ms: checkMs, error: late }, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
  } catch (error) {
    const { name, message, $metadata: answer } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (refusals.has(name)) throw new Error(`bucket ${bucket}: ${message} (${name})`, { cause: error });
    if (answer?.httpStatusCode === undefined)
      log.warn({ bucket, error: `${name}: ${message}` }, "audio bucket not reachable yet");
  }
}

function openClient(options: S3Options): { readonly client: S3Client; readonly objects: AudioObjects } {
  const { bucket: Bucket, prefix, endpoint, region = "us-east-1", credentials } = options;
  const client = new S3Client({
    region,
    forcePathStyle: options.forcePathStyle ?? endpoint !== undefined,
    // Newer checksums are refused by several services other than Amazon's.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 5000, socketTimeout: 30_000 },
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
  });
  const folder = prefix === "" ? "" : `${prefix}/`;
  const place = (key: string) => ({ Bucket, Key: folder + key });
  const objects: AudioObjects = {
    async put(key, body, { signal } = {}) {
      const target = { ...place(key), ContentType: contentTypeOf(key) };
      signal?.throwIfAborted();
      if (!(body instanceof Uint8Array)) return { bytes: await upload(client, target, body, signal) };
      const sent = client.send(
        new PutObjectCommand({ ...target, Body: body, ContentLength: body.byteLength }),
        signal && { abortSignal: signal },
      );
      await sent.catch((error: unknown) => {
        signal?.throwIfAborted();
        throw error;
      });
      return { bytes: body.byteLength };
    },
    async open(key, range) {
      const contentType = contentTypeOf(key);
      const Range = range && `bytes=${range.start}-${range.end ?? ""}`;
      const found = await orUndefined(client.send(new GetObjectCommand({ ...place(key), Range })));
      if (!found) return undefined;
      const body = found.Body as Readable;
      const bytes = Number(found.ContentRange?.split("/")[1] ?? found.ContentLength);
      return { body, bytes, contentType, ...(range && { range: clampRange(range, bytes) }) };
    },
    async stat(key) {
      const contentType = contentTypeOf(key);
      const found = await orUndefined(client.send(new HeadObjectCommand(place(key))));
      return found && { bytes: found.ContentLength ?? 0, contentType };
    },
    async remove(key) {
      contentTypeOf(key);
      await client.send(new DeleteObjectCommand(place(key)));
    },
    async *list(start) {
      checkPrefix(start);
      for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: folder + start }))
        for (const { Key } of page.Contents ?? []) if (Key) yield Key.slice(folder.length);
    },
    sweep: async () => {},
    close: () => client.destroy(),
  };
  return { client, objects };
}

/**
 * Sends a stream of unknown length in parts of 5 MiB, one at a time, which is all it keeps in memory. The abort reaches
 * the stream, not the upload: the library then takes back the parts it has sent before it rejects.
 * @throws the source's own error, whether or not the parts could be removed
 */
async function upload(
  client: S3Client,
  target: { Bucket: string; Key: string; ContentType: string },
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<number> {
  let bytes = 0;
  let failure: { error: unknown } | undefined;
  async function* counted() {
    try {
      for await (const chunk of signal ? untilAborted(body, signal) : body) {
        bytes += chunk.byteLength;
        yield chunk;
      }
      signal?.throwIfAborted();
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  const Body = Readable.from(counted(), { objectMode: false });
  try {
    await new Upload({ client, params: { ...target, Body }, queueSize: 1 }).done();
  } catch (error) {
    throw failure ? failure.error : error;
  }
  return bytes;
}

/** Turns a missing object into undefined. @throws RangeError for a range beyond its end */
async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "NoSuchKey" || name === "NotFound") return undefined;
    if (name === "InvalidRange") throw new RangeError("no such bytes", { cause: error });
    throw error;
  }
}
