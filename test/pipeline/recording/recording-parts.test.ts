import { spawn } from "node:child_process";
import { getEventListeners, once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ManualClock, manualClock, systemClock } from "../../../src/lib/clock.ts";
import { decodeG711 } from "../../../src/pipeline/audio/g711.ts";
import { bytesToPcm } from "../../../src/pipeline/audio/pcm.ts";
import { eraseRecording, joinRecording, partKey } from "../../../src/pipeline/recording/parts.ts";
import {
  openRecording,
  type RecordingOptions,
  type SessionRecording,
} from "../../../src/pipeline/recording/recording.ts";
import { readRecordingHeader, recordingHeader } from "../../../src/pipeline/recording/wav-file.ts";
import { openDiskObjects } from "../../../src/store/objects/disk.ts";
import { newAudioKey } from "../../../src/store/objects/keys.ts";
import type { AudioObjects } from "../../../src/store/objects/objects.ts";
import { collect } from "../../collect.ts";
import { overriding } from "../../support/overriding.ts";

const rate = 16_000;
let folder: string;
let objects: AudioObjects;
let clock: ManualClock;
let key: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "recording-"));
  objects = await openDiskObjects(folder, systemClock);
  clock = manualClock(5000);
  key = newAudioKey("wav");
});
afterEach(() => rm(folder, { recursive: true }));

const begin = (options: Partial<RecordingOptions> = {}) =>
  openRecording({ objects, key, clock, partMs: 2000, ...options });
/** The user's samples tell their time; the coach's tell it the other way round. */
const userSample = (at: number) => (at % 9973) + 1;
const coachSample = (at: number) => -(at % 8999) - 1;

/** Twenty milliseconds of both, again and again. */
async function talk(recording: SessionRecording, ms: number, time: ManualClock = clock): Promise<void> {
  for (let passed = 0; passed < ms; passed += 20) {
    const now = time.now();
    const from = (now - 5000) * 16;
    recording.user(
      Int16Array.from({ length: 320 }, (_, i) => userSample(from + i)),
      rate,
      now,
    );
    recording.coach(
      Int16Array.from({ length: 320 }, (_, i) => coachSample(from + i)),
      rate,
      now,
    );
    await time.advance(20);
  }
}

/** Objects that say when nothing is being written to them: a disk is as slow as it likes. */
function watched(inner: AudioObjects = objects) {
  const puts = new Set<Promise<unknown>>();
  const outer = overriding(inner, {
    put(...args) {
      const put = inner.put(...args);
      const seen = put.catch(() => {}).finally(() => puts.delete(seen));
      puts.add(seen);
      return put;
    },
  });
  const idle = async () => {
    while (puts.size > 0) {
      await Promise.all(puts);
      await new Promise(setImmediate);
    }
  };
  return { objects: outer, idle };
}

