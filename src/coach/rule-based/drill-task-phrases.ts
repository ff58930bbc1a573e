import type { PaceTarget } from "../../ports/reading.ts";
import { englishProsody, frenchProsody, type ProsodyPhrases } from "./prosody-phrases.ts";
import type { Variants } from "./variants.ts";

export interface DrillTaskPhrases {
  /** Asks for a word of a pair; the word comes after it. */
  readonly sayWord: Variants;
  readonly sayAgain: Variants;
  /** Names the pair; asking for a word of it comes after. */
  readonly newPair: (a: string, b: string) => string;
  /** `clarity` 0–1, absent where it is not known. */
  readonly heardRight: (word: string, other: string, clarity: number | undefined) => string;
  readonly heardOther: (heard: string, asked: string, clarity: number | undefined) => string;
  readonly tryWay: (word: string, way: string) => string;
  readonly pairScore: (a: string, b: string, right: number, said: number) => string;
  readonly neither: (a: string, b: string) => string;
  /** Asks for a sentence at a pace; the sentence comes after it. */
  readonly readAt: (target: PaceTarget) => string;
  readonly measured: (unit: PaceTarget["unit"], measured: number, asked: number, on: boolean) => string;
  readonly tryPace: Readonly<Record<"slower" | "quicker" | "longer" | "shorter", Variants>>;
  readonly prosody: ProsodyPhrases;
}

/** From here on a word was clearly the one and not the other; below the second it could have been either. */
const clear = 0.75;
const close = 0.35;

const nearness = (clarity: number | undefined): "clear" | "fair" | "close" | "unknown" => {
  if (clarity === undefined) return "unknown";
  return clarity >= clear ? "clear" : clarity >= close ? "fair" : "close";
};

export const englishTasks: DrillTaskPhrases = {
  sayWord: ["Now say:", "And now:", "Say:"],
  sayAgain: ["Again:", "Once more:"],
  newPair: (a, b) => `The pair is ${a} and ${b}.`,
  heardRight: (word, other, clarity) =>
    ({
      clear: `I heard ${word}, well apart from ${other}.`,
      fair: `I heard ${word}, fairly clearly.`,
      close: `I heard ${word}, but it was close to ${other}.`,
      unknown: `I heard ${word}.`,
    })[nearness(clarity)],
  heardOther: (heard, asked, clarity) =>
    ({
      clear: `I clearly heard ${heard}, not ${asked}.`,
      fair: `I heard ${heard} rather than ${asked}.`,
      close: `That was between the two, a little closer to ${heard} than to ${asked}.`,
      unknown: `I heard ${heard} for ${asked}.`,
    })[nearness(clarity)],
  tryWay: (word, way) => `One thing to try: in "${word}", ${way}.`,
  pairScore: (a, b, right, said) => `${a} and ${b}: ${right} of ${said} came out as asked.`,
  neither: (a, b) => `I could not tell that as ${a} or as ${b}.`,
  readAt: ({ unit, value }) => {
    if (unit === "pause_seconds") return `Pause for about ${value} seconds at the dots:`;
    const per = unit === "words_per_minute" ? "words a minute" : "syllables a second";
    return `Read this at about ${value} ${per}:`;
  },
  measured: (unit, measured, asked, on) => {
    const what = { words_per_minute: "words a minute", syllables_per_second: "syllables a second" } as const;
    const figure =
      unit === "pause_seconds"
        ? measured === 0
          ? "There was no pause"
          : `The pause was ${measured} seconds`
        : `That was ${measured} ${what[unit]}`;
    return on ? `${figure}, right on target.` : `${figure}; ${asked} was asked for.`;
  },
  tryPace: {
    slower: [
      "One thing to try: take a breath before you begin, and give each word its end.",
      "One thing to try: read it in groups of three or four words.",
    ],
    quicker: [
      "One thing to try: let the words run together, as when you tell it to a friend.",
      "One thing to try: look at the end of the sentence and go for it.",
    ],
    longer: [
      "One thing to try: close your lips at the dots and breathe in before you go on.",
      "One thing to try: count one in silence at the dots.",
    ],
    shorter: [
      "One thing to try: know the word behind the dots before you stop there.",
      "One thing to try: hold your breath at the dots rather than taking a new one.",
    ],
  },
  prosody: englishProsody,
};

const decimal = (value: number) => String(value).replace(".", ",");

export const frenchTasks: DrillTaskPhrases = {
  sayWord: ["Dites maintenant :", "Et maintenant :", "Dites :"],
  sayAgain: ["Encore :", "Encore une fois :"],
  newPair: (a, b) => `La paire : ${a} et ${b}.`,
  heardRight: (word, other, clarity) =>
    ({
      clear: `J'ai entendu ${word}, bien distinct de ${other}.`,
      fair: `J'ai entendu ${word}, assez clairement.`,
      close: `J'ai entendu ${word}, mais tout près de ${other}.`,
      unknown: `J'ai entendu ${word}.`,
    })[nearness(clarity)],
  heardOther: (heard, asked, clarity) =>
    ({
      clear: `J'ai nettement entendu ${heard}, et non ${asked}.`,
      fair: `J'ai entendu ${heard} plutôt que ${asked}.`,
      close: `C'était entre les deux, un peu plus près de ${heard} que de ${asked}.`,
      unknown: `J'ai entendu ${heard} pour ${asked}.`,
    })[nearness(clarity)],
  tryWay: (word, way) => `Une chose à essayer : dans « ${word} », ${way}.`,
  pairScore: (a, b, right, said) => `${a} et ${b} : ${right} sur ${said} comme demandé.`,
  neither: (a, b) => `Je n'ai reconnu ni ${a} ni ${b}.`,
  readAt: ({ unit, value }) => {
    if (unit === "pause_seconds") return `Faites une pause d'environ ${decimal(value)} seconde aux points :`;
    const per = unit === "words_per_minute" ? "mots par minute" : "syllabes par seconde";
    return `Lisez à environ ${decimal(value)} ${per} :`;
  },
  measured: (unit, measured, asked, on) => {
    const what = {
      words_per_minute: "mots par minute",
      syllables_per_second: "syllabes par seconde",
    } as const;
    const figure =
      unit === "pause_seconds"
        ? measured === 0
          ? "Il n'y avait pas de pause"
          : `La pause a duré ${decimal(measured)} ${measured < 2 ? "seconde" : "secondes"}`
        : `C'était ${decimal(measured)} ${what[unit]}`;
    return on ? `${figure}, exactement comme demandé.` : `${figure} ; demandé : ${decimal(asked)}.`;
  },
  tryPace: {
    slower: [
      "Une chose à essayer : respirez avant de commencer, et finissez chaque mot.",
      "Une chose à essayer : lisez par groupes de trois ou quatre mots.",
    ],
    quicker: [
      "Une chose à essayer : liez les mots, comme si vous le racontiez à un ami.",
      "Une chose à essayer : visez la fin de la phrase.",
    ],
    longer: [
      "Une chose à essayer : fermez les lèvres aux points et inspirez avant de reprendre.",
      "Une chose à essayer : comptez un en silence aux points.",
    ],
    shorter: [
      "Une chose à essayer : sachez déjà le mot d'après quand vous vous arrêtez.",
      "Une chose à essayer : gardez votre souffle aux points au lieu d'en reprendre un.",
    ],
  },
  prosody: frenchProsody,
};
