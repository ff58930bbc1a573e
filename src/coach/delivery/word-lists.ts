/** The words that fill, hedge and may stand twice, by language. Data; adding a language touches this file alone. */

import { primaryLanguage } from "../../lib/language.ts";

/** A word or phrase, lower case; where its neighbours decide whether it counts, so they do. */
export type Phrase =
  | string
  | {
      readonly phrase: string;
      /** Counts only where punctuation or a filled pause sets it off: "it was, like, late", not "I like it". */
      readonly setOff?: true;
      /** Does not count right behind one of these words. */
      readonly notAfter?: readonly string[];
      /** Does not count right before one of these words. */
      readonly notBefore?: readonly string[];
    };

export interface LanguageWords {
  /** Um, uh: what is a filler wherever it stands, drawn out or not. */
  readonly filledPauses: RegExp;
  readonly fillers: readonly Phrase[];
  readonly hedges: readonly Phrase[];
  /** Words said twice for emphasis or by grammar. */
  readonly doubled: readonly string[];
}

const setOff = (words: string): Phrase[] => words.split(" ").map((phrase) => ({ phrase, setOff: true }));

const determiners = "what this that these those some any every a an the same each no which one another".split(
  " ",
);
const askers = "do did if as what how would should could can will when".split(" ");
const asked = "what how that who where when why if whether it this the him her them about".split(" ");

const en: LanguageWords = {
  filledPauses: /^(?:u+h+|u+h*m+|e+r+m*|h+m+|mm+|a+h+)$/,
  fillers: [
    { phrase: "you know", notAfter: askers, notBefore: asked },
    { phrase: "i mean", notAfter: ["what", "do", "that"], notBefore: ["it", "that", "to"] },
    { phrase: "you know what i mean", notAfter: askers },
    { phrase: "you see what i mean", notAfter: askers },
    ...setOff("like so well right okay ok actually basically literally anyway honestly"),
  ],
  hedges: [
    ..."maybe perhaps probably possibly presumably kinda sorta somewhat might hopefully".split(" "),
    { phrase: "i think", notBefore: ["about", "of"] },
    "i guess",
    "i suppose",
    { phrase: "i believe", notBefore: ["in", "you", "him", "her", "them"] },
    "i feel like",
    "i'd say",
    "i would say",
    { phrase: "kind of", notAfter: determiners },
    { phrase: "sort of", notAfter: determiners },
    "a bit",
    "a little",
    "a little bit",
    "more or less",
    "i'm not sure",
    "i am not sure",
    "i don't know",
    "i do not know",
    "not really",
    "it seems",
    "seems like",
    "in my opinion",
    "to some extent",
    "could be",
  ],
  doubled:
    "very really so yes yeah no okay ok had that much many far long never please bye there now well".split(
      " ",
    ),
};

const fr: LanguageWords = {
  filledPauses: /^(?:h*e+u+h*|h+u+m+|h+m+|mm+)$/,
  fillers: [
    "du coup",
    "en fait",
    "ben",
    "bah",
    "hein",
    "je veux dire",
    ...["tu vois", "tu sais", "vous voyez", "vous savez"].map((phrase) => ({
      phrase,
      notBefore: "que qu'il qu'elle ce où comment quoi pourquoi quand qui si le la les un une".split(" "),
    })),
    ...setOff("genre voilà quoi bon bref enfin donc alors"),
  ],
  hedges: [
    ..."peut-être probablement éventuellement disons".split(" "),
    { phrase: "je pense", notBefore: ["à", "au", "aux"] },
    { phrase: "je crois", notBefore: ["en", "au"] },
    "je suppose",
    "j'imagine",
    "il me semble",
    "on dirait",
    "un peu",
    "plus ou moins",
    "en quelque sorte",
    "je sais pas",
    "je ne sais pas",
    "je suis pas sûr",
    "je suis pas sûre",
    "je ne suis pas sûr",
    "je ne suis pas sûre",
    "à mon avis",
    "sans doute",
  ],
  doubled: "nous vous très oui non si bien tout".split(" "),
};

const de: LanguageWords = {
  filledPauses: /^(?:[äö]+h*m*|e+h+m+|h+m+|mm+)$/,
  fillers: [
    "halt",
    "sozusagen",
    "quasi",
    "naja",
    "na ja",
    "weißt du",
    "ich mein",
    { phrase: "ich meine", notBefore: ["es", "das", "damit"] },
    ...setOff("also genau ne gell tja"),
  ],
  hedges: [
    ..."vielleicht wahrscheinlich möglicherweise eventuell vermutlich irgendwie".split(" "),
    { phrase: "ich glaube", notBefore: ["an", "dir", "ihm", "ihr"] },
    { phrase: "ich denke", notBefore: ["an", "über"] },
    "ich schätze",
    "ich vermute",
    "ein bisschen",
    "ein wenig",
    "mehr oder weniger",
    "ich weiß nicht",
    "ich bin nicht sicher",
    "ich bin mir nicht sicher",
    "könnte sein",
  ],
  doubled: "sehr die der das sie ja nein so ganz".split(" "),
};

const es: LanguageWords = {
  filledPauses: /^(?:e+h+|e+h*m+|mm+|a+h+)$/,
  fillers: ["o sea", "en plan", "digamos", ...setOff("este pues bueno sabes entonces vale")],
  hedges: [
    ..."quizás quizá probablemente posiblemente supongo".split(" "),
    "tal vez",
    "a lo mejor",
    { phrase: "creo", notBefore: ["en"] },
    "me parece",
    "un poco",
    "más o menos",
    "no sé",
    "no estoy seguro",
    "no estoy segura",
    "yo diría",
  ],
  doubled: "muy sí no ya".split(" "),
};

const languages: Readonly<Record<string, LanguageWords>> = { en, fr, de, es };

/** The words of a language (BCP 47), or undefined where nobody has written them down. */
export function languageWords(language: string): LanguageWords | undefined {
  return languages[primaryLanguage(language)];
}
