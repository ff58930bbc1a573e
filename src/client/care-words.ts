/** Help lines to show beside the coach's own words after a sign of crisis, in the conversation's language. Pure. */
import type { CoachCare } from "../protocol/kuku-events.ts";

/** Lines of many countries, kept by people who check them; for where the coach knows no number. */
export const linesElsewhere = "https://findahelpline.com";

interface CareTexts {
  readonly heading: string;
  readonly human: string;
  readonly call: (name: string) => string;
  /** Before the emergency number; without one: what to call. */
  readonly danger: (known: boolean) => string;
  readonly elsewhere: string;
}

const english: CareTexts = {
  heading: "Someone to talk to",
  human: "Kuku is a program. You don't have to carry this alone: there are people who listen.",
  call: (name) => `${name}:`,
  danger: (known) =>
    known
      ? "If anyone is in danger now:"
      : "If anyone is in danger now, call the emergency number where you are.",
  elsewhere: "Lines in other countries",
};

const french: CareTexts = {
  heading: "Quelqu'un à qui parler",
  human:
    "Kuku est un programme. Vous n'avez pas à porter cela sans aide : des personnes sont là pour écouter.",
  call: (name) => `${name} :`,
  danger: (known) =>
    known
      ? "Si quelqu'un est en danger maintenant :"
      : "Si quelqu'un est en danger maintenant, appelez le numéro d'urgence de là où vous êtes.",
  elsewhere: "Lignes d'écoute d'autres pays",
};

/** The words for a language (BCP 47); English where there are none. */
export function careTexts(language: string): CareTexts {
  return language.split("-")[0]?.toLowerCase() === "fr" ? french : english;
}

/** Writes them as plain lines, for a terminal. */
export function careLines(
  { line, emergency }: Pick<CoachCare, "line" | "emergency">,
  language: string,
): string[] {
  const texts = careTexts(language);
  return [
    texts.human,
    ...(line ? [`${texts.call(line.name)} ${line.number}`] : []),
    [texts.danger(emergency !== undefined), emergency ?? ""].join(" ").trim(),
    `${texts.elsewhere}: ${linesElsewhere}`,
  ];
}
