import { primaryLanguage } from "../../lib/language.ts";
import type { Brief, FeedbackPoint, PracticeFigure } from "../../ports/brief.ts";
import type { Variants } from "./variants.ts";

export type PracticeBrief = Extract<Brief, { kind: "practice" }>;

type PointName = `${FeedbackPoint["about"]}_${FeedbackPoint["verdict"]}`;

interface OwnPhrases {
  readonly open: string;
  readonly listen: Variants;
  readonly again: string;
}

export interface PracticePhrases {
  readonly interview: OwnPhrases;
  readonly rehearsal: OwnPhrases;
  readonly react: Variants;
  /** The words were not made out. */
  readonly unheard: Variants;
  readonly repeat: Variants;
  readonly last: string;
  /** Phrases by point; `value` as in the point. */
  readonly point: Readonly<Partial<Record<PointName, (value: number) => string>>>;
  /** A figure with its unit, as part of a list. */
  readonly figure: (figure: PracticeFigure) => string;
  readonly list: (parts: readonly string[]) => string;
  /** `number` of the answer or the stretch; `figure`: why it stands out. */
  readonly moment: Readonly<
    Record<"interview" | "rehearsal", Record<"best" | "worst", (number: number, figure: string) => string>>
  >;
  readonly nothing: string;
  /** Something was said, and no rule judges it. */
  readonly unjudged: string;
  /** A question that yes or no answers. */
  readonly propose: string;
  readonly askAgain: string;
  readonly close: string;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const english: PracticePhrases = {
  interview: {
    open: "Hello, I'm Kuku, your interviewer, offline and on simple rules. I ask, you answer, and feedback comes at the end.",
    listen: ["Go on."],
    again: "All right, from the top.",
  },
  rehearsal: {
    open: "Hello, I'm Kuku, your audience, offline and on simple rules. Begin when you like; I only listen. Say feedback when you want to hear how it was.",
    listen: ["I'm with you.", "Go on.", "I'm listening."],
    again: "All right, another take. Begin when you like.",
  },
  react: ["Thank you.", "I see.", "All right.", "Good to know."],
  unheard: ["Thank you, I heard you speak.", "Thank you, I listened to how you said it."],
  repeat: ["Gladly.", "Here it is again."],
  last: "The last question:",
  point: {
    pace_good: (value) =>
      value > 0 ? `Your pace was good, ${value} words a minute.` : "Your pace was good.",
    pace_high: (value) =>
      value > 0
        ? `You were quick, ${value} words a minute; leave more room.`
        : "You were quick; leave more room.",
    pace_low: (value) =>
      value > 0 ? `You were slow, ${value} words a minute; let it flow.` : "You were slow; let it flow.",
    fillers_good: () => "There were hardly any fillers.",
    fillers_high: (value) => `I counted ${value} fillers; try a silent pause instead.`,
    pitch_good: () => "Your voice moved well.",
    pitch_low: () => "Your voice stayed on one note; let it rise and fall.",
    pauses_high: (value) => `There was a pause of ${value} seconds.`,
    examples_good: (value) =>
      value === 1 ? "One answer had an example." : `${value} answers had an example.`,
    examples_low: () => "Give an example in each answer: what happened, and what you did.",
    length_low: (value) => (value === 1 ? "One answer was very short." : `${value} answers were very short.`),
    length_high: (value) => (value === 1 ? "One answer was long." : `${value} answers were long.`),
    length_good: () => "Your answers had a good length.",
  },
  figure: ({ about, value }) => {
    switch (about) {
      case "words_per_minute":
        return `${value} words a minute`;
      case "syllables_per_second":
        return `${value} syllables a second`;
      case "pauses_per_minute":
        return value === 1 ? "1 pause a minute" : `${value} pauses a minute`;
      case "longest_pause":
        return `the longest pause ${value} seconds`;
      case "fillers":
        return value === 1 ? "1 filler" : `${value} fillers`;
      case "pitch_movement":
        return `a voice that moves by ${value} semitones`;
      case "loudness_movement":
        return `loudness that moves by ${value} decibels`;
      case "speaking_share":
        return `${Math.round(value)} percent of the time voiced`;
    }
  },
  list: (parts) =>
    capital(parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`),
  moment: {
    interview: {
      best: (number, figure) => `Best was answer ${number}: ${figure}.`,
      worst: (number, figure) => `Work on answer ${number}: ${figure}.`,
    },
    rehearsal: {
      best: (number, figure) => `Best was stretch ${number}: ${figure}.`,
      worst: (number, figure) => `Work on stretch ${number}: ${figure}.`,
    },
  },
  nothing: "There is nothing to go by yet.",
  unjudged: "I heard you, but too little to judge it.",
  propose: "Shall we end here, yes or no?",
  askAgain: "I couldn't tell whether that was a yes. Shall we end here, yes or no?",
  close: "Thank you for practising. Your summary follows. Until next time.",
};

const french: PracticePhrases = {
  interview: {
    open: "Bonjour, je suis Kuku, votre recruteur, hors ligne et avec des règles simples. Je pose des questions, vous répondez, et le retour vient à la fin.",
    listen: ["Continuez."],
    again: "D'accord, depuis le début.",
  },
  rehearsal: {
    open: "Bonjour, je suis Kuku, votre public, hors ligne et avec des règles simples. Commencez quand vous voulez, je vous écoute. Dites « un retour » quand vous voulez l'entendre.",
    listen: ["Je vous suis.", "Continuez.", "Je vous écoute."],
    again: "D'accord, une autre prise. Commencez quand vous voulez.",
  },
  react: ["Merci.", "Je vois.", "D'accord."],
  unheard: ["Merci, je vous ai entendu.", "Merci, j'ai écouté votre façon de le dire."],
  repeat: ["Volontiers.", "La voici de nouveau."],
  last: "Dernière question :",
  point: {
    pace_good: (value) =>
      value > 0 ? `Votre débit était bon, ${value} mots par minute.` : "Votre débit était bon.",
    pace_high: (value) =>
      value > 0
        ? `C'était rapide, ${value} mots par minute ; laissez plus d'espace.`
        : "C'était rapide ; laissez plus d'espace.",
    pace_low: (value) =>
      value > 0
        ? `C'était lent, ${value} mots par minute ; laissez couler.`
        : "C'était lent ; laissez couler.",
    fillers_good: () => "Il y avait très peu de mots de remplissage.",
    fillers_high: (value) => `J'ai compté ${value} mots de remplissage ; essayez un silence.`,
    pitch_good: () => "Votre voix bougeait bien.",
    pitch_low: () => "Votre voix restait sur une note ; laissez-la monter et descendre.",
    pauses_high: (value) => `Il y a eu une pause de ${value} secondes.`,
    examples_good: (value) =>
      value === 1 ? "Une réponse avait un exemple." : `${value} réponses avaient un exemple.`,
    examples_low: () =>
      "Donnez un exemple dans chaque réponse : ce qui s'est passé, et ce que vous avez fait.",
    length_low: (value) =>
      value === 1 ? "Une réponse était très courte." : `${value} réponses étaient très courtes.`,
    length_high: (value) =>
      value === 1 ? "Une réponse était longue." : `${value} réponses étaient longues.`,
    length_good: () => "Vos réponses avaient une bonne longueur.",
  },
  figure: ({ about, value }) => {
    const number = String(value).replace(".", ",");
    switch (about) {
      case "words_per_minute":
        return `${number} mots par minute`;
      case "syllables_per_second":
        return `${number} syllabes par seconde`;
      case "pauses_per_minute":
        return `${number} ${value < 2 ? "pause" : "pauses"} par minute`;
      case "longest_pause":
        return `la plus longue pause de ${number} ${value < 2 ? "seconde" : "secondes"}`;
      case "fillers":
        return `${number} ${value < 2 ? "mot" : "mots"} de remplissage`;
      case "pitch_movement":
        return `une voix qui bouge de ${number} demi-tons`;
      case "loudness_movement":
        return `un volume qui bouge de ${number} décibels`;
      case "speaking_share":
        return `${Math.round(value)} pour cent du temps en voix`;
    }
  },
  list: (parts) =>
    capital(parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} et ${parts.at(-1)}`),
  moment: {
    interview: {
      best: (number, figure) => `La meilleure réponse, la ${number} : ${figure}.`,
      worst: (number, figure) => `À travailler, la réponse ${number} : ${figure}.`,
    },
    rehearsal: {
      best: (number, figure) => `Le meilleur passage, le ${number} : ${figure}.`,
      worst: (number, figure) => `À travailler, le passage ${number} : ${figure}.`,
    },
  },
  nothing: "Je n'ai encore rien à en dire.",
  unjudged: "Je vous ai entendu, mais trop peu pour juger.",
  propose: "Voulez-vous finir ici, oui ou non ?",
  askAgain: "Je n'ai pas su si c'était un oui. Voulez-vous finir ici, oui ou non ?",
  close: "Merci pour cet entraînement. Votre bilan suit. À la prochaine fois.",
};

/** The phrases of a BCP 47 language; English where there are none. */
export function practicePhrases(language: string): PracticePhrases {
  return primaryLanguage(language) === "fr" ? french : english;
}