const keysOfParts = () => collect(objects.list(`${key.slice(0, -4)}/`));
const filesLeft = async () =>
  (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

async function readObject(name = key): Promise<Buffer> {
  const opened = await objects.open(name);
  return Buffer.concat(await collect<Uint8Array>(opened!.body));
}

/** Reads a file of PCM and checks that its tracks tell their own time, from the start and without a hole. */
async function expectTracks(name: string, ms: number, startMs = 0): Promise<void> {
  const file = await readObject(name);
  const { headerBytes } = readRecordingHeader(file);
  const samples = bytesToPcm(file.subarray(headerBytes));
  expect(samples.length).toBe(ms * 32);
  const wrong = samples.findIndex((sample, i) => {
    const at = startMs * 16 + (i >> 1);
    return sample !== (i % 2 === 0 ? userSample(at) : coachSample(at));
  });
  expect(wrong).toBe(-1);
  expect(file.readUInt32LE(4)).toBe(file.length - 8);
}

describe("a recording", () => {
  test("is written in parts while the session goes on, and is one file at its end", async () => {
    const { objects: disk, idle } = watched();
    const recording = await begin({ objects: disk });
    await talk(recording, 9000);
    await idle();
    // Final is what lies three seconds back, as of the last full second of the clock: three whole parts.
    expect(await keysOfParts()).toEqual([0, 1, 2].map((part) => partKey(key, part)));
    await expectTracks(partKey(key, 1), 2000, 2000);
    expect(await objects.stat(key)).toBeUndefined();
    await talk(recording, 1500);
    const done = await recording.finish();
    expect(done).toEqual({ bytes: 44 + 10_500 * 64, durationMs: 10_500 });
    await expectTracks(key, 10_500);
    expect(await keysOfParts()).toEqual([]);
    expect(await filesLeft()).toHaveLength(1);
    expect(clock.pending).toBe(0);
    expect(await recording.finish()).toEqual(done);
    recording.user(new Int16Array(320), rate, clock.now());
    recording.cutCoach(clock.now());
  });

  test("of µ-law is half the size and sounds the same", async () => {
    const recording = await begin({ coding: "pcmu" });
    await talk(recording, 4000);
    expect(await recording.finish()).toEqual({ bytes: 58 + 4000 * 32, durationMs: 4000 });
    const file = await readObject();
    const { coding, headerBytes } = readRecordingHeader(file);
    expect(coding).toBe("pcmu");
    // The header as RFC 2361 and Microsoft's format have it: µ-law, two channels of eight bits, and their count.
    expect([20, 22, 34, 46].map((at) => file.readUInt16LE(at))).toEqual([7, 2, 8, 64_000 & 0xffff]);
    const samples = decodeG711("pcmu", file.subarray(headerBytes));
    let noise = 0;
    let signal = 0;
    samples.forEach((sample, i) => {
      const truth = i % 2 === 0 ? userSample(i >> 1) : coachSample(i >> 1);
      signal += truth ** 2;
      noise += (sample - truth) ** 2;
    });
    expect(10 * Math.log10(signal / noise)).toBeGreaterThan(35);
  });

  test("goes no further than the longest it may be", async () => {
    const recording = await begin({ longestMs: 3000 });
    await talk(recording, 8000);
    expect((await recording.finish())?.durationMs).toBe(3000);
    await expectTracks(key, 3000);
  });

  test("that is discarded leaves nothing", async () => {
    const recording = await begin();
    await talk(recording, 9000);
    await recording.discard();
    expect(await filesLeft()).toEqual([]);
    expect(clock.pending).toBe(0);
    expect(await recording.finish()).toBeUndefined();
  });

  test("does not wait for a store that hangs, once it is told not to", async () => {
    const hanging = overriding(objects, {
      put: (_name, _body, { signal } = {}) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    });
    const [first, second] = [await begin({ objects: hanging }), await begin({ objects: hanging })];
    await talk(first, 6000);
    await talk(second, 6000);
    const draining = new AbortController();
    const finished = first.finish({ signal: draining.signal });
    draining.abort(new Error("draining"));
    await expect(finished).resolves.toBeUndefined();
    await second.discard();
    expect(getEventListeners(draining.signal, "abort")).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("of no time at all is none", async () => {
    const recording = await begin();
    expect(await recording.finish()).toBeUndefined();
    expect(await filesLeft()).toEqual([]);
  });

  test("ends at the first part that cannot be written; what was written is kept", async () => {
    const failures: unknown[] = [];
    let puts = 0;
    const full = overriding(objects, {
      put: (name, body, options) =>
        ++puts > 2 && puts < 5 ? Promise.reject(new Error("disk full")) : objects.put(name, body, options),
    });
    const { objects: disk, idle } = watched(full);
    const recording = await begin({ objects: disk, onFailed: (error) => failures.push(error) });
    await talk(recording, 10_000);
    await idle();
    expect(failures).toEqual([new Error("disk full")]);
    expect(clock.pending).toBe(0);
    await talk(recording, 4000);
    expect(puts).toBe(3);
    await expect(recording.finish()).rejects.toThrow("disk full");
    expect((await joinRecording(full, key))?.durationMs).toBe(4000);
    await expectTracks(key, 4000);
  });

  test("ends when parts come faster than they are written, holding no more than seven", async () => {
    const failures: unknown[] = [];
    let release: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = overriding(objects, { put: (...put) => gate.then(() => objects.put(...put)) });
    const recording = await begin({ objects: slow, partMs: 1000, onFailed: (error) => failures.push(error) });
    await talk(recording, 10_500);
    expect(failures).toEqual([]);
    await talk(recording, 2000);
    expect(failures).toEqual([new Error("recordings are written too slowly")]);
    expect(clock.pending).toBe(0);
    release?.();
    expect((await recording.finish())?.durationMs).toBe(1000);
  });
});

describe("what a killed process leaves", () => {
  test("is joined to a recording that ends at its last part", async () => {
    const source = new URL("../../../src/", import.meta.url).href;
    const program = `
      const { manualClock, systemClock } = await import(${JSON.stringify(`${source}lib/clock.ts`)});
      const { openDiskObjects } = await import(${JSON.stringify(`${source}store/objects/disk.ts`)});
      const { openRecording } = await import(${JSON.stringify(`${source}pipeline/recording/recording.ts`)});
      const clock = manualClock(5000);
      const disk = await openDiskObjects(${JSON.stringify(folder)}, systemClock);
      let puts = 0;
      let put;
      const half = async function* (body) {
        yield body.subarray(0, 1000);
        console.log("four parts and a half are written");
        await new Promise((resolve) => setInterval(resolve, 1e6));
      };
      const objects = {
        open: (...args) => disk.open(...args),
        stat: (...args) => disk.stat(...args),
        remove: (...args) => disk.remove(...args),
        list: (...args) => disk.list(...args),
        put: (key, body) => (put = disk.put(key, puts++ === 4 ? half(body) : body)),
      };
      const recording = await openRecording({ objects, key: ${JSON.stringify(key)}, clock, partMs: 500 });
      for (let at = 0; at < 160_000; at += 320) {
        const tell = (sample) => Int16Array.from({ length: 320 }, (_, i) => sample(at + i));
        recording.user(tell((at) => (at % 9973) + 1), 16_000, clock.now());
        recording.coach(tell((at) => -(at % 8999) - 1), 16_000, clock.now());
        await clock.advance(20);
        await put;
      }
    `;
    const child = spawn(process.execPath, ["--no-warnings", "--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await keysOfParts()).toEqual([0, 1, 2, 3].map((index) => partKey(key, index)));
    expect(await joinRecording(objects, key)).toEqual({ bytes: 44 + 2000 * 64, durationMs: 2000 });
    await expectTracks(key, 2000);
    expect(await keysOfParts()).toEqual([]);
  });

  test.each([0, 1, 2, 3])("can be joined again when the joining broke off at its step %i", async (broken) => {
    const recording = await begin();
    await talk(recording, 5000);
    await recording.finish({ signal: AbortSignal.abort(new Error("killed")) }).catch(() => {});
    expect(await keysOfParts()).toHaveLength(3);
    // What changes something: the whole is written, then the parts are removed one by one.
    let step = 0;
    const gone = () => (step++ === broken ? Promise.reject(new Error("gone")) : Promise.resolve());
    const breaking = overriding(objects, {
      put: (...put) => gone().then(() => objects.put(...put)),
      remove: (name) => gone().then(() => objects.remove(name)),
    });
    await expect(joinRecording(breaking, key)).rejects.toThrow("gone");
    expect(await joinRecording(objects, key)).toEqual({ bytes: 44 + 5000 * 64, durationMs: 5000 });
    await expectTracks(key, 5000);
    expect(await keysOfParts()).toEqual([]);
  });

  test("an abort while it is joined leaves the parts", async () => {
    const recording = await begin();
    await talk(recording, 5000);
    await expect(recording.finish({ signal: AbortSignal.abort(new Error("draining")) })).rejects.toThrow(
      "draining",
    );
    expect(await keysOfParts()).toHaveLength(3);
    expect(await joinRecording(objects, key)).toMatchObject({ durationMs: 5000 });
    await expectTracks(key, 5000);
  });

  test("is erased whole, joined or not", async () => {
    const recording = await begin();
    await talk(recording, 5000);
    await recording.finish({ signal: AbortSignal.abort(new Error("draining")) }).catch(() => {});
    await eraseRecording(objects, key);
    expect(await filesLeft()).toEqual([]);
    await eraseRecording(objects, key);
  });
});

test("a file that is no recording's is not taken for one", () => {
  const header = recordingHeader({ rate, coding: "pcm16" }, 8);
  expect(readRecordingHeader(header)).toEqual({ rate, coding: "pcm16", headerBytes: 44 });
  expect(() => readRecordingHeader(header.subarray(0, 40))).toThrow(RangeError);
  header[22] = 1;
  expect(() => readRecordingHeader(header)).toThrow(RangeError);
  expect(() => recordingHeader({ rate, coding: "pcm16" }, 2 ** 32)).toThrow(RangeError);
});
