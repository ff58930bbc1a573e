import { primaryLanguage } from "../../lib/language.ts";
import type { Brief, FeedbackPoint } from "../../ports/brief.ts";
import type { Variants } from "./phrases.ts";

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
  readonly nothing: string;
  /** Something was said, and no rule judges it. */
  readonly unjudged: string;
  /** A question that yes or no answers. */
  readonly propose: string;
  readonly askAgain: string;
  readonly close: string;
}

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
