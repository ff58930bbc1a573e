import { primaryLanguage } from "../../lib/language.ts";
import type { Command } from "../../ports/brief.ts";

const phrases: Readonly<Record<string, Readonly<Record<Command, readonly string[]>>>> = {
  en: {
    yes: ["yes", "yeah", "yep", "yes please", "sure", "ok", "okay"],
    no: ["no", "nope", "no thanks", "no thank you"],
    next: ["next", "next one", "next please", "next sentence", "skip", "go on", "continue"],
    repeat: ["repeat", "again", "once more", "repeat please", "say it again", "repeat that"],
    wrap_up: ["wrap up", "let's wrap up", "let us wrap up", "summarize", "summarise", "end the session"],
    stop: ["stop", "stop please", "enough", "i'm done", "quit"],
  },
  fr: {
    yes: ["oui", "ouais", "oui merci", "d'accord", "ok"],
    no: ["non", "non merci"],
    next: ["suivant", "suivante", "la suivante", "phrase suivante", "continue", "on continue", "passe"],
    repeat: ["répète", "répétez", "encore", "encore une fois", "redis"],
    wrap_up: ["on conclut", "concluons", "conclure", "résume", "on termine"],
    stop: ["stop", "arrête", "arrêtez", "ça suffit", "j'ai fini"],
  },
};

/** The command that these words are and nothing else, or undefined. Case, accents' composition and punctuation do not matter. */
export function findCommand(text: string, language: string): Command | undefined {
  const said = text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[^\p{L}\p{N}']+/gu, " ")
    .trim();
  const table = phrases[primaryLanguage(language)] ?? phrases.en;
  for (const [command, ways] of Object.entries(table ?? {}))
    if (ways.includes(said)) return command as Command;
  return undefined;
}
