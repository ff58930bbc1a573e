import { isWrongPause, type ProsodyResult, type ProsodyTarget } from "../../ports/reading.ts";
import type { Variants } from "./variants.ts";

type Aspect = ProsodyTarget["aspect"];

/** Words of the coach about stress and melody. `wordAt`: a word of the sentence, by its place. */
export interface ProsodyPhrases {
  /** Asks for a sentence; the sentence comes after it. */
  readonly ask: (target: ProsodyTarget, wordAt: (place: number) => string) => string;
  readonly heard: (result: ProsodyResult, wordAt: (place: number) => string) => string;
  readonly tips: Readonly<Record<Exclude<Aspect, "contour"> | "rise" | "fall", Variants>>;
}

const ordinals = ["first", "second", "third", "fourth", "fifth", "sixth"];
const unclear: Readonly<Record<Aspect, string>> = {
  stress: "The words were right, but I could not tell which syllable had the stress.",
  emphasis: "The words were right, but I could not tell which word had the weight.",
  contour: "The words were right, but your voice stayed too level for me to tell whether it rose or fell.",
  pauses: "The words were right, but I could not tell where you paused.",
};

export const englishProsody: ProsodyPhrases = {
  ask(target, wordAt) {
    switch (target.aspect) {
      case "stress":
        return `Stress the ${ordinals[target.stressed]} syllable of "${target.syllables.join("")}":`;
      case "emphasis":
        return `Give the weight to "${wordAt(target.word)}":`;
      case "contour":
        return target.shape === "rise"
          ? "Let your voice rise at the end:"
          : "Let your voice fall at the end:";
      case "pauses":
        return "Pause at the dots, and nowhere else:";
    }
  },
  heard({ target, verdict, syllable = 0, word = 0, shape, pauses = [] }, wordAt) {
    if (verdict === "unclear") return unclear[target.aspect];
    const right = verdict === "as_asked";
    switch (target.aspect) {
      case "stress": {
        const heard = `The stress was on the ${ordinals[syllable]} syllable`;
        return right
          ? `${heard}, as it should be.`
          : `${heard}; it belongs on the ${ordinals[target.stressed]}.`;
      }
      case "emphasis":
        return right
          ? `"${wordAt(word)}" had the weight.`
          : `"${wordAt(word)}" had more weight than "${wordAt(target.word)}".`;
      case "contour":
        return `Your voice ${shape === "rise" ? "rose" : "fell"} at the end${right ? ", as asked" : ""}.`;
      case "pauses": {
        if (right) return "Your pauses were where they belong.";
        const wrong = pauses.find(isWrongPause);
        return wrong?.asked
          ? `There was no pause after "${wordAt(wrong.after)}".`
          : `There was a pause after "${wordAt(wrong?.after ?? 0)}", where none belongs.`;
      }
    }
  },
  tips: {
    stress: [
      "One thing to try: make that syllable longer and higher, and the others short.",
      "One thing to try: tap the table on that syllable.",
    ],
    emphasis: [
      "One thing to try: say that word higher and longer, and the rest lower and flat.",
      "One thing to try: imagine somebody has just said another word in its place.",
    ],
    rise: [
      "One thing to try: begin the last word low, and let it climb.",
      "One thing to try: end as if you raised your eyebrows.",
    ],
    fall: [
      "One thing to try: begin the last word high, and let it drop.",
      "One thing to try: end as if you put something down.",
    ],
    pauses: [
      "One thing to try: say all words up to the dots in one go, then breathe.",
      "One thing to try: read each part once by itself before you put them together.",
    ],
  },
};

const frenchUnclear: Readonly<Record<Aspect, string>> = {
  stress: "Les mots étaient justes, mais je n'ai pas pu dire quelle syllabe portait l'accent.",
  emphasis: "Les mots étaient justes, mais je n'ai pas pu dire quel mot ressortait.",
  contour: "Les mots étaient justes, mais la voix est restée trop égale pour que je dise si elle montait.",
  pauses: "Les mots étaient justes, mais je n'ai pas pu dire où étaient les pauses.",
};
const frenchOrdinals = ["première", "deuxième", "troisième", "quatrième", "cinquième", "sixième"];

export const frenchProsody: ProsodyPhrases = {
  ask(target, wordAt) {
    switch (target.aspect) {
      case "stress":
        return `Accentuez la ${frenchOrdinals[target.stressed]} syllabe de « ${target.syllables.join("")} » :`;
      case "emphasis":
        return `Faites ressortir « ${wordAt(target.word)} » :`;
      case "contour":
        return target.shape === "rise"
          ? "Laissez la voix monter à la fin :"
          : "Laissez la voix descendre à la fin :";
      case "pauses":
        return "Faites une pause aux points, et nulle part ailleurs :";
    }
  },
  heard({ target, verdict, syllable = 0, word = 0, shape, pauses = [] }, wordAt) {
    if (verdict === "unclear") return frenchUnclear[target.aspect];
    const right = verdict === "as_asked";
    switch (target.aspect) {
      case "stress":
        return `L'accent était sur la ${frenchOrdinals[syllable]} syllabe${right ? ", comme il faut" : ""}.`;
      case "emphasis":
        return right
          ? `« ${wordAt(word)} » ressortait bien.`
          : `« ${wordAt(word)} » ressortait plus que « ${wordAt(target.word)} ».`;
      case "contour":
        return `La voix est ${shape === "rise" ? "montée" : "descendue"} à la fin${right ? ", comme demandé" : ""}.`;
      case "pauses": {
        if (right) return "Les pauses étaient à leur place.";
        const wrong = pauses.find(isWrongPause);
        return wrong?.asked
          ? `Il n'y avait pas de pause après « ${wordAt(wrong.after)} ».`
          : `Il y avait une pause après « ${wordAt(wrong?.after ?? 0)} », où il n'en faut pas.`;
      }
    }
  },
  tips: {
    stress: ["Une chose à essayer : allongez cette syllabe, et dites les autres plus vite."],
    emphasis: ["Une chose à essayer : dites ce mot plus haut et plus long, et le reste plus bas."],
    rise: [
      "Une chose à essayer : commencez le dernier mot bas, et laissez-le monter.",
      "Une chose à essayer : finissez comme si vous leviez les sourcils.",
    ],
    fall: [
      "Une chose à essayer : commencez le dernier mot haut, et laissez-le descendre.",
      "Une chose à essayer : finissez comme si vous posiez quelque chose.",
    ],
    pauses: [
      "Une chose à essayer : dites tous les mots jusqu'aux points d'un seul trait, puis respirez.",
      "Une chose à essayer : lisez chaque partie une fois à part, puis l'ensemble.",
    ],
  },
};
