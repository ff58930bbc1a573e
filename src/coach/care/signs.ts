/** Finds signs of danger in the user's words: to themselves, to others, or by others. Pure; rules [CA…]. */
import { plainWords } from "../nlu/patterns.ts";
import { english } from "./english-signs.ts";
import { french } from "./french-signs.ts";
import { type CareKind, type CrisisPatterns, careKinds } from "./kinds.ts";

const languages: readonly CrisisPatterns[] = [english, french];

/** Characters of a turn that are searched; longer turns do not occur in speech. */
const longest = 4000;

/**
 * The most urgent sign of crisis in these words, or undefined. English and French, whatever the conversation's language:
 * people change languages under stress. Prefers a needless answer to a missed sign, but for common figures of speech.
 */
export function signOfCrisis(text: string): CareKind | undefined {
  const found = new Set(sentencesOf(text.slice(0, longest)).flatMap((each) => signsIn(each)));
  return careKinds.find((kind) => found.has(kind));
}

/** "But" begins anew: what was denied before it says nothing of what comes after. */
function sentencesOf(text: string): string[] {
  return text
    .split(/[.!?;…\n]+|\b(?:but|however|mais)\b/i)
    .map((part) => plainWords(part).replace(/^(?:no|non|yes|oui|well) (?=i\b|i'|it|he|she|my|je|j'|c')/, ""))
    .filter((part) => part !== "");
}

/** Every language's exceptions hold for every language's signs: some words are the same in both. */
function signsIn(sentence: string): CareKind[] {
  const figures = languages.flatMap((tongue) => tongue.figures);
  const said = figures.reduce((rest, figure) => rest.replace(figure, " – "), sentence);
  if (languages.some(({ quoted }) => quoted.test(said))) return [];
  const certain = languages.flatMap((tongue) =>
    careKinds.filter((kind) => tongue.certain[kind].some((sign) => sign.test(said))),
  );
  if (languages.some(({ fictional }) => fictional.test(said))) return certain;
  return [...certain, ...languages.flatMap((tongue) => likelyIn(said, tongue))];
}

function likelyIn(said: string, { likely }: CrisisPatterns): CareKind[] {
  const undenied = (sign: RegExp) => {
    const match = sign.exec(said);
    return match && !isDenied(said, match) ? [match] : [];
  };
  const own = (["self_harm", "abuse", "violence"] as const).filter((kind) =>
    likely[kind].some((sign) => undenied(sign).length > 0),
  );
  const bare = likely.anyone
    .flatMap(undenied)
    .map(({ index }) => (isAboutAnother(said, index) ? "someone_else" : "self_harm"));
  const another = likely.someone_else
    .flatMap(undenied)
    .filter(({ index, 0: { length } }) => lastAt("somebody", said.slice(0, index + length)) >= 0)
    .map(() => "someone_else" as const);
  return [...own, ...bare, ...another];
}

/** "I would never …": a negation between the last subject and the end of the sign. */
function isDenied(said: string, { index, 0: { length } }: RegExpExecArray): boolean {
  const from = Math.max(0, lastAt("subject", said.slice(0, index)));
  const clause = said.slice(from, index + length);
  return languages.some(({ negation, notANegation }) => negation.test(clause) && !notANegation.test(clause));
}

function isAboutAnother(said: string, index: number): boolean {
  const before = said.slice(0, index);
  return lastAt("somebody", before) > lastAt("self", before);
}

/** Finds where somebody is named last, in whatever language; −1: nowhere. */
function lastAt(who: "subject" | "self" | "somebody", text: string): number {
  return Math.max(...languages.map((tongue) => [...text.matchAll(tongue[who])].at(-1)?.index ?? -1));
}
