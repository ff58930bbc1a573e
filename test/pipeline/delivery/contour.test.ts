import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { createDeliveryMeter } from "../../../src/pipeline/delivery/meter.ts";
import { atLevel, rate, recording, silence, sound } from "../ears/ears.ts";
import { vowel } from "./voices.ts";

function contour(pcm: Int16Array, size = pcm.length) {
  const meter = createDeliveryMeter(rate);
  for (let at = 0; at < pcm.length; at += size) meter.push(pcm.subarray(at, at + size));
  return { delivery: meter.finish(), contour: meter.part().contour() };
}

/** A voice that glides from 120 Hz up to 240 Hz within a second. */
const rising = (ms: number) =>
  atLevel(
    vowel("ah", (seconds) => 120 * 2 ** seconds, ms),
    -20,
  );

describe("the course of an utterance", () => {
  test("has the pitch at its place, every 50 ms", () => {
    const pcm = joinPcm([silence(300), rising(1000), silence(500)]);
    const { contour: course, delivery } = contour(pcm);
    expect(course!.startMs).toBe(delivery!.onsetMs);
    expect(course!.stepMs).toBe(50);
    expect(course!.pitchHz.length).toBe(Math.ceil(delivery!.speechMs / 50));
    expect(course!.levelDbfs.length).toBe(course!.pitchHz.length);
    for (const [k, pitch] of course!.pitchHz.entries()) {
      const seconds = (course!.startMs + (k + 0.5) * 50 - 300) / 1000;
      if (pitch !== null) expect(Math.abs(pitch / (120 * 2 ** seconds) - 1)).toBeLessThan(0.04);
    }
    expect(course!.pitchHz.filter((pitch) => pitch === null).length).toBeLessThanOrEqual(2);
    const energy = course!.levelDbfs.map((level) => 10 ** (level / 10));
    const mean = 10 * Math.log10(energy.reduce((sum, each) => sum + each, 0) / energy.length);
    expect(Math.abs(mean - delivery!.loudnessDbfs!)).toBeLessThan(1);
  });

  test("has the pauses that are counted, where they are, and no pitch in them", () => {
    const pcm = joinPcm([silence(200), rising(600), silence(700), rising(500), silence(400)]);
    const { contour: course, delivery } = contour(pcm);
    expect(course!.pauses).toHaveLength(delivery!.pauseCount);
    const [pause] = course!.pauses;
    expect(pause!.lengthMs).toBe(delivery!.longestPauseMs);
    expect(Math.abs(pause!.startMs - 800)).toBeLessThanOrEqual(60);
    const inside = (k: number) => {
      const from = course!.startMs + k * 50;
      return from > pause!.startMs + 50 && from + 50 < pause!.startMs + pause!.lengthMs - 50;
    };
    const during = course!.pitchHz.filter((_, k) => inside(k));
    expect(during.length).toBeGreaterThan(8);
    expect(during.every((pitch) => pitch === null)).toBe(true);
  });

  test("is the same however the audio is cut, and its median is the figure's", () => {
    const pcm = recording("goal-rms");
    const whole = contour(pcm);
    expect(contour(pcm, 777)).toEqual(whole);
    const pitches = whole.contour!.pitchHz.filter((pitch) => pitch !== null).sort((a, b) => a - b);
    const median = pitches[pitches.length >> 1]!;
    expect(Math.abs(median / whole.delivery!.pitchHz! - 1)).toBeLessThan(0.05);
  });

  test("is no longer than a minute, and small", () => {
    const { contour: course } = contour(
      joinPcm(Array.from({ length: 33 }, () => [rising(1000), silence(1000)]).flat()),
    );
    expect(course!.pitchHz.length).toBe(1200);
    expect(course!.pauses.every(({ startMs }) => startMs < 60_100)).toBe(true);
    expect(JSON.stringify(course).length).toBeLessThan(16_000);
  });

  test("there is none of what has no delivery", () => {
    const tone = sound(1000, -20, (i) => Math.sin((2 * Math.PI * 200 * i) / rate));
    for (const pcm of [silence(500), tone]) expect(contour(pcm).contour).toBeUndefined();
  });
});
