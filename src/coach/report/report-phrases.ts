/** The fixed words of a report, by language. */

import { primaryLanguage } from "../../lib/language.ts";
export interface ReportPhrases {
  readonly nothingSaid: string;
  /** Under no breakthroughs and no actions. */
  readonly noInsight: string;
  readonly noAction: string;
  /** Marks words as the user's own. */
  readonly quoted: (quote: string) => string;
  readonly topic: (text: string) => string;
  readonly goal: (text: string) => string;
  readonly fact: (text: string) => string;
  readonly option: (text: string) => string;
  /** Turns were heard whose words could not be made out. */
  readonly unheard: (turns: number) => string;
  readonly note: { readonly actions: string; readonly open: string; readonly short: string };
  readonly drill: {
    readonly topic: string;
    readonly read: (readings: number, well: number) => string;
    readonly right: (percent: number) => string;
    readonly slipped: (word: string, times: number) => string;
    readonly mended: (word: string) => string;
    readonly pair: (pair: string, right: number, said: number) => string;
    readonly paced: (right: number, said: number) => string;
    readonly prosody: (right: number, said: number) => string;
    readonly nothingRead: string;
    readonly noteWork: (word: string) => string;
    readonly noteWell: string;
  };
}

const english: ReportPhrases = {
  nothingSaid: "Nothing was said in this session.",
  noInsight: "No breakthrough was put into words this time.",
  noAction: "No action was committed to.",
  quoted: (quote) => `"${quote}"`,
  topic: (text) => `Topic: ${text}`,
  goal: (text) => `Goal: ${text}`,
  fact: (text) => `How things are: ${text}`,
  option: (text) => `An idea: ${text}`,
  unheard: (turns) =>
    turns === 1
      ? "One turn was heard whose words could not be made out."
      : `${turns} turns were heard whose words could not be made out.`,
  note: {
    actions: "The steps above are your own. Good luck with the first one.",
    open: "You thought aloud, and nothing had to be decided. Come back to it when you like.",
    short: "This was a short session, so there is little to report. You are welcome back any time.",
  },
  drill: {
    topic: "Reading aloud",
    read: (readings, well) =>
      `${readings} ${readings === 1 ? "reading was" : "readings were"} judged; ${well} without a slip.`,
    right: (percent) => `${percent} % of the words were right.`,
    slipped: (word, times) => `"${word}"${times > 1 ? `, ${times} times` : ""}`,
    mended: (word) => `"${word}" went wrong at first and came out right later.`,
    pair: (pair, right, said) => `${pair}: ${right} of ${said} words came out as asked.`,
    prosody: (right, said) =>
      `${right} of ${said} sentences had the stress and the melody that were asked for.`,
    paced: (right, said) => `${right} of ${said} sentences were at the pace that was asked for.`,
    nothingRead: "No reading was heard in this session.",
    noteWork: (word) => `Next time, start with "${word}".`,
    noteWell: "Every word that was judged came out right in the end. Well read.",
  },
};

const french: ReportPhrases = {
  nothingSaid: "Rien n'a été dit pendant cette séance.",
  noInsight: "Aucune prise de conscience n'a été mise en mots cette fois.",
  noAction: "Aucune action n'a été décidée.",
  quoted: (quote) => `« ${quote} »`,
  topic: (text) => `Sujet : ${text}`,
  goal: (text) => `Objectif : ${text}`,
  fact: (text) => `La situation : ${text}`,
  option: (text) => `Une idée : ${text}`,
  unheard: (turns) =>
    turns === 1
      ? "Un tour de parole a été entendu sans que les mots soient reconnus."
      : `${turns} tours de parole ont été entendus sans que les mots soient reconnus.`,
  note: {
    actions: "Ces étapes sont les vôtres. Bonne chance pour la première.",
    open: "Vous avez réfléchi à voix haute, et rien ne devait être décidé. Revenez-y quand vous voulez.",
    short: "La séance a été courte, il y a donc peu à en dire. Vous êtes toujours bienvenu.",
  },
  drill: {
    topic: "Lecture à voix haute",
    read: (readings, well) =>
      `${readings} ${readings === 1 ? "lecture jugée" : "lectures jugées"} ; ${well} sans faute.`,
    right: (percent) => `${percent} % des mots étaient justes.`,
    slipped: (word, times) => `« ${word} »${times > 1 ? `, ${times} fois` : ""}`,
    mended: (word) => `« ${word} » a d'abord glissé, puis est venu juste.`,
    pair: (pair, right, said) =>
      `${pair} : ${right} ${right === 1 ? "mot" : "mots"} sur ${said} comme demandé.`,
    prosody: (right, said) =>
      `${right} ${right === 1 ? "phrase" : "phrases"} sur ${said} avec la mélodie demandée.`,
    paced: (right, said) => `${right} ${right === 1 ? "phrase" : "phrases"} sur ${said} au rythme demandé.`,
    nothingRead: "Aucune lecture n'a été entendue pendant cette séance.",
    noteWork: (word) => `La prochaine fois, commencez par « ${word} ».`,
    noteWell: "Tous les mots jugés sont venus justes à la fin. Très bien lu.",
  },
};

/** The words of a BCP 47 language; English where there are none. */
export function reportPhrases(language: string): ReportPhrases {
  return primaryLanguage(language) === "fr" ? french : english;
}
