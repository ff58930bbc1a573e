import { describe, expect, test } from "vitest";
import type { SimilarWord } from "../../../../../src/providers/embedded/recogniser/lexicon/lexicon.ts";
import {
  doubtfulPlaces,
  excessLosses,
  type Losses,
  lossesOf,
  readAsExpected,
} from "../../../../../src/providers/embedded/recogniser/reading/alternatives.ts";
import type { SubstitutionLeads } from "../../../../../src/providers/embedded/recogniser/reading/phone-substitutions.ts";

const sure: Losses = { expected: 0, unknown: 90, omitted: 90, similarWord: 90, candidates: [] };
const losses = (more: Partial<Losses>): Losses => ({ ...sure, ...more });
const excess = (at: Losses, worst?: number, misfit = 0, adapted = false, margin = 25) =>
  excessLosses(
    { tolerance: { margin, strangest: 0.2 }, adapted },
    [sure, sure, at],
    misfit,
    new Map(worst === undefined ? [] : [[2, worst]]),
  );
const verdict = (...at: Parameters<typeof excess>) => readAsExpected(excess(...at), 0, new Map())[2];

describe("whether the expected word stands", () => {
  test("a look-alike that wins by much takes its place; by little, not", () => {
    expect(verdict(losses({ expected: 60, similarWord: 0 }))).toBe(false);
    expect(verdict(losses({ expected: 20, similarWord: 0 }))).toBe(true);
  });

  test("of a model that fits people less, a look-alike has to win by more", () => {
    const lost = losses({ expected: 40, similarWord: 0 });
    expect(verdict(lost)).toBe(false);
    expect(verdict(lost, undefined, 0, false, 45)).toBe(true);
  });

  test("between the two, the word's worst sound decides", () => {
    const close = losses({ expected: 30, similarWord: 0 });
    expect(verdict(close, 0.95)).toBe(true);
    expect(verdict(close, 0.1)).toBe(false);
  });

  test("sounds of no word have to win by more than a look-alike", () => {
    expect(verdict(losses({ expected: 34, similarWord: 0 }))).toBe(false);
    expect(verdict(losses({ expected: 34, unknown: 0 }))).toBe(true);
  });

  test("by still more once the speaker is known: then the model fits all that was said right", () => {
    const odd = losses({ expected: 45, unknown: 0 });
    expect(verdict(odd)).toBe(false);
    expect(verdict(odd, undefined, 0, true)).toBe(true);
  });

  test("of a voice that is strange to the model more is believed", () => {
    expect(verdict(losses({ expected: 60, similarWord: 0 }), undefined, 2)).toBe(true);
  });
});

describe("what the sounds of a word add", () => {
  const judged = (loss: number, lead: SubstitutionLeads, misfit = 0) =>
    readAsExpected([loss], misfit, new Map([[0, lead]]))[0];

  test("a better consonant takes the word down, though no look-alike wins by enough", () => {
    expect(judged(-10, { consonant: 60, vowel: -20 })).toBe(false);
    expect(judged(-10, { consonant: -30, vowel: -20 })).toBe(true);
  });

  test("a look-alike that wins by its vowel is an accent where every consonant was said well", () => {
    expect(judged(20, { consonant: -30, vowel: 40 })).toBe(true);
    expect(judged(20, { consonant: 50, vowel: 40 })).toBe(false);
  });

  test("of a voice that is strange to the model they say nothing", () => {
    expect(judged(-10, { consonant: 60, vowel: -20 }, 0.7)).toBe(true);
    expect([...doubtfulPlaces([sure], [-10], 0.7)]).toEqual([]);
  });

  test("they are not sought beside a word that was not read, nor against an omission", () => {
    const alike = losses({ expected: 30, similarWord: 0 });
    expect([...doubtfulPlaces([sure, alike, sure, sure], [-10, 20, -10, -10], 0)]).toEqual([1, 3]);
    expect([...doubtfulPlaces([losses({ expected: 30, omitted: 0 })], [20], 0)]).toEqual([]);
  });

  test("they are sought only where they could turn the decision", () => {
    expect([...doubtfulPlaces([sure, sure, sure], [-120, -40, 0], 0)]).toEqual([1, 2]);
    expect(readAsExpected([-120, 120], 0, new Map())).toEqual([true, false]);
  });
});

describe("a look-alike one kindred sound off", () => {
  /** One frame of audio, in which each reading has the likelihood of its chain. */
  const weigh = (phones: readonly string[]) => {
    const word: SimilarWord = { word: "other", phones, distance: 0.6, rank: 10 };
    const chain = (score: number) => ({
      from: 0,
      to: 1,
      weight: 0,
      emissions: [Float32Array.of(score)],
      stay: [-1e30],
      leave: [0],
    });
    const place = { pronunciations: [["S", "IH", "T"]], similarWords: [word] };
    const labels = [
      { kind: "expected", place: 0, phones: ["S", "IH", "T"] },
      { kind: "look_alike", place: 0, phones, word },
    ] as const;
    const network = { nodes: 2, chains: [chain(-40), chain(0)], jumps: [] };
    return lossesOf([place], { network, labels, bodies: [], skips: [] }, 0, 1);
  };

  test("is an accent where it is a vowel, and a slip where it is a consonant", () => {
    const [accent] = weigh(["S", "IY", "T"]);
    const [slip] = weigh(["SH", "IH", "T"]);
    expect(slip?.similarWord).toBeLessThan(10);
    expect(accent?.similarWord).toBeGreaterThanOrEqual((slip?.similarWord ?? 0) + 10);
  });
});
