import { expect, test } from "vitest";
import { transcriptPieces } from "../../web/practice/heard-words.ts";

const marked = (text: string, words: Parameters<typeof transcriptPieces>[1]) =>
  transcriptPieces(text, words)
    .map(({ text, doubtful }) => (doubtful ? `[${text}]` : text))
    .join("");

test("[PG17] doubtful words are told apart in the transcript, which stays whole", () => {
  const words = [
    { text: "I" },
    { text: "will" },
    { text: "call", doubtful: true },
    { text: "anna", doubtful: true },
    { text: "on" },
    { text: "Monday" },
  ];
  expect(marked("I will call Anna on Monday.", words)).toBe("I will [call] [Anna] on Monday.");
  expect(marked("Call me.", [{ text: "call", doubtful: true }, { text: "me" }])).toBe("[Call] me.");
});

test("[PG17] of a word that comes twice the one that is meant is marked", () => {
  const words = [{ text: "no" }, { text: "no", doubtful: true }, { text: "note", doubtful: true }];
  expect(marked("No, no note.", words)).toBe("No, [no] [note].");
});

test("[PG17] without words, or with words that are not in it, a transcript is as it is", () => {
  expect(marked("As it is.", undefined)).toBe("As it is.");
  expect(marked("As it is.", [{ text: "else", doubtful: true }, { text: "" }])).toBe("As it is.");
  expect(transcriptPieces("", [])).toEqual([]);
});
