import { getEventListeners } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import {
  openUploadDecoder,
  type UploadDecoder,
  type UploadDecoderOptions,
} from "../../../src/pipeline/uploads/upload-decoder.ts";
import { likeness } from "./likeness.ts";
import { original, silentWebm } from "./made-files.ts";

const at = (name: string) => fileURLToPath(new URL(`../../fixtures/uploads/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "uploads-"));
const opened: UploadDecoder[] = [];
const open = (options: UploadDecoderOptions = {}, worker?: URL) => {
  const decoder = openUploadDecoder(options, worker);
  opened.push(decoder);
  return decoder;
};
afterEach(() => Promise.all(opened.splice(0).map((decoder) => decoder.close())));
afterAll(() => rmSync(folder, { recursive: true }));

const wanted = (controller = new AbortController(), maxMs = 60_000) => ({
  rate: 24_000 as const,
  maxMs,
  signal: controller.signal,
});

describe("on threads of its own", () => {
  test("a recording comes back as PCM with its format and length", async () => {
    const controller = new AbortController();
    const decoded = await open().decode(at("chromium.webm"), wanted(controller));
    expect(decoded.format).toBe("webm");
    expect(decoded.durationMs).toBe(3840);
    expect(likeness(decoded.pcm, original).correlation).toBeGreaterThan(0.98);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("the event loop turns while 75 s are decoded", async () => {
    const decoder = open();
    await decoder.decode(at("chromium.webm"), wanted());
    let turns = 0;
    let over = false;
    const turn = () => {
      turns++;
      if (!over) setImmediate(turn);
    };
    turn();
    const { durationMs } = await decoder.decode(at("long-75s.webm"), wanted(undefined, 75_000));
    over = true;
    expect(durationMs).toBe(75_000);
    expect(turns).toBeGreaterThan(100);
  });

  test("a hundred hours of silence stop at the limit, in little memory", async () => {
    const bomb = join(folder, "bomb.webm");
    writeFileSync(bomb, silentWebm(100));
    const decoder = open();
    await decoder.decode(at("known-sizes.webm"), wanted());
    const before = process.memoryUsage.rss();
    await expect(decoder.decode(bomb, wanted())).rejects.toMatchObject({ kind: "too_long" });
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  });

  test("what is refused says why, and the thread goes on", async () => {
    const decoder = open({ threads: 1 });
    const cut = join(folder, "empty.webm");
    writeFileSync(cut, "");
    await expect(decoder.decode(at("odd-thread.ts"), wanted())).rejects.toMatchObject({ kind: "not_audio" });
    await expect(decoder.decode(cut, wanted())).rejects.toMatchObject({ kind: "empty" });
    await expect(decoder.decode(join(folder, "none.webm"), wanted())).rejects.toThrow("cannot be read");
    await expect(decoder.decode(at("speech.mp3"), wanted())).resolves.toMatchObject({ format: "mp3" });
  });
});

describe("with a thread that misbehaves", () => {
  const worker = new URL("../../fixtures/uploads/odd-thread.ts", import.meta.url);

  test("an abort frees the place at once, and whoever waits gets it", async () => {
    const decoder = open({ threads: 1 }, worker);
    const controller = new AbortController();
    const stuck = decoder.decode("stuck", wanted(controller));
    const next = decoder.decode("fine", wanted());
    const reason = new Error("gone");
    controller.abort(reason);
    await expect(stuck).rejects.toBe(reason);
    await expect(next).resolves.toMatchObject({ durationMs: 100 });
    await expect(decoder.decode("fine", wanted(controller))).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("beyond those that run and wait one is busy; one that gives up waiting makes room", async () => {
    const decoder = open({ threads: 1, waiting: 1 }, worker);
    const [first, second] = [new AbortController(), new AbortController()];
    const stuck = decoder.decode("stuck", wanted(first));
    const waits = decoder.decode("fine", wanted(second));
    await expect(decoder.decode("fine", wanted())).rejects.toMatchObject({ kind: "busy" });
    second.abort(new Error("gave up"));
    await expect(waits).rejects.toThrow("gave up");
    const takesItsPlace = decoder.decode("fine", wanted());
    first.abort(new Error("gone"));
    await expect(stuck).rejects.toThrow("gone");
    await expect(takesItsPlace).resolves.toMatchObject({ format: "wav" });
  });

  test("a file that finds no end within the deadline is given up", async () => {
    const clock = manualClock();
    const decoder = open({ threads: 1, deadlineMs: 5000, clock }, worker);
    const stuck = decoder.decode("stuck", wanted());
    const refused = expect(stuck).rejects.toMatchObject({ kind: "truncated" });
    await clock.advance(5000);
    await refused;
    await expect(decoder.decode("fine", wanted())).resolves.toMatchObject({ format: "wav" });
    expect(clock.pending).toBe(0);
  });

  test.each(["dies", "broken"])("a thread that %s is replaced", async (file) => {
    const decoder = open({ threads: 1 }, worker);
    await expect(decoder.decode(file, wanted())).rejects.toMatchObject({ kind: "truncated" });
    await expect(decoder.decode("fine", wanted())).resolves.toMatchObject({ format: "wav" });
  });

  test("closing refuses what runs, what waits and what comes", async () => {
    const decoder = open({ threads: 1 }, worker);
    const all = [decoder.decode("stuck", wanted()), decoder.decode("fine", wanted())];
    const refused = all.map((each) => expect(each).rejects.toMatchObject({ kind: "busy" }));
    await decoder.close();
    await Promise.all(refused);
    await expect(decoder.decode("fine", wanted())).rejects.toMatchObject({ kind: "busy" });
  });
});
