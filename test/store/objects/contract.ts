/** What every AudioObjects keeps to, wherever the bytes lie. */
import { getEventListeners } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cancelled, openScope } from "../../../src/lib/scope.ts";
import { newAudioKey } from "../../../src/store/objects/keys.ts";
import type { AudioObjects, OpenedObject } from "../../../src/store/objects/objects.ts";
import { collect } from "../../collect.ts";

export interface Subject {
  readonly objects: AudioObjects;
  /** Names of everything the store behind it holds, temporary things and unfinished uploads included. */
  everything(): Promise<string[]>;
  close?(): Promise<void>;
}

const bytesOf = (length: number, step = 7) => Uint8Array.from({ length }, (_, i) => (i * step) & 0xff);

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(opened: OpenedObject | undefined): Promise<Uint8Array> {
  return new Uint8Array(Buffer.concat(await collect<Uint8Array>(opened!.body)));
}

/** Runs the suite on the objects that `open` gives; they are opened once. */
export function audioObjectsContract(name: string, open: () => Promise<Subject>): void {
  describe(`AudioObjects contract: ${name}`, () => {
    let subject: Subject;
    let objects: AudioObjects;
    beforeAll(async () => {
      subject = await open();
      objects = subject.objects;
    });
    afterAll(async () => {
      objects.close();
      await subject.close?.();
    });

    test("what is put in one piece is read back, with its size and type", async () => {
      const key = newAudioKey("mp3");
      const body = bytesOf(70_001);
      expect(await objects.put(key, body)).toEqual({ bytes: 70_001 });
      const opened = await objects.open(key);
      expect(opened).toMatchObject({ bytes: 70_001, contentType: "audio/mpeg" });
      expect(opened?.range).toBeUndefined();
      expect(await read(opened)).toEqual(body);
      expect(await objects.stat(key)).toEqual({ bytes: 70_001, contentType: "audio/mpeg" });
    });

    test.each([
      ["nothing", 0, 1],
      ["one byte", 1, 1],
      ["more than one upload holds", 6_000_001, 999_983],
    ])("a stream of %s is read back", async (_name, length, piece) => {
      const key = newAudioKey();
      const body = bytesOf(length, 13);
      expect(await objects.put(key, inPieces(body, piece))).toEqual({ bytes: length });
      const back = await read(await objects.open(key));
      expect(Buffer.compare(back, body)).toBe(0);
      expect(await objects.stat(key)).toEqual({ bytes: length, contentType: "audio/wav" });
      await objects.remove(key);
    });

    test("a range is read alone, its end cut to the object's", async () => {
      const key = newAudioKey();
      const body = bytesOf(1000);
      await objects.put(key, body);
      const ranges = [
        [{ start: 10, end: 19 }, 10, 19],
        [{ start: 990 }, 990, 999],
        [{ start: 0, end: 5000 }, 0, 999],
        [{ start: 999, end: 999 }, 999, 999],
      ] as const;
      for (const [range, start, end] of ranges) {
        const opened = await objects.open(key, range);
        expect(opened).toMatchObject({ bytes: 1000, range: { start, end } });
        expect(await read(opened)).toEqual(body.slice(start, end + 1));
      }
      await expect(objects.open(key, { start: 1000 })).rejects.toThrow(RangeError);
    });

    test("a second put takes the place of the first", async () => {
      const key = newAudioKey();
      await objects.put(key, bytesOf(100));
      await objects.put(key, inPieces(bytesOf(50, 3), 20));
      expect(await read(await objects.open(key))).toEqual(bytesOf(50, 3));
    });

    test("what is not there is not found, and removing it is no error", async () => {
      const key = newAudioKey();
      expect(await objects.open(key)).toBeUndefined();
      expect(await objects.open(key, { start: 0 })).toBeUndefined();
      expect(await objects.stat(key)).toBeUndefined();
      await objects.remove(key);
      await objects.put(key, bytesOf(3));
      await objects.remove(key);
      await objects.remove(key);
      expect(await objects.open(key)).toBeUndefined();
      expect((await subject.everything()).filter((name) => name.includes(key.slice(0, 20)))).toEqual([]);
    });

    test("keys are listed by how they begin, in order", async () => {
      const folder = newAudioKey().slice(0, -4);
      const keys = ["0010.wav", "0002.wav", "0001.wav"].map((name) => `${folder}/${name}`);
      for (const key of keys) await objects.put(key, bytesOf(4));
      await objects.put(`${folder}.wav`, bytesOf(4));
      expect(await collect(objects.list(`${folder}/`))).toEqual(keys.toReversed());
      expect(await collect(objects.list(`${folder}/000`))).toEqual(keys.toReversed().slice(0, 2));
      expect(await collect(objects.list(folder))).toHaveLength(4);
      expect(await collect(objects.list(`${folder}x`))).toEqual([]);
      for (const key of keys) await objects.remove(key);
      expect(await collect(objects.list(`${folder}/`))).toEqual([]);
      expect(await read(await objects.open(`${folder}.wav`))).toEqual(bytesOf(4));
    });

    test.each([
      "../../etc/passwd.wav",
      "aa/../bb.wav",
      "/ab.wav",
      "ab",
      "ab.exe",
      "ab.wav/cd.wav",
      "",
      "a\0b.wav",
    ])("%j is no key", async (key) => {
      await expect(objects.put(key, bytesOf(1))).rejects.toThrow(RangeError);
      await expect(objects.open(key)).rejects.toThrow(RangeError);
      await expect(objects.stat(key)).rejects.toThrow(RangeError);
      await expect(objects.remove(key)).rejects.toThrow(RangeError);
      await expect(collect(objects.list(`${key.slice(0, 2)}/../`))).rejects.toThrow(RangeError);
    });

    test.each([
      ["at once", 0],
      ["after a few bytes", 1],
      ["after more than one upload holds", 6],
    ])("an abort %s ends the wait and leaves nothing behind", async (_name, megabytes) => {
      const key = newAudioKey();
      const before = await subject.everything();
      const scope = openScope();
      async function* stuck() {
        for (let i = 0; i < megabytes; i++) yield bytesOf(1_000_000);
        scope.cancel("client_gone");
        await new Promise(() => {});
      }
      await expect(objects.put(key, stuck(), { signal: scope.signal })).rejects.toEqual(
        new Cancelled("client_gone"),
      );
      expect(getEventListeners(scope.signal, "abort")).toEqual([]);
      await expect(objects.put(key, bytesOf(10), { signal: scope.signal })).rejects.toEqual(
        new Cancelled("client_gone"),
      );
      expect(await objects.open(key)).toBeUndefined();
      expect(await subject.everything()).toEqual(before);
    });

    test("a source that fails is told, and what was there before stays", async () => {
      const key = newAudioKey();
      await objects.put(key, bytesOf(10));
      const before = await subject.everything();
      async function* failing() {
        yield bytesOf(6_000_000);
        throw new Error("microphone on fire");
      }
      await expect(objects.put(key, failing())).rejects.toThrow("microphone on fire");
      expect(await read(await objects.open(key))).toEqual(bytesOf(10));
      expect(await subject.everything()).toEqual(before);
    });
  });
}
