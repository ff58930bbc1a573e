import { expect, test } from "vitest";
import { modelFolder } from "../../../../../src/providers/embedded/recogniser/acoustic/model-folder.ts";
import { loadLexicon } from "../../../../../src/providers/embedded/recogniser/lexicon/lexicon.ts";
import { pronunciationsOf } from "../../../../../src/providers/embedded/recogniser/lexicon/pronunciations.ts";

const lexicon = loadLexicon(modelFolder("en-us"), []);
const ways = (word: string) => pronunciationsOf(word, lexicon, "en").map((way) => way.join(" "));

test.each([
  ["undelete", "AH N D IH L IY T"],
  ["rerecord", "R IY R AH K AO R D"],
  ["unmute", "AH N M Y UW T"],
  ["touchtone", "T AH CH T OW N"],
  ["whitelisted", "W AY T L IH S T IH D"],
])("%s, which the dictionary has in parts alone, is said as these are", (word, said) => {
  expect(lexicon.pronunciations(word)).toEqual([]);
  expect(ways(word)).toContain(said);
});

test("a word of no known parts is still guessed from its letters", () => {
  expect(ways("blirp").length).toBeGreaterThan(0);
});
