/** People who read right: the stress of their words, and the ends of their statements. */
import { readFileSync } from "node:fs";
import { dictionary } from "cmu-pronouncing-dictionary";
import { readWav } from "../../src/pipeline/audio/wav.ts";
import { vowelsOf } from "../../src/pipeline/delivery/prominence.ts";
import { hasTestData, promptsOf, sentencesOf } from "../debian-recordings.ts";
import { type Heard, type Outcome, outcomeOf, prepared, type Spoken, wordsOf } from "./hear.ts";
import { isNucleus } from "./renderings.ts";

const words = { fewest: 4, most: 14 };

export interface Person {
  readonly name: string;
  readings(): AsyncGenerator<Spoken>;
}

/** A woman on the telephone, and men of the test data of CMU Sphinx. */
export function peopleIn(folder: string, most: number): Person[] {
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
        return count >= words.fewest && count <= words.most && !/[[(<\d?]/.test(said);
      });
      for (const { said, file } of sentences.slice(0, most))
        yield { text: said, recording: await prepared(readWav(readFileSync(file))) };
    },
  }));
}

/** One for each word of several syllables that the dictionary knows in one way, but the last. */
export function stressOutcomes(heard: Heard): Outcome[] {
  return wordsOf(heard)
    .slice(0, -1)
    .flatMap(({ expected = "", verdict, phones = [] }, word) => {
      const known = dictionary[expected.toLowerCase()]?.split(" ").filter(isNucleus);
      const sure = dictionary[`${expected.toLowerCase()}(1)`] === undefined;
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
