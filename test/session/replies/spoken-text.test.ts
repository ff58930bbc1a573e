import fc from "fast-check";
import { expect, test } from "vitest";
import { heardText, type SpokenPiece } from "../../../src/session/replies/spoken-text.ts";

/** A reply in pieces, each timed by its voice or not at all. */
const reply = fc
  .array(
    fc.record({
      words: fc.array(fc.stringMatching(/^[a-z0-9’é.,!?]{1,9}$/), { minLength: 1, maxLength: 8 }),
      wordMs: fc.integer({ min: 40, max: 900 }),
      timed: fc.boolean(),
      /** A voice may say more words than are written: "21" is two. */
      extra: fc.integer({ min: 0, max: 2 }),
    }),
    { maxLength: 6 },
  )
  .map((drafts) => {
    const pieces: SpokenPiece[] = [];
    let startMs = 0;
    for (const { words, wordMs, timed, extra } of drafts) {
      const count = words.length + extra;
      const said = Array.from({ length: count }, (_, at) => ({
        text: words[at] ?? "more",
        startMs: startMs + at * wordMs,
        endMs: startMs + (at + 1) * wordMs,
      }));
      const text = `${pieces.length > 0 ? " " : ""}${words.join(" ")}`;
      const endMs = startMs + count * wordMs;
      pieces.push({ text, startMs, endMs, words: timed ? said : [] });
      startMs = endMs;
    }
    return { pieces, full: pieces.map((piece) => piece.text).join(""), totalMs: startMs };
  });

test("[B4] what was heard is whole words from the start: none at 0, all at the end, never fewer later", () => {
  fc.assert(
    fc.property(
      reply,
      fc.double({ min: 0, max: 1.2, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (said, share, less) => {
        const { pieces, full, totalMs } = said;
        const later = heardText(pieces, share * totalMs);
        const sooner = heardText(pieces, share * less * totalMs);
        expect(full.startsWith(later)).toBe(true);
        expect(later.startsWith(sooner)).toBe(true);
        const next = full[later.length];
        expect(next === undefined || later === "" || /\s/.test(next)).toBe(true);
        expect(heardText(pieces, 0)).toBe("");
        expect(heardText(pieces, totalMs)).toBe(full);
      },
    ),
    { seed: 11, numRuns: 500 },
  );
});

test("[B4] of a sentence that was cut while it was made, the words sent are counted, not taken for all there are", () => {
  const text = "One two three four, five six seven eight nine ten.";
  const sent = ["One", "two", "three", "four"].map((word, at) => ({
    text: word,
    startMs: at * 400,
    endMs: at * 400 + 350,
  }));
  const piece = { text, startMs: 0, endMs: 1600, words: sent };
  expect(heardText([piece], 800)).toBe("One two");
  expect(heardText([piece], 1599)).toBe("One two three four,");
});
