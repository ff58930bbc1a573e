/** What buttons say to the coach in the user's place, in the session's language. */
import { primaryLanguage } from "../messages/language.ts";

export type WrapUpAnswer = "yes" | "no" | "more";
export type DrillCommand = "repeat" | "next";
type Spoken = Readonly<Record<WrapUpAnswer | DrillCommand, string>>;

const english: Spoken = {
  yes: "Yes.",
  no: "Not yet.",
  more: "Five more minutes, please.",
  repeat: "repeat",
  next: "next",
};
/** By the language's first part; commands as the coach knows them. */
const spoken: Readonly<Record<string, Spoken>> = {
  en: english,
  fr: { yes: "Oui.", no: "Pas encore.", more: "Encore cinq minutes.", repeat: "répète", next: "suivant" },
};

/** What is said in a language (BCP 47); English where there is nothing of it. */
export function spokenAnswer(language: string, name: keyof Spoken): string {
  return (spoken[primaryLanguage(language)] ?? english)[name];
}
