/** People who read right: the stress of their words, and the ends of their statements. */
import { readFileSync } from "node:fs";
import { dictionary } from "cmu-pronouncing-dictionary";
import { readWav } from "../../src/pipeline/audio/wav.ts";
import { vowelsOf } from "../../src/pipeline/delivery/prominence.ts";
import { hasTestData, promptsOf, sentencesOf } from "../debian-recordings.ts";
import { hashOf } from "../reader/sentences.ts";
import { type Heard, type Outcome, outcomeOf, prepared, type Spoken, wordsOf } from "./hear.ts";
import { isNucleus } from "./renderings.ts";

const words = { fewest: 4, most: 14 };

export interface Person {
  readonly name: string;
  readings(): AsyncGenerator<Spoken>;
}

/** A woman on the telephone, and men of the test data of CMU Sphinx; half of their texts are of each part, by a hash. */
export function peopleIn(folder: string, part: string, most: number): Person[] {
  const inPart = (said: string) => (hashOf(said) % 2 === 0) === (part === "calibration");
  const men = ["librivox/transcription", "cards/cards.transcription"].filter((list) =>
    hasTestData(folder, list),
  );
  return [
    { name: "Allison (telephone)", all: promptsOf(folder, "en", "en_US_f_Allison") },
    { name: "men of the test data", all: men.flatMap((list) => sentencesOf(folder, list)) },
  ].map(({ name, all }) => ({
    name,
    async *readings() {
      const sentences = all.filter(({ said }) => {
        const count = said.split(/\s+/).length;
        return count >= words.fewest && count <= words.most && !/[[(<\d?]/.test(said) && inPart(said);
      });
      for (const { said, file } of sentences.slice(0, most))
        yield { text: said, recording: await prepared(readWav(readFileSync(file))) };
    },
  }));
}

/** Words whose prefix people stress where they contrast ("UNlock", "REset"): the dictionary does not tell what was said. */
const contrasted = /^(?:un|in|de|re|dis)|^cannot$/;

/**
 * One for each word of several syllables that the dictionary knows in one way, but the last; those with a prefix that one
 * contrasts, or all others.
 */
export function stressOutcomes(heard: Heard, prefixed: boolean): Outcome[] {
  return wordsOf(heard)
    .slice(0, -1)
    .flatMap(({ expected = "", verdict, phones = [] }, word) => {
      const known = dictionary[expected.toLowerCase()]?.split(" ").filter(isNucleus);
      const sure = dictionary[`${expected.toLowerCase()}(1)`] === undefined;
      if (contrasted.test(expected.toLowerCase()) !== prefixed) return [];
      if (!known || !sure || verdict !== "correct" || known.length < 2) return [];
      if (vowelsOf(phones).length !== known.length) return [];
      const stressed = known.findIndex((phone) => phone.endsWith("1"));
      return [outcomeOf({ aspect: "stress", word, syllables: known, stressed }, true, heard)];
    });
}

/** The end of a statement, which falls. */
export function endOutcomes(heard: Heard): Outcome[] {
  return [outcomeOf({ aspect: "contour", shape: "fall" }, true, heard)];
}
