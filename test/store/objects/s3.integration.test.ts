import { mkdtemp, readdir, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { joinRecording, partKey } from "../../../src/pipeline/recording/parts.ts";
import { recordingHeader } from "../../../src/pipeline/recording/wav-file.ts";
import { newAudioKey } from "../../../src/store/objects/keys.ts";
import { openAudioObjects } from "../../../src/store/objects/open.ts";
import { collect } from "../../collect.ts";
import { audioObjectsContract } from "./contract.ts";

/** An S3 server on this machine; the package has no types. */
interface S3Server {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
  readonly httpServer: Server;
}
const S3rver = createRequire(import.meta.url)("s3rver") as new (options: object) => S3Server;

/** What the package leaves out of the protocol: an unfinished upload given up loses its parts. */
function takeBackUploads(server: Server, directory: string): void {
  const [serve] = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", async (request, response) => {
    const upload = new URL(request.url ?? "", "http://s3").searchParams.get("uploadId");
    if (request.method !== "DELETE" || !upload) return serve?.call(server, request, response);
    const folders = await readdir(directory, { recursive: true, withFileTypes: true });
    const folder = folders.find((entry) => entry.name === upload);
    if (folder) await rm(join(folder.parentPath, upload), { recursive: true });
    response.writeHead(folder ? 204 : 404).end();
  });
}

async function startBucket(name: string) {
  const directory = await mkdtemp(join(tmpdir(), "bucket-"));
  const server = new S3rver({
    port: 0,
    address: "127.0.0.1",
    silent: true,
    directory,
    configureBuckets: [{ name, configs: [] }],
  });
  const { port } = await server.run();
  takeBackUploads(server.httpServer, directory);
  const credentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };
  return {
    s3: { endpoint: `http://127.0.0.1:${port}`, credentials },
    async everything() {
      const names = await readdir(directory, { recursive: true, withFileTypes: true });
      return names
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
    },
    async close() {
      server.httpServer.closeAllConnections();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

audioObjectsContract("S3", async () => {
  const bucket = await startBucket("kuku");
  const objects = await openAudioObjects("s3://kuku/voices/of/users", { clock: systemClock, s3: bucket.s3 });
  return { objects, everything: bucket.everything, close: bucket.close };
});

test("a prefix is a folder in the bucket; without one keys stand at its top", async () => {
  const bucket = await startBucket("kuku");
  const [key, other] = [newAudioKey(), newAudioKey()];
  const below = await openAudioObjects("s3://kuku/audio/", { clock: systemClock, s3: bucket.s3 });
  const top = await openAudioObjects("s3://kuku", { clock: systemClock, s3: bucket.s3 });
  await below.put(key, new Uint8Array(1));
  await top.put(other, new Uint8Array(1));
  const names = await bucket.everything();
  expect(names.some((name) => name.includes(`/kuku/audio/${key}`))).toBe(true);
  expect(names.some((name) => name.includes(`/kuku/${other}`))).toBe(true);
  expect(await top.open(key)).toBeUndefined();
  below.close();
  top.close();
  await bucket.close();
});

test("the parts of a recording are joined in a bucket", async () => {
  const bucket = await startBucket("kuku");
  const objects = await openAudioObjects("s3://kuku/audio", { clock: systemClock, s3: bucket.s3 });
  const key = newAudioKey("wav");
  const tenSeconds = 640_000;
  const part = Buffer.concat([
    recordingHeader({ rate: 16_000, coding: "pcm16" }, tenSeconds),
    Buffer.alloc(tenSeconds, 1),
  ]);
  for (let index = 0; index < 9; index++) await objects.put(partKey(key, index), part);
  expect(await joinRecording(objects, key)).toEqual({ bytes: 44 + 9 * tenSeconds, durationMs: 90_000 });
  expect(await collect(objects.list(key.slice(0, 10)))).toEqual([key]);
  const opened = await objects.open(key, { start: 44 });
  const samples = Buffer.concat(await collect<Uint8Array>(opened!.body));
  expect(samples.length).toBe(9 * tenSeconds);
  expect(samples.every((byte) => byte === 1)).toBe(true);
  objects.close();
  await bucket.close();
});

test("a bucket that is not there is a failure, not an object that is not there", async () => {
  const bucket = await startBucket("kuku");
  const objects = await openAudioObjects("s3://elsewhere", { clock: systemClock, s3: bucket.s3 });
  await expect(objects.open(newAudioKey())).rejects.toThrow();
  await expect(objects.put(newAudioKey(), new Uint8Array(1))).rejects.toThrow();
  objects.close();
  await bucket.close();
});

test.each(["s3://", "s3:///prefix", "s3://UPPER/x", "s3://a/x"])("%s names no bucket", async (where) => {
  await expect(openAudioObjects(where, { clock: systemClock })).rejects.toThrow(RangeError);
});
