/** What the coach says when an engine failed it, in the language of the conversation. */

const apologies: Readonly<Record<string, string>> = {
  en: "Sorry, I lost my thread for a moment. Could you say that again?",
  fr: "Pardon, j'ai perdu le fil un instant. Pouvez-vous répéter ?",
};

/** A short apology; English where there is none in `language` (BCP 47). */
export function apologyIn(language: string): string {
  return apologies[language.slice(0, 2).toLowerCase()] ?? (apologies.en as string);
}
