/** What delivery is evaluated on: people, from unpacked Debian packages, and sentences in the voices of Debian's `flite`. */
import type { Recording } from "../../src/pipeline/audio/wav.ts";
import { howToGet, readersIn } from "../reader/people/recordings.ts";
import { coachees, testData } from "../speech/recordings.ts";

export const howToPrepare = `apt-get install praat flite; mkdir FOLDER
${howToGet}`;

export type Group = "people" | "synthetic";

export interface Utterance {
  readonly name: string;
  readonly group: Group;
  record(): Promise<Recording>;
}

/** Utterances of each telephone voice, and of each synthetic one. */
const ofEach = { prompts: 24, sentences: 12 };
/** Shorter ones have no range of pitch worth comparing, s. */
const shortest = 1.2;

/** All utterances of a folder, of each speaker the same number where there are so many. */
export function utterancesIn(folder: string): Utterance[] {
  return [...telephone(folder), ...men(folder), ...synthetic()];
}

/** Two women, in English and in French. */
function telephone(folder: string): Utterance[] {
  const readers = readersIn(folder).filter(({ name }) => name.includes("(telephone"));
  return ["Allison", "June"].flatMap((voice) =>
    readers
      .filter(({ name, part }) => name.startsWith(voice) && part === "judging")
      .flatMap(({ readings }) => readings.map(({ recording }) => recording))
      .filter(({ rate, pcm }) => pcm.length >= shortest * rate)
      .slice(0, ofEach.prompts)
      .map((recording, i) => ({
        name: `${voice} ${i + 1}`,
        group: "people" as const,
        record: async () => recording,
      })),
  );
}

/** Three men, in English. */
function men(folder: string): Utterance[] {
  return testData(folder).map(({ name, record }) => ({ name, group: "people", record }));
}

function synthetic(): Utterance[] {
  const counts = new Map<string, number>();
  return coachees().flatMap(({ name, record }) => {
    const voice = name.slice(0, name.lastIndexOf(" "));
    const count = (counts.get(voice) ?? 0) + 1;
    counts.set(voice, count);
    return count > ofEach.sentences ? [] : [{ name, group: "synthetic" as const, record }];
  });
}
