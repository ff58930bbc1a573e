import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conversationDelivery } from "../../../src/coach/delivery/conversation-delivery.ts";
import { joinDelivery } from "../../../src/coach/delivery/join-delivery.ts";
import type { Delivery } from "../../../src/ports/delivery.ts";

const stretch = (startMs: number, endMs: number) => ({ startMs, endMs });

describe("[DM10] the conversation as a whole", () => {
  test("talk share: the user's speech by all speech", () => {
    const figures = conversationDelivery(
      [stretch(5000, 11_000), stretch(20_000, 29_000)],
      [stretch(0, 5000)],
    );
    expect(figures.talkSharePercent).toBe(75);
  });

  test("silence around the voice is no speech, and overlapping audio counts once", () => {
    const delivery: Delivery = { onsetMs: 300, speechMs: 1000, pauseCount: 0 };
    const utterance = { ...stretch(5000, 7000), delivery };
    const coach = [stretch(0, 600), stretch(500, 1000)];
    expect(conversationDelivery([utterance], coach).talkSharePercent).toBe(50);
  });

  test("response gap: the median from the coach's end to the first voiced moment behind it", () => {
    const delivery: Delivery = { onsetMs: 300, speechMs: 900, pauseCount: 0 };
    const coach = [stretch(0, 1000), stretch(5000, 6000), stretch(10_000, 11_000)];
    const utterances = [
      { ...stretch(1400, 3000), delivery },
      stretch(6500, 7000),
      // The user going on is no answer to the coach.
      stretch(8000, 9000),
      stretch(13_000, 14_000),
    ];
    expect(conversationDelivery(utterances, coach).responseGapMs).toBe(700);
  });

  test("who speaks into the coach's words has no gap, nor who speaks first", () => {
    expect(conversationDelivery([stretch(500, 3000)], [stretch(0, 1000)])).not.toHaveProperty(
      "responseGapMs",
    );
    expect(conversationDelivery([stretch(0, 900)], [stretch(1000, 2000)])).not.toHaveProperty(
      "responseGapMs",
    );
  });

  test("what cannot be computed is absent", () => {
    expect(conversationDelivery([], [])).toEqual({});
    expect(conversationDelivery([], [stretch(0, 1000)])).toEqual({ talkSharePercent: 0 });
    expect(joinDelivery([])).toBeUndefined();
    const joined = joinDelivery([
      { speechMs: 1000, pauseCount: 0 },
      { speechMs: 500, pauseCount: 0 },
    ]);
    expect(joined).toEqual({ speechMs: 1500, pauseCount: 0, pausesPerMinute: 0 });
  });

  test("figures in all are weighed by what they are shares of", () => {
    const first: Delivery = {
      speechMs: 10_000,
      pauseCount: 3,
      meanPauseMs: 400,
      longestPauseMs: 900,
      phonationRatio: 0.88,
      syllablesPerSecond: 4,
      pitchHz: 120,
      pitchSdSemitones: 1,
      loudnessDbfs: -20,
      wordCount: 30,
      wordsPerMinute: 180,
      fillerCount: 3,
      hedgeCount: 0,
    };
    const second: Delivery = {
      speechMs: 20_000,
      pauseCount: 1,
      meanPauseMs: 800,
      longestPauseMs: 800,
      phonationRatio: 0.96,
      syllablesPerSecond: 5,
      pitchHz: 110,
      pitchSdSemitones: 3,
      loudnessDbfs: -20,
      wordCount: 40,
      wordsPerMinute: 120,
      fillerCount: 0,
      hedgeCount: 7,
    };
    const { delivery } = conversationDelivery(
      [first, second].map((each, k) => ({ ...stretch(k * 30_000, k * 30_000 + 25_000), delivery: each })),
      [],
    );
    expect(delivery).toMatchObject({
      speechMs: 30_000,
      pauseCount: 4,
      pausesPerMinute: 8,
      meanPauseMs: 500,
      longestPauseMs: 900,
      phonationRatio: 0.933,
      pitchHz: 110,
      loudnessDbfs: -20,
      wordCount: 70,
      // 30 words in 10 s and 40 in 20 s.
      wordsPerMinute: 140,
      fillerCount: 3,
      fillersPerMinute: 6,
      fillerPercent: 4.29,
      hedgesPer100Words: 10,
    });
    expect(delivery!.syllablesPerSecond).toBeCloseTo((4 * 8.8 + 5 * 19.2) / 28, 2);
  });

  test("one utterance alone keeps its figures", () => {
    const whole = fc.record(
      {
        speechMs: fc.integer({ min: 500, max: 60_000 }),
        pauseCount: fc.constant(2),
        meanPauseMs: fc.integer({ min: 250, max: 3000 }),
        longestPauseMs: fc.integer({ min: 250, max: 3000 }),
        phonationRatio: fc.constantFrom(0.5, 0.75, 1),
        syllablesPerSecond: fc.constantFrom(2.5, 4, 6.25),
        pitchHz: fc.constantFrom(98.5, 210),
        pitchSdSemitones: fc.constantFrom(0.5, 3.25),
        loudnessDbfs: fc.constantFrom(-40, -12.5),
        wordCount: fc.integer({ min: 10, max: 90 }),
        wordsPerMinute: fc.integer({ min: 60, max: 240 }),
      },
      { requiredKeys: ["speechMs", "pauseCount", "wordCount"] },
    );
    fc.assert(
      fc.property(whole, (delivery) => void expect(joinDelivery([delivery])).toMatchObject(delivery)),
    );
  });
});
