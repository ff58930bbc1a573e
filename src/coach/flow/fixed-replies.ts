/** Replies that no model makes. */
import { primaryLanguage } from "../../lib/language.ts";

/**
 * `apology`: a reply failed; `decline`: the model refused to answer, or its filter withheld it; `farewell`: the day's quota
 * is used up.
 */
export type FixedReply = "apology" | "decline" | "farewell";

const english: Readonly<Record<FixedReply, string>> = {
  apology: "Sorry, I lost my thread for a moment. Could you say that again?",
  decline: "Sorry, I can't answer that. Shall we look at it from another side?",
  farewell: "That was all our time for today, so we stop here. What we said is kept. See you tomorrow.",
};

const french: typeof english = {
  apology: "Pardon, j'ai perdu le fil un instant. Pouvez-vous répéter ?",
  decline: "Désolé, je ne peux pas répondre à cela. Voulez-vous l'aborder autrement ?",
  farewell:
    "C'était tout notre temps pour aujourd'hui, nous nous arrêtons donc ici. Ce que nous avons dit est gardé. À demain.",
};

/** The reply in a BCP 47 language; English where it has none. */
export function fixedReply(reply: FixedReply, language: string): string {
  return (primaryLanguage(language) === "fr" ? french : english)[reply];
}
