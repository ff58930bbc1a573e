import { expect, test } from "vitest";
import { emphasisedWords, withoutEmphasis } from "../../../src/pipeline/mouth/emphasis.ts";
import { spokenForm } from "../../../src/providers/embedded/voice/spoken-form.ts";

test.each([
  ["I didn't say *he* stole it.", ["he"], "I didn't say he stole it."],
  ["*Never*, and *always*!", ["Never", "always"], "Never, and always!"],
  ["2 * 3 * 4 and **bold words** and *two words*", [], "2 * 3 * 4 and **bold words** and *two words*"],
  ["a*b*c", [], "a*b*c"],
])("[DR21] single words between asterisks have the weight: %s", (text, words, plain) => {
  expect(emphasisedWords(text)).toEqual(words);
  expect(withoutEmphasis(text)).toBe(plain);
});

test("[DR21] the voice marks up each of them once, and what is written as markup stays harmless", () => {
  const { text, words } = spokenForm("He said he would, <b>he</b> did.", "en", ["would"]);
  expect(text.match(/<[^>]*>/g)).toEqual(['<emphasis level="strong">', "</emphasis>"]);
  const [place] = words.filter((word) => word.text.startsWith("would"));
  expect([...text].slice(place?.start, place?.end).join("")).toBe(
    '<emphasis level="strong">would,</emphasis>',
  );
  expect(spokenForm("He would.", "en", ["<b>"]).text).toBe("He would.");
});

test("[DR21] marks that stand by themselves reach the voice, and the words stay in their places", () => {
  const { text, words } = spokenForm("Take care … and go.", "en");
  expect(text).toBe("Take care … and go.");
  expect(words.map((word) => [...text].slice(word.start, word.end).join(""))).toEqual([
    "Take",
    "care",
    "and",
    "go.",
  ]);
  expect(spokenForm("… and go ...", "en").text).toBe("and go …");
  expect(spokenForm("Tu viens ? Oui !", "fr").text).toBe("Tu viens? Oui!");
});
