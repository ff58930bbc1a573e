import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { convertRate } from "../../src/client/convert-rate.ts";
import { endOfSpeech, levelOf, meterOf } from "../../src/client/level.ts";
import { bytesOfPcm, fromBase64, pcmOfBytes, toBase64 } from "../../src/client/pcm-bytes.ts";
import { readWav } from "../../src/client/wav.ts";

const fixture = (name: string) =>
  readWav(readFileSync(new URL(`../fixtures/speech/${name}`, import.meta.url)));
const sine = (hertz: number, rate: number, ms: number, amplitude = 10_000) =>
  Int16Array.from({ length: (rate * ms) / 1000 }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hertz * i) / rate)),
  );

describe("a rate conversion", () => {
  test.each([
    [44_100, 24_000],
    [8_000, 24_000],
    [22_050, 24_000],
    [48_000, 16_000],
  ])("%i to %i Hz keeps a tone's length, pitch and loudness", (from, to) => {
    const out = convertRate(sine(1_000, from, 500), from, to);
    expect(out.length).toBe(to / 2);
    const wanted = sine(1_000, to, 500);
    const middle = out.subarray(to / 10, (to * 4) / 10);
    const error = middle.map((sample, i) => sample - (wanted[to / 10 + i] as number));
    expect(levelOf(error)).toBeLessThan(levelOf(wanted) - 50);
  });

  test("what the lower rate cannot hold is gone, not folded back", () => {
    const out = convertRate(sine(11_000, 48_000, 300), 48_000, 16_000);
    expect(levelOf(out.subarray(800, -800))).toBeLessThan(-70);
  });
});

describe("the level", () => {
  test("of a full-scale sine is −3 dBFS, of silence nothing; the meter spans 60 dB", () => {
    expect(levelOf(sine(440, 24_000, 100, 32_767))).toBeCloseTo(-3.01, 1);
    expect(levelOf(new Int16Array(100))).toBe(Number.NEGATIVE_INFINITY);
    expect([0, -30, -60, Number.NEGATIVE_INFINITY].map(meterOf)).toEqual([1, 0.5, 0, 0]);
  });

  test("the end of speech is where the voice stops, not where the file does", () => {
    const { pcm, rate } = fixture("fox-slt.wav");
    const padded = new Int16Array(pcm.length + rate);
    padded.set(pcm);
    const end = endOfSpeech(pcm, rate) as number;
    expect(end).toBeGreaterThan(2_000);
    expect(end).toBeLessThanOrEqual(2_980);
    expect(endOfSpeech(padded, rate)).toBe(end);
    expect(endOfSpeech(fixture("silence-3s.wav").pcm, rate)).toBeUndefined();
  });
});

test("samples survive bytes and base64, wherever they lie in memory", () => {
  fc.assert(
    fc.property(fc.int16Array({ maxLength: 10_000 }), fc.nat(5), (pcm, skip) => {
      const part = pcm.subarray(skip);
      expect(pcmOfBytes(bytesOfPcm(part))).toEqual(part.slice());
      const bytes = bytesOfPcm(part);
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes.slice());
    }),
    { numRuns: 30 },
  );
  expect(fromBase64("*not base64*")).toBeUndefined();
});
