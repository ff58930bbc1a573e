/** Melody and prominence on made-up voices, whose pitch, length and level are known. */
import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { Melody } from "../../../src/pipeline/delivery/melody.ts";
import { createDeliveryMeter } from "../../../src/pipeline/delivery/meter.ts";
import { prominenceOf } from "../../../src/pipeline/delivery/prominence.ts";
import { atLevel, rate, silence } from "../ears/ears.ts";
import { vowel } from "./voices.ts";

const say = (ms: number, hertz: number, dbfs = -20) =>
  atLevel(
    vowel("ah", () => hertz, ms),
    dbfs,
  );

function contourOf(pcm: Int16Array) {
  const meter = createDeliveryMeter(rate);
  meter.push(pcm);
  const contour = meter.part().melody();
  if (!contour) throw new Error("no contour");
  return contour;
}

/** 300 ms each: low, high, low, a pause of 300 ms, low and 12 dB fainter. */
const steps = contourOf(
  joinPcm([
    silence(200),
    say(300, 120),
    say(300, 160),
    say(300, 120),
    silence(300),
    say(300, 120, -32),
    silence(300),
  ]),
);

describe("the melody of an utterance", () => {
  const melody = new Melody(steps);

  test("has a point every 20 ms, the coarse contour one every 50", () => {
    expect(steps.stepMs).toBe(20);
    expect(melody.points.length).toBeGreaterThan(50);
  });

  test("tells by how much a stretch lies above another, in semitones", () => {
    const high = Math.max(...melody.excursions(560, 740));
    const low = Math.max(...melody.excursions(260, 440));
    expect(high - low).toBeGreaterThan(4);
    expect(high - low).toBeLessThan(6.5);
  });

  test("tells levels, and where it is quiet", () => {
    expect(melody.level(560, 740) - melody.level(1460, 1640)).toBeGreaterThan(9);
    expect(melody.quietMs(900, 1600)).toBeGreaterThanOrEqual(240);
    expect(melody.quietMs(900, 1600)).toBeLessThanOrEqual(360);
    expect(melody.quietMs(300, 1000)).toBe(0);
  });

  test("a level outside of the contour is none to be compared with", () => {
    expect(melody.level(-500, -100)).toBeGreaterThan(-60);
  });
});

test("a vowel is prominent by its length, its level and its pitch", () => {
  const melody = new Melody(steps);
  const of = (startMs: number, endMs: number) =>
    prominenceOf({ phone: "AA", score: 1, startMs, endMs }, melody);
  expect(of(220, 480).length).toBeGreaterThan(of(220, 350).length);
  expect(of(540, 760).pitch).toBeGreaterThan(of(240, 440).pitch + 3);
  expect(of(540, 760).level).toBeGreaterThan(of(1440, 1660).level + 6);
});
