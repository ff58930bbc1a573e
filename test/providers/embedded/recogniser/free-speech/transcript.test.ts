import { expect, test } from "vitest";
import { transcriptOf } from "../../../../../src/providers/embedded/recogniser/free-speech/transcript.ts";

/** Words with these confidences; below 0.9 they are doubtful. */
const words = (...confidences: number[]) =>
  confidences.map((confidence, k) => ({
    text: `word${k}`,
    startMs: 100 * k,
    endMs: 100 * k + 80,
    confidence,
    ...(confidence < 0.9 && { doubtful: true }),
  }));

test("[FS2] words are told where one is certain, or where enough of them are fairly likely", () => {
  for (const told of [words(0.95), words(0.1, 0.92), words(0.6, 0.6, 0.5, 0.4)])
    expect(transcriptOf(told)).toEqual({
      text: told.map(({ text }) => text).join(" "),
      understood: true,
      words: told,
    });
});

test("[FS2] nothing is understood of no words, of a few doubtful ones, or of many unlikely ones", () => {
  for (const untold of [[], words(0.8), words(0.6, 0.6, 0.6), words(0.6, 0.4, 0.4, 0.4, 0.4)])
    expect(transcriptOf(untold)).toEqual({ text: "", understood: false });
});
