import { describe, expect, test } from "vitest";
import { createDecimator } from "../../../src/pipeline/audio/decimate.ts";
import { sound } from "../ears/ears.ts";

const rates = [8000, 16_000, 24_000, 32_000, 48_000];

/** 8 kHz audio from `pcm`, frame by frame; the frames named are skipped. */
function decimate(pcm: Int16Array, rate: number, skipped: readonly number[] = []): Int16Array {
  const length = rate / 50;
  const decimator = createDecimator(rate, length);
  const out = new Int16Array((pcm.length / length) * 160);
  for (let i = 0; i * length < pcm.length; i++) {
    const frame = pcm.subarray(i * length, (i + 1) * length);
    if (skipped.includes(i)) decimator.skip(frame);
    else decimator.process(frame, out.subarray(i * 160, (i + 1) * 160));
  }
  return out;
}

const loudness = (pcm: Int16Array) => {
  const middle = pcm.subarray(160, -160);
  return 10 * Math.log10(middle.reduce((sum, sample) => sum + sample * sample, 1e-3) / middle.length);
};

describe("createDecimator", () => {
  test.each(rates)("from %i Hz the voice's band passes, what would fold back does not", (rate) => {
    const tone = (hz: number) => sound(200, -6, (t) => Math.sin(2 * Math.PI * hz * t), rate);
    const whole = loudness(decimate(tone(300), rate));
    expect(whole).toBeCloseTo(loudness(tone(300)), 0);
    expect(loudness(decimate(tone(2000), rate))).toBeGreaterThan(whole - 1.5);
    if (rate > 8000) expect(loudness(decimate(tone(6500), rate))).toBeLessThan(whole - 25);
  });

  test.each(rates)("from %i Hz a frame passed over leaves no seam", (rate) => {
    const audio = sound(200, -6, (t) => Math.sin(5000 * t * t), rate);
    const whole = decimate(audio, rate);
    const gap = decimate(audio, rate, [3, 4]);
    expect(gap.subarray(5 * 160)).toEqual(whole.subarray(5 * 160));
  });

  test("a rate that is no small multiple of 8 kHz is refused", () => {
    for (const rate of [22_050, 44_100, 96_000, 0])
      expect(() => createDecimator(rate, 160)).toThrow(RangeError);
  });
});
