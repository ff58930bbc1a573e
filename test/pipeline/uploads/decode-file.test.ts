import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { decodeBytes, decodeFile } from "../../../src/pipeline/uploads/decode-file.ts";
import { UploadError } from "../../../src/pipeline/uploads/upload-error.ts";
import { likeness } from "./likeness.ts";
import {
  bytesInMemory,
  disorder,
  EBML_HEAD,
  fixture,
  join,
  original,
  patched,
  silentMp3,
  silentWebm,
  type WavOptions,
  wavFile,
  webmHead,
} from "./made-files.ts";

// As the decoding thread does: decoders write what they think of a file to the console.
vi.spyOn(console, "error").mockImplementation(() => {});

const decode = (whole: Uint8Array, maxMs = 60_000) => decodeBytes(bytesInMemory(whole), 24_000, maxMs);

async function refusal(whole: Uint8Array, maxMs?: number): Promise<string> {
  const error = await decode(whole, maxMs).then(
    ({ format, pcm }) => `${format}: ${pcm.length}`,
    (error: unknown) => error,
  );
  return error instanceof UploadError ? error.kind : String(error);
}

const fractions = Array.from(original, (sample) => sample / 32_768);

describe("recordings come out as what was said", () => {
  // Length in samples at 24 kHz; codings without an end of their own keep some of their last frames' padding.
  test.each([
    ["chromium.webm", "webm", 92_160, 100],
    ["known-sizes.webm", "webm", original.length, 5],
    ["opus-stereo.ogg", "ogg", original.length, 5],
    ["vorbis.ogg", "ogg", original.length, 5],
    ["speech.mp3", "mp3", original.length, 5],
    ["no-frame-count.mp3", "mp3", 92_160, 50],
    ["moov-first.m4a", "m4a", original.length, 5],
    ["moov-last.m4a", "m4a", original.length, 5],
    ["fragments-aac.mp4", "m4a", 91_394, 5],
    ["chromium-opus.mp4", "m4a", 90_240, 100],
  ])("%s", async (name, format, length, lagMs) => {
    const decoded = await decode(fixture(name));
    expect(decoded.format).toBe(format);
    expect(decoded.pcm.length).toBe(length);
    const like = likeness(decoded.pcm, original);
    expect(like.correlation).toBeGreaterThan(0.97);
    expect(Math.abs(like.lagMs)).toBeLessThanOrEqual(lagMs);
  });

  test("WAV of 16 bits at the rate wanted: bit for bit", async () => {
    expect((await decode(wavFile(fractions))).pcm).toEqual(original);
  });

  test.each<[string, WavOptions]>([
    ["8 bits", { bits: 8 }],
    ["24 bits, stereo", { bits: 24, channels: 2 }],
    ["24 bits, extensible", { bits: 24, coding: 0xfffe }],
    ["32 bits", { bits: 32 }],
    ["floats", { bits: 32, coding: 3 }],
    ["floats of 64 bits, six channels", { bits: 64, coding: 3, channels: 6 }],
  ])("WAV of %s", async (_, options) => {
    const { pcm } = await decode(wavFile(fractions, options));
    expect(pcm.length).toBe(original.length);
    const worst = pcm.reduce((most, sample, i) => Math.max(most, Math.abs(sample - original[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(options.bits === 8 ? 260 : 1);
  });

  test("another rate becomes the one wanted", async () => {
    const { pcm } = await decode(wavFile(fractions, { rate: 44_100 }));
    expect(pcm.length).toBe(Math.round((original.length * 24_000) / 44_100));
  });

  test("channels are mixed: two that cancel out are silent", async () => {
    const file = Buffer.from(wavFile(fractions, { channels: 2 }));
    for (let at = 44; at < file.length; at += 4)
      file.writeInt16LE(-Math.max(-32_767, file.readInt16LE(at)), at + 2);
    expect((await decode(file)).pcm.every((sample) => sample === 0)).toBe(true);
  });

  test("a WAV file whose writer could not go back is read to its end", async () => {
    for (const claims of [0, 0x7fff_ffff, 0xffff_ffff])
      expect((await decode(wavFile(fractions, { claims }))).pcm).toEqual(original);
  });

  test("a tag and a picture around MP3 frames are passed over", async () => {
    const tag = [0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0x0f, 0x50];
    const file = join(tag, disorder(2000), fixture("speech.mp3"), "TAG", new Uint8Array(125));
    expect((await decode(file)).pcm.length).toBe(original.length);
  });

  test("laced packets are packets", async () => {
    const twentyMs = [0x98, 1, 2, 3];
    const fixed = [0xa3, 0x8d, 0x81, 0, 0, 0x84, 1, ...twentyMs, ...twentyMs];
    const xiph = [0xa3, 0x8e, 0x81, 0, 0, 0x82, 1, 4, ...twentyMs, ...twentyMs];
    const ebml = [0xa3, 0x8e, 0x81, 0, 0, 0x86, 1, 0x84, ...twentyMs, ...twentyMs];
    for (const block of [fixed, xiph, ebml])
      expect((await decode(join(webmHead(), block))).pcm.length).toBe(40 * 24 - 312 / 2);
  });
});

describe("the limit counts what is decoded", () => {
  test("75 s that claim to be 3", async () => {
    const claimed = Buffer.alloc(8);
    claimed.writeDoubleBE(3000);
    const file = patched(fixture("long-75s.webm"), "\x44\x89\x88", 0, [...claimed]);
    expect(await refusal(file)).toBe("too_long");
    expect((await decode(file, 75_000)).pcm.length).toBe(75 * 24_000);
  });

  test("exactly as long as allowed is taken, a sample more is not", async () => {
    expect((await decode(wavFile(new Float32Array(48_000)), 2000)).pcm.length).toBe(48_000);
    expect(await refusal(wavFile(new Float32Array(48_001)), 2000)).toBe("too_long");
  });

  test.each([
    ["Opus", silentWebm(10), 5000],
    ["MP3", silentMp3(10), 200_000],
    ["WAV", wavFile(new Uint8Array(3600 * 1000), { bits: 8, rate: 1000 }), 200_000],
  ])("hours of silence in %s are looked at no further than the limit", async (_, whole, furthest) => {
    const bytes = bytesInMemory(whole);
    await expect(decodeBytes(bytes, 24_000, 60_000)).rejects.toMatchObject({ kind: "too_long" });
    expect(bytes.furthest).toBeLessThan(furthest);
  });
});

describe("what is no recording is refused", () => {
  test.each<[string, Uint8Array, string]>([
    ["no bytes", new Uint8Array(0), "empty"],
    ["text", join("not audio at all"), "not_audio"],
    ["PNG", join([0x89], "PNG\r\n", [0x1a, 0x0a], disorder(500)), "not_audio"],
    ["HTML", join("<!doctype html><title>404</title>"), "not_audio"],
    ["a film without sound", fixture("film-without-sound.webm"), "not_audio"],
    ["WAV in a coding that is not known", wavFile(fractions, { coding: 2 }), "not_audio"],
    ["WAV without a sample", wavFile([]), "empty"],
    ["WebM of a recorder stopped at once", webmHead(), "empty"],
    ["WAV of no channels", wavFile(fractions, { channels: 0 }), "truncated"],
    ["WAV of 65,535 channels", patched(wavFile(fractions), "fmt ", 6, [0xff, 0xff]), "truncated"],
    ["WAV at no rate", wavFile(fractions, { rate: 0 }), "truncated"],
    ["WAV at an absurd rate", wavFile(fractions, { rate: 4_000_000_000 }), "truncated"],
    [
      "WAV with an endless chunk before its data",
      patched(wavFile(fractions), "fmt ", 0, [255, 255, 255, 255]),
      "truncated",
    ],
    ["WAV that claims twice what it holds", wavFile(fractions, { claims: original.length * 4 }), "truncated"],
    ["disorder behind an EBML head", join(EBML_HEAD, disorder(5000)), "truncated"],
    ["disorder in WebM blocks", join(webmHead(), [0xa3, 0x40, 0xc8], disorder(200)), "truncated"],
    [
      "disorder behind an Ogg page",
      join(fixture("opus-stereo.ogg").subarray(0, 47), disorder(5000)),
      "truncated",
    ],
    ["disorder behind ftyp", join([0, 0, 0, 12], "ftypM4A ", disorder(5000)), "truncated"],
    [
      "a tag with no MP3 behind it",
      join([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0x7f, 0x7f], disorder(40_000)),
      "truncated",
    ],
    [
      "M4A with four thousand million samples",
      patched(fixture("moov-first.m4a"), "stsz", 4, [0, 0, 0, 9, 255, 255, 255, 255]),
      "truncated",
    ],
    [
      "M4A whose tables have no chunks",
      patched(fixture("moov-first.m4a"), "stco", 4, [0, 0, 0, 0]),
      "truncated",
    ],
    ["a WebM packet that is none", join(webmHead(), [0xa3, 0x86, 0x81, 0, 0, 0x80, 0xff, 0]), "truncated"],
    [
      "WebM of known length cut between two elements",
      join(webmHead(), [0x1f, 0x43, 0xb6, 0x75, 0x88]),
      "truncated",
    ],
    [
      "M4A with damaged frames",
      join(fixture("moov-first.m4a").subarray(0, 5000), disorder(20_000)),
      "truncated",
    ],
    [
      "Vorbis with a damaged set-up",
      patched(fixture("vorbis.ogg"), "\x05vorbis", 0, [...disorder(500)]),
      "truncated",
    ],
  ])("%s", async (_, file, kind) => {
    expect(await refusal(file)).toBe(kind);
  });

  test.each(["elst", "stts"])("a count in M4A's %s that is not true is not believed", async (table) => {
    const { pcm } = await decode(patched(fixture("moov-first.m4a"), table, 4, [255, 255, 255, 255]));
    expect(pcm.length).toBeGreaterThanOrEqual(original.length);
  });

  test.each([
    "chromium.webm",
    "known-sizes.webm",
    "opus-stereo.ogg",
    "vorbis.ogg",
    "speech.mp3",
    "moov-first.m4a",
    "moov-last.m4a",
    "fragments-aac.mp4",
    "chromium-opus.mp4",
  ])("cut off anywhere: %s", async (name) => {
    const whole = fixture(name);
    for (const part of [0.1, 0.3, 0.55, 0.8, 0.97])
      expect(await refusal(whole.subarray(0, whole.length * part)), `${part}`).toBe("truncated");
  });

  test("MP3 that does not say how long it is may lack the end of its last frame after a second", async () => {
    const whole = fixture("no-frame-count.mp3");
    expect((await decode(whole.subarray(0, 10_030))).pcm.length).toBeGreaterThan(24_000);
    expect(await refusal(whole.subarray(0, 3030))).toBe("truncated");
  });
});

describe("from the disk", () => {
  const folder = mkdtempSync(joinPath(tmpdir(), "uploads-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("a file is what its bytes say, whatever its name", async () => {
    const path = joinPath(folder, "recording.wav");
    writeFileSync(path, fixture("moov-last.m4a"));
    const { format, pcm } = await decodeFile(path, 24_000, 60_000);
    expect(format).toBe("m4a");
    expect(likeness(pcm, original).correlation).toBeGreaterThan(0.98);
  });

  test("a file longer than one piece read at once", async () => {
    const path = joinPath(folder, "long.wav");
    const samples = Float32Array.from({ length: 300_000 }, (_, i) => Math.sin(i / 20) / 2);
    writeFileSync(path, wavFile(samples, { bits: 24 }));
    const { pcm } = await decodeFile(path, 24_000, 60_000);
    expect(pcm.every((sample, i) => Math.abs(sample - samples[i]! * 32_768) < 1)).toBe(true);
  });
});
