import { PitchDetector } from "pitchy";
import { describe, expect, test } from "vitest";
import { createDecimator } from "../../../src/pipeline/audio/decimate.ts";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { createFrameAnalysis } from "../../../src/pipeline/delivery/frames.ts";
import type { PitchReading } from "../../../src/pipeline/delivery/pitch-track.ts";
import { atLevel, rate, recording, silence, withNoise } from "../ears/ears.ts";
import { type Course, harmonics, measure, pulses, vowel } from "./voices.ts";

/** Every reading, with the middle of its 50 ms in seconds. */
function readings(pcm: Int16Array): Array<PitchReading & { readonly at: number }> {
  const { frames, push } = createFrameAnalysis(rate);
  push(pcm);
  return frames.pitch.map((reading, k) => ({ ...reading, at: 0.025 + 0.02 * k }));
}

const semitones = (up: number) => 2 ** (up / 12);

describe("[DM5] pitch", () => {
  const sounds: ReadonlyArray<readonly [string, (hertz: number) => Float64Array]> = [
    ["pulses", (hertz) => pulses(() => hertz, 300)],
    ["a sine", (hertz) => harmonics(hertz, [1], 300)],
    ["a strong second harmonic", (hertz) => harmonics(hertz, [0.25, 1, 0.2], 300)],
    ["a weak fundamental", (hertz) => harmonics(hertz, [0.1, 1, 0.8, 0.6, 0.4], 300)],
    ["ah", (hertz) => vowel("ah", () => hertz, 300)],
    ["ee", (hertz) => vowel("ee", () => hertz, 300)],
    ["oo", (hertz) => vowel("oo", () => hertz, 300)],
    ["eh", (hertz) => vowel("eh", () => hertz, 300)],
  ];
  const hertz = Array.from({ length: 17 }, (_, k) => 80 + 20 * k);

  test.each(sounds)("%s, 80 to 400 Hz, clean and in noise 20 dB down: no reading is off", (_, make) => {
    for (const pitch of hertz) {
      const clean = atLevel(make(pitch), -6);
      for (const pcm of [clean, withNoise(clean, 20)])
        for (const reading of readings(pcm).slice(1, -1)) {
          expect(Math.abs(reading.pitch / pitch - 1), `${reading.pitch} for ${pitch} Hz`).toBeLessThan(0.02);
          expect(reading.clarity).toBeGreaterThan(0.75);
        }
    }
  });

  test.each<[string, Course]>([
    ["rises by an octave in a second", (s) => 110 * 2 ** s],
    ["falls by an octave and a half", (s) => 320 * 2 ** (-1.5 * s)],
    ["swings", (s) => 180 * semitones(4 * Math.sin(2 * Math.PI * 1.5 * s))],
  ])("a voice that %s is followed to two in a hundred", (_, course) => {
    const found = readings(atLevel(vowel("ah", course, 1000), -6)).slice(2, -2);
    expect(found.length).toBeGreaterThan(40);
    for (const { pitch, at } of found) expect(Math.abs(pitch / course(at) - 1)).toBeLessThan(0.02);
  });

  test("noise is never clear", () => {
    const clearest = Math.max(...readings(recording("noise-pink-3s")).map(({ clarity }) => clarity));
    expect(clearest).toBeLessThan(0.7);
  });

  test("agrees with another implementation of the method where that one is sure", () => {
    const detector = PitchDetector.forFloat32Array(400);
    let compared = 0;
    let apart = 0;
    for (const name of ["fox-slt", "goal-rms", "yes-wrap-up-awb"]) {
      const narrow = halvedToEight(recording(name));
      for (const [k, { pitch }] of readings(recording(name)).entries()) {
        const [other, clarity] = detector.findPitch(narrow.subarray(160 * k, 160 * k + 400), 8000);
        if (clarity < 0.95 || other < 65 || other > 500) continue;
        compared++;
        if (Math.abs(pitch / other - 1) > 0.02) apart++;
      }
    }
    expect(compared).toBeGreaterThan(100);
    expect(apart / compared).toBeLessThan(0.02);
  });

  test("median, range and deviation of a swinging voice", () => {
    const swing = 5;
    const course: Course = (s) => 150 * semitones(swing * Math.sin(2 * Math.PI * s));
    const { pitchHz, pitchRangeSemitones, pitchSdSemitones } = measure(
      atLevel(vowel("ah", course, 4000), -6),
    )!;
    expect(Math.abs(pitchHz! / 150 - 1)).toBeLessThan(0.02);
    // Of a sine: amplitude ÷ √2, and from the 5th to the 95th percentile 2 × 0.988 × amplitude.
    expect(pitchSdSemitones).toBeCloseTo(swing / Math.SQRT2, 1);
    expect(Math.abs(pitchRangeSemitones! - 1.975 * swing)).toBeLessThan(0.2);
  });

  test("monotone and expressive are told apart, high voice or low", () => {
    for (const middle of [100, 220]) {
      const flat = measure(
        atLevel(
          vowel("eh", (s) => middle * semitones(0.5 * Math.sin(9 * s)), 2000),
          -6,
        ),
      )!;
      const lively = measure(
        atLevel(
          vowel("eh", (s) => middle * semitones(5 * Math.sin(9 * s)), 2000),
          -6,
        ),
      )!;
      expect(flat.pitchSdSemitones).toBeLessThan(0.6);
      expect(lively.pitchSdSemitones).toBeGreaterThan(3);
    }
  });

  test.each([
    ["down, as a creaking voice does", 0.5],
    ["up, as where a harmonic drowns the fundamental", 2],
  ])("a stretch that jumps an octave %s moves neither median nor range", (_, factor) => {
    const steady: Course = (s) => 190 + 4 * Math.sin(5 * s);
    const jumped = atLevel(
      vowel("ah", (s) => steady(s) * factor, 100),
      -6,
    );
    const plain = atLevel(vowel("ah", steady, 700), -6);
    const delivery = measure(joinPcm([plain, jumped, plain]))!;
    expect(Math.abs(delivery.pitchHz! / 190 - 1)).toBeLessThan(0.02);
    expect(delivery.pitchSdSemitones).toBeLessThan(0.6);
  });

  test("silence and hiss between the voiced parts add nothing", () => {
    const voice = atLevel(
      vowel("ah", (s) => 180 + 4 * Math.sin(5 * s), 800),
      -6,
    );
    const alone = measure(joinPcm([voice, voice]))!;
    const apart = measure(joinPcm([voice, silence(600), voice]))!;
    expect(Math.abs(apart.pitchHz! - alone.pitchHz!)).toBeLessThan(1);
    expect(Math.abs(apart.pitchSdSemitones! - alone.pitchSdSemitones!)).toBeLessThan(0.05);
  });

  function halvedToEight(pcm: Int16Array): Float32Array {
    const decimator = createDecimator(rate, 240);
    const out = new Int16Array(80);
    const narrow = new Float32Array(Math.floor(pcm.length / 240) * 80);
    for (let k = 0; (k + 1) * 240 <= pcm.length; k++) {
      decimator.process(pcm.subarray(240 * k, 240 * (k + 1)), out);
      narrow.set(out, 80 * k);
    }
    return narrow;
  }
});
