import { expect, test } from "vitest";
import { alignContours, farthestApart, type SpokenContour } from "../../web/practice/contour-alignment.ts";

/** A voice about a median, one pitch each 50 ms, given in semitones over it; words of equal length. */
function spoken(medianHz: number, words: Record<string, readonly (number | null)[]>): SpokenContour {
  const all = Object.entries(words);
  const pitchHz = all.flatMap(([, semitones]) =>
    semitones.map((each) => (each === null ? null : medianHz * 2 ** (each / 12))),
  );
  let at = 100;
  const timed = all.map(([text, semitones]) => {
    const startMs = at;
    at += semitones.length * 50;
    return { text, startMs, endMs: at };
  });
  return { contour: { startMs: 100, stepMs: 50, pitchHz }, words: timed };
}

const low = spoken(100, { The: [0, 0], "cat,": [4, 2, -2, -4], "sat.": [0, 0, -1] });

test("[PG30] a low voice and a high one that go the same way lie upon each other, whatever their pace", () => {
  const high = spoken(220, { the: [0, 0, 0], cat: [4, 4, 2, 0, -2, -4, -4], sat: [0, 0, -1] });
  const words = alignContours(high, low, "The cat, sat.");
  expect(words.map(({ text, lengthMs }) => [text, lengthMs])).toEqual([
    ["The", 100],
    ["cat,", 200],
    ["sat.", 150],
  ]);
  expect(words[1]?.own).toMatchObject({ movement: "falling", height: expect.closeTo(0, 5) });
  expect(words[1]?.model).toMatchObject({ movement: "falling" });
  expect(words[1]?.own?.lines[0]?.at(-1)).toEqual({ x: expect.closeTo(13 / 14), y: expect.closeTo(-4) });
  expect(farthestApart(words)).toBeUndefined();
});

test("[PG30] the word where one rises and the other falls is where they are farthest apart", () => {
  const rising = spoken(100, { the: [0, 0], cat: [-4, 0, 0, 4], sat: [0, 0, -1] });
  expect(farthestApart(alignContours(rising, low, ""))).toMatchObject({
    word: { text: "cat,", own: { movement: "rising" }, model: { movement: "falling" } },
  });
});

test("[PG30] a word that was left out, or that had no voice, is the model's alone", () => {
  const { contour, words } = spoken(100, { the: [0, 0], sat: [null, null] });
  const without = { contour, words: [words[0]!, { text: "cat" }, words[1]!] };
  const [the, cat, sat] = alignContours(without, low, "");
  expect([the?.own !== undefined, cat?.own, sat?.own]).toEqual([true, undefined, undefined]);
  expect(cat?.model).toBeDefined();
});

test("[PG30] without the words' times the whole is compared as one", () => {
  const untimed = { contour: low.contour, words: [] };
  const [only, ...others] = alignContours(low, untimed, "The cat sat.");
  expect(others).toEqual([]);
  expect(only).toMatchObject({ text: "The cat sat.", lengthMs: 450, own: { height: expect.closeTo(0, 5) } });
});
