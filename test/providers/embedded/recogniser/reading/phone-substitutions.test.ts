import { describe, expect, test } from "vitest";
import type { AcousticModel } from "../../../../../src/providers/embedded/recogniser/acoustic/acoustic-model.ts";
import type { SenoneScores } from "../../../../../src/providers/embedded/recogniser/acoustic/senone-scores.ts";
import { substitutionLeads } from "../../../../../src/providers/embedded/recogniser/reading/phone-substitutions.ts";
import type { SpokenSegment } from "../../../../../src/providers/embedded/recogniser/reading/reading-report.ts";

const names = ["SIL", "S", "SH", "T", "IY", "IH", "+NSN+"];
const free = new Float32Array(names.length * 3);
/** Each phone's three states score by one row of their own, whatever its neighbours. */
const model = {
  phones: names,
  phoneId: new Map(names.map((name, id) => [name, id])),
  silence: 0,
  stay: free,
  leave: free,
  senonesOf: (phone: number) => [phone, phone, phone],
} as unknown as AcousticModel;

/** Frames in which `said` was said, three a sound; every other phone loses 4 nats in each. */
const hear = (said: readonly string[]): SenoneScores => {
  const row = (senone: number) =>
    Float32Array.from({ length: said.length * 3 }, (_, t) =>
      said[Math.floor(t / 3)] === names[senone] ? 0 : -4,
    );
  return {
    frames: said.length * 3,
    part: (senone: number, start: number, end: number) => row(senone).slice(start, end),
  } as unknown as SenoneScores;
};

/** A word of these phones, laid over three frames each from frame `offset` of the utterance. */
const read = (phones: readonly string[], place = 0, offset = 3): SpokenSegment =>
  ({
    step: { states: phones.flatMap((_, i) => [i * 3, i * 3 + 1, i * 3 + 2]), end: phones.length * 3 },
    label: { kind: "expected", place, phones },
    offset,
  }) as unknown as SpokenSegment;

describe("the lead of other sounds over those of a word", () => {
  test("a consonant said for another wins by what its frames say; where the word was said, none does", () => {
    const slip = substitutionLeads(
      model,
      hear(["SIL", "SH", "IY", "SIL"]),
      [read(["S", "IY"])],
      new Set([0]),
    ).get(0);
    expect(slip).toEqual({ consonant: 12, vowel: -12 });
    const right = substitutionLeads(
      model,
      hear(["SIL", "S", "IY", "SIL"]),
      [read(["S", "IY"])],
      new Set([0]),
    ).get(0);
    expect(right).toEqual({ consonant: -12, vowel: -12 });
  });

  test("a vowel is told apart from a consonant, and neither is held against a sound of the other kind", () => {
    const vowel = substitutionLeads(
      model,
      hear(["SIL", "S", "IH", "SIL"]),
      [read(["S", "IY"])],
      new Set([0]),
    ).get(0);
    expect(vowel).toEqual({ consonant: -12, vowel: 12 });
    const other = substitutionLeads(
      model,
      hear(["SIL", "IH", "IY", "SIL"]),
      [read(["S", "IY"])],
      new Set([0]),
    ).get(0);
    expect(other?.consonant).toBe(0);
  });

  test("only the places asked for are looked at, each by its own sounds", () => {
    const spoken = [read(["S", "IY"]), read(["S", "IH"], 1, 9)];
    const leads = substitutionLeads(model, hear(["SIL", "SH", "IY", "T", "IH", "SIL"]), spoken, new Set([1]));
    expect([...leads.keys()]).toEqual([1]);
    expect(leads.get(1)?.consonant).toBe(12);
  });
});
