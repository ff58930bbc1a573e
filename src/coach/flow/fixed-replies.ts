/** What the coach says when it has no answer, in the language of the conversation: English where there is none in it. */

type Texts = Readonly<Record<string, string>> & { readonly en: string };

const apologies: Texts = {
  en: "Sorry, I lost my thread for a moment. Could you say that again?",
  fr: "Pardon, j'ai perdu le fil un instant. Pouvez-vous répéter ?",
};

const declines: Texts = {
  en: "Sorry, I can't answer that. Shall we look at it from another side?",
  fr: "Désolé, je ne peux pas répondre à cela. Voulez-vous l'aborder autrement ?",
};

/** A short apology for a reply that failed; `language`: BCP 47. */
export function apologyIn(language: string): string {
  return textIn(apologies, language);
}

/** A short apology for an answer that the model refused, or its filter withheld; `language`: BCP 47. */
export function declineIn(language: string): string {
  return textIn(declines, language);
}

function textIn(texts: Texts, language: string): string {
  return texts[language.slice(0, 2).toLowerCase()] ?? texts.en;
}
