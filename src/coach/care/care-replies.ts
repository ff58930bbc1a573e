/** The coach's words at a sign of crisis: acknowledge, say what a coach is not, and point to people. */

import { primaryLanguage } from "../../lib/language.ts";
import { type HelpLines, helpLines } from "./help-lines.ts";
import type { CareKind } from "./kinds.ts";

interface CarePhrases {
  readonly acknowledge: Readonly<Record<CareKind, string>>;
  /** Words for a sign that was answered before. */
  readonly again: string;
  /** Before the rest, where the sign may have been misheard. */
  readonly misheard: string;
  readonly notMe: string;
  readonly people: (lines: HelpLines) => string;
  /** The only question; no goal, no advice. */
  readonly ask: string;
  readonly stop: (lines: HelpLines) => string;
}

const english: CarePhrases = {
  acknowledge: {
    self_harm: "Thank you for telling me. That sounds very painful, and you don't have to carry it alone.",
    violence: "Thank you for saying that aloud. It sounds as if a great deal has built up.",
    abuse: "I'm sorry this has happened to you. It is not your fault.",
    someone_else: "That must be hard to carry. Thank you for telling me.",
  },
  again: "I hear you, and it matters.",
  misheard: "I'm not sure that I heard you right, and I would rather say this once too often.",
  notMe: "I'm a coaching program, not a counsellor or a doctor, and this needs a person.",
  people: ({ line, emergency }) =>
    [
      line
        ? `You can call ${line.name} on ${spokenNumber(line.number)}, or talk to someone you trust.`
        : "You can call a crisis line near you, or talk to someone you trust.",
      `If anyone is in danger now, call ${emergency === undefined ? "your local emergency number" : spokenNumber(emergency)}.`,
    ].join(" "),
  ask: "Would you like to go on here, or stop for now?",
  stop: ({ line }) =>
    `Then we stop here. Please talk to someone today${line ? `; ${line.name} is on ${spokenNumber(line.number)}` : ""}. Take care of yourself.`,
};

const french: CarePhrases = {
  acknowledge: {
    self_harm:
      "Merci de me le dire. Cela semble très douloureux, et vous n'avez pas à porter cela sans aide.",
    violence: "Merci de le dire à voix haute. On sent que beaucoup de choses se sont accumulées.",
    abuse: "Ce que vous vivez est grave, et ce n'est pas votre faute.",
    someone_else: "Cela doit être lourd à porter. Merci de me le dire.",
  },
  again: "Je vous entends, et c'est important.",
  misheard: "Je ne suis pas certain d'avoir bien entendu, et je préfère le dire une fois de trop.",
  notMe: "Je suis un programme de coaching, ni thérapeute ni médecin, et cela demande une personne.",
  people: ({ line, emergency }) =>
    [
      line
        ? `Vous pouvez appeler le ${spokenNumber(line.number)}, ${line.name}, ou parler à quelqu'un de confiance.`
        : "Vous pouvez appeler une ligne d'écoute près de chez vous, ou parler à quelqu'un de confiance.",
      `Si quelqu'un est en danger maintenant, appelez le ${emergency === undefined ? "numéro d'urgence de votre pays" : spokenNumber(emergency)}.`,
    ].join(" "),
  ask: "Voulez-vous continuer ici, ou arrêter pour l'instant ?",
  stop: ({ line }) =>
    `Alors nous nous arrêtons là. Parlez à quelqu'un aujourd'hui${line ? ` ; ${line.name}, c'est le ${spokenNumber(line.number)}` : ""}. Prenez soin de vous.`,
};

function phrasesFor(language: string): CarePhrases {
  return primaryLanguage(language) === "fr" ? french : english;
}

/** Figure by figure, so that no voice reads a telephone number as an amount: "116 123" → "1 1 6, 1 2 3". */
function spokenNumber(number: string): string {
  return number
    .split(" ")
    .map((group) => [...group].join(" "))
    .join(", ");
}

/**
 * The whole reply to a sign, in the conversation's language (BCP 47); English where there is none. `again`: not the first;
 * `misheard`: the words may have been others.
 */
export function careReply(
  kind: CareKind,
  language: string,
  { again = false, misheard = false }: { readonly again?: boolean; readonly misheard?: boolean } = {},
): string {
  const words = phrasesFor(language);
  const people = words.people(helpLines(language, kind));
  if (misheard) return `${words.misheard} ${words.notMe} ${people} ${words.ask}`;
  return again
    ? `${words.again} ${people} ${words.ask}`
    : `${words.acknowledge[kind]} ${words.notMe} ${people} ${words.ask}`;
}

/** Closing words for a user who stops after a sign of crisis. */
export function careGoodbye(kind: CareKind, language: string): string {
  return phrasesFor(language).stop(helpLines(language, kind));
}
