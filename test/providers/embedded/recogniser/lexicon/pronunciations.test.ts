/** Ways to say a French word beyond the dictionary's. */
import { expect, test } from "vitest";
import { modelFolder } from "../../../../../src/providers/embedded/recogniser/acoustic/model-folder.ts";
import { loadLexicon } from "../../../../../src/providers/embedded/recogniser/lexicon/lexicon.ts";
import { pronunciationsOf } from "../../../../../src/providers/embedded/recogniser/lexicon/pronunciations.ts";

const lexicon = loadLexicon(modelFolder("fr-fr"), []);
const ways = (word: string) => pronunciationsOf(word, lexicon, "fr").map((way) => way.join(" "));

test.each([
  ["maintenant", "mm in tt nn an", "without the e that nobody says"],
  ["réponse", "rr ei pp on ss", "with a close é"],
  ["mode", "mm au dd", "with a close o"],
  ["petit", "pp tt ii", "as the dictionary has it"],
  ["veuillez", "vv oe yy ei", "by its letters"],
  ["dérouillez", "dd ei rr ou yy ei", "by its letters"],
])("%s may be said %s, %s", (word, said) => {
  expect(ways(word)).toContain(said);
  expect(ways(word).length).toBeLessThanOrEqual(8);
});

test("an e between two consonants on one side is kept", () => {
  expect(ways("justement").some((way) => way.includes("ss tt mm"))).toBe(false);
});
