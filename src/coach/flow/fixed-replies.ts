/** Replies that no model makes: apologies, and the farewell at the end of a quota. English where a language has none. */
import { primaryLanguage } from "../../lib/language.ts";

/** A reply's text by primary language. */
type FixedReply = Readonly<Record<string, string>> & { readonly en: string };

const apology: FixedReply = {
  en: "Sorry, I lost my thread for a moment. Could you say that again?",
  fr: "Pardon, j'ai perdu le fil un instant. Pouvez-vous répéter ?",
};

const decline: FixedReply = {
  en: "Sorry, I can't answer that. Shall we look at it from another side?",
  fr: "Désolé, je ne peux pas répondre à cela. Voulez-vous l'aborder autrement ?",
};

const farewell: FixedReply = {
  en: "That was all our time for today, so we stop here. What we said is kept. See you tomorrow.",
  fr: "C'était tout notre temps pour aujourd'hui, nous nous arrêtons donc ici. Ce que nous avons dit est gardé. À demain.",
};

/** Apologises for a reply that failed; `language`: BCP 47. */
export function apologyIn(language: string): string {
  return textIn(apology, language);
}

/** Apologises for an answer that the model refused, or its filter withheld; `language`: BCP 47. */
export function declineIn(language: string): string {
  return textIn(decline, language);
}

/** Says goodbye once the day's quota is used up; `language`: BCP 47. */
export function farewellIn(language: string): string {
  return textIn(farewell, language);
}

function textIn(reply: FixedReply, language: string): string {
  return reply[primaryLanguage(language)] ?? reply.en;
}
