import { describe, expect, test } from "vitest";
import { sniffAudio } from "../../../src/pipeline/uploads/sniff.ts";
import { disorder, EBML_HEAD, fixture, join, wavFile } from "./made-files.ts";

describe("sniffAudio tells by the bytes", () => {
  test.each([
    ["chromium.webm", "webm"],
    ["known-sizes.webm", "webm"],
    ["opus-stereo.ogg", "ogg"],
    ["vorbis.ogg", "ogg"],
    ["speech.mp3", "mp3"],
    ["no-frame-count.mp3", "mp3"],
    ["moov-first.m4a", "m4a"],
    ["moov-last.m4a", "m4a"],
    ["chromium-opus.mp4", "m4a"],
  ])("%s: %s", (name, format) => {
    expect(sniffAudio(fixture(name).subarray(0, 4096))).toBe(format);
  });

  test("a WAV file", () => {
    expect(sniffAudio(wavFile([0, 0.5, -0.5]))).toBe("wav");
  });

  test("MP3 behind a tag longer than the head, and within it", () => {
    const long = [0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0x7f, 0x7f];
    expect(sniffAudio(join(long, new Uint8Array(4086)))).toBe("mp3");
    const short = [0x49, 0x44, 0x33, 4, 0, 0, 0, 0, 0, 20, ...new Uint8Array(20)];
    expect(sniffAudio(join(short, fixture("speech.mp3").subarray(0, 2000)))).toBe("mp3");
    expect(sniffAudio(join(short, disorder(2000)))).toBeUndefined();
  });

  test.each<[string, Uint8Array]>([
    ["text", join("Dear coach, I feel overwhelmed with work.")],
    ["HTML", join("<!doctype html><html><body>404</body></html>")],
    ["PNG", join([0x89], "PNG\r\n", [0x1a, 0x0a], disorder(200))],
    ["JPEG, whose first bytes are nearly MP3's", join([0xff, 0xd8, 0xff, 0xe0], disorder(2000))],
    ["one MP3 header in front of disorder", join([0xff, 0xfb, 0x90, 0x00], disorder(2000))],
    ["a picture in an MP4 container", join([0, 0, 0, 24], "ftypheic", disorder(200))],
    ["an EBML file that is no WebM", join(EBML_HEAD.subarray(0, 5), disorder(200))],
    ["AVI, which is RIFF as WAV is", join("RIFF", [0, 0, 0, 0], "AVI LIST")],
    ["disorder", disorder(4096)],
    ["nothing", new Uint8Array(0)],
  ])("none of them: %s", (_, head) => {
    expect(sniffAudio(head)).toBeUndefined();
  });
});
