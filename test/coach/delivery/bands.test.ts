import { describe, expect, test } from "vitest";
import { judge, type Metric } from "../../../src/coach/delivery/bands.ts";
import {
  type Baseline,
  calibrate,
  compareToBaseline,
  updateBaseline,
} from "../../../src/coach/delivery/baseline.ts";

describe("[DM11] bands", () => {
  test.each<[Metric, number, string, string]>([
    ["wordsPerMinute", 99, "en-US", "low"],
    ["wordsPerMinute", 100, "en-US", "good"],
    ["wordsPerMinute", 165, "en-GB", "good"],
    ["wordsPerMinute", 166, "en-US", "high"],
    ["wordsPerMinute", 90, "de-DE", "good"],
    ["wordsPerMinute", 140, "de-DE", "high"],
    ["wordsPerMinute", 140, "fr-FR", "good"],
    ["fillerPercent", 1.9, "en-US", "good"],
    ["fillerPercent", 3, "fr-FR", "fair"],
    ["fillerPercent", 5.1, "en-US", "high"],
    ["pitchSdSemitones", 1.2, "en-US", "low"],
    ["pitchSdSemitones", 3, "fr-FR", "good"],
  ])("%s of %f in %s is %s, with a source", (metric, value, language, band) => {
    expect(judge(metric, value, language)).toEqual({ band, source: expect.stringMatching(/\w{5}/) });
  });

  test("none where no rule is known", () => {
    expect(judge("loudnessDbfs", -20, "en-US")).toBeUndefined();
    expect(judge("wordsPerMinute", 140, "sv-SE")).toBeUndefined();
  });
});

describe("[DM11] the speaker's own", () => {
  const spoken = (wordsPerMinute: number) => ({ speechMs: 5000, pauseCount: 0, wordsPerMinute });
  const usual = [150, 155, 160, 150, 158, 152, 400];

  test("median and spread, which one wild value does not move", () => {
    const { usual: middle, spread } = calibrate(usual, 155)!;
    expect(middle).toBe(155);
    expect(spread).toBeLessThan(10);
    expect(calibrate(usual, 158)!.band).toBe("usual");
    expect(calibrate(usual, 190)!.band).toBe("higher");
    expect(calibrate(usual, 120)!.band).toBe("lower");
  });

  test("nothing is usual after fewer than five utterances, nor of a speaker who never changes by a hair", () => {
    expect(calibrate([1, 2, 3, 4], 3)).toBeUndefined();
    expect(calibrate([150, 150, 150, 150, 150], 153)!.band).toBe("usual");
  });

  test("a baseline remembers each figure, not how much was said, and no snatches", () => {
    const baseline = usual.reduce<Baseline>((known, pace) => updateBaseline(known, spoken(pace)), {});
    expect(baseline).toEqual({ wordsPerMinute: usual });
    expect(updateBaseline(baseline, { ...spoken(1), speechMs: 800 })).toBe(baseline);
    expect(compareToBaseline(baseline, spoken(200))).toEqual({ wordsPerMinute: calibrate(usual, 200) });
  });

  test("it follows a speaker who changes for good", () => {
    const paces = [...Array<number>(60).fill(190), ...Array<number>(40).fill(140)];
    const baseline = paces.reduce<Baseline>((known, pace) => updateBaseline(known, spoken(pace)), {});
    expect(compareToBaseline(baseline, spoken(141)).wordsPerMinute!.band).toBe("usual");
    expect(baseline.wordsPerMinute!.length).toBe(50);
  });
});
