import { expect, test } from "vitest";
import { systemClock } from "../../../src/lib/clock.ts";
import { joinRecording, partKey } from "../../../src/pipeline/recording/parts.ts";
import { recordingHeader } from "../../../src/pipeline/recording/wav-file.ts";
import { silentLog } from "../../../src/store/log.ts";
import { newAudioKey } from "../../../src/store/objects/keys.ts";
import { openAudioObjects } from "../../../src/store/objects/open.ts";
import { collect } from "../../collect.ts";
import { startBucket } from "../../support/bucket.ts";
import { audioObjectsContract } from "./contract.ts";

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

test("a bucket that is not there is told when it is opened", async () => {
  const bucket = await startBucket("kuku");
  const opening = openAudioObjects("s3://elsewhere", { clock: systemClock, s3: bucket.s3 });
  await expect(opening).rejects.toThrow(/bucket elsewhere: .*NoSuchBucket/);
  await bucket.close();
});

test("a bucket that does not answer may come back: it is logged, and a failure is no missing object", async () => {
  const bucket = await startBucket("kuku");
  await bucket.close();
  const warned: unknown[] = [];
  const log = { ...silentLog, warn: (fields: object, message: string) => warned.push([message, fields]) };
  const objects = await openAudioObjects("s3://kuku", { clock: systemClock, log, s3: bucket.s3 });
  expect(warned).toEqual([["audio bucket not reachable yet", expect.objectContaining({ bucket: "kuku" })]]);
  await expect(objects.open(newAudioKey())).rejects.toThrow();
  await expect(objects.put(newAudioKey(), new Uint8Array(1))).rejects.toThrow();
  objects.close();
});

test.each(["s3://", "s3:///prefix", "s3://UPPER/x", "s3://a/x"])("%s names no bucket", async (where) => {
  await expect(openAudioObjects(where, { clock: systemClock })).rejects.toThrow(RangeError);
});
