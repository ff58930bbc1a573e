/** Tells by the last words, language by language, whether a sentence goes on. Part of endpointing; pure. */

import { primaryLanguage } from "../../lib/language.ts";

interface Endings {
  /** Words and phrases that end no thought, fillers among them. */
  readonly never: string;
  /** Words that may end a sentence ("I think so.", "Where are you from?"): they count unless a mark ends it. */
  readonly seldom: string;
}

const endings: Readonly<Record<string, Endings>> = {
  en: {
    never:
      "and|or|but|because|'cause|cause|if|although|unless|whether|the|a|an|my|your|our|their|every|of|with|into|um|uh|" +
      "er|erm|uhm|i'm|i've|i'd|i'll|we're|we've|they're|it's|that's|there's|gonna|wanna|let me think|let me see|i mean",
    seldom:
      "so|that|which|who|to|for|from|at|in|on|by|about|like|than|as|i|we|they|he|she|is|are|was|were|be|am|have|has|" +
      "had|can|could|would|should|will|might|must|when|while|where|until|since|after|before|then|not|very|really|" +
      "just|also|maybe|some|his|its|hmm|well|you know",
  },
  fr: {
    never:
      "et|ou|mais|parce que|parce|puisque|que|si|car|de|du|des|le|la|les|l'|un|une|mon|ma|mes|ton|ta|tes|son|sa|ses|" +
      "notre|nos|votre|vos|leur|leurs|ce|cette|ces|à|au|aux|je|j'|euh|heu|c'est|qu'|d'|comment dire|attendez|voyons",
    seldom:
      "donc|alors|quand|avec|sans|pour|dans|sur|sous|par|en|chez|qui|est|suis|sont|était|ai|a|avons|nous|on|il|elle|" +
      "ils|elles|tu|vous|comme|puis|très|trop|ne|plus|bah|ben|hmm|je veux dire|tu vois|vous voyez",
  },
  de: {
    never:
      "und|oder|aber|weil|wenn|dass|ob|obwohl|mit|von|für|der|die|das|den|dem|des|ein|eine|einen|einem|einer|mein|" +
      "meine|dein|deine|unser|unsere|ich|äh|ähm|öh|ich meine|moment",
    seldom:
      "also|dann|zu|in|an|auf|bei|nach|aus|wir|er|sie|es|ist|sind|war|habe|hat|kann|muss|soll|sehr|nicht|als|wie|hm",
  },
};

const endingLists = new Map(
  Object.entries(endings).map(([language, { never, seldom }]) => [
    language,
    { never: never.split("|"), seldom: seldom.split("|") },
  ]),
);

/** Estimates how surely more will come, 0–1. `language`: BCP 47; 0 for a language without a list. */
export function unfinishedness(words: string, language: string): number {
  const lists = endingLists.get(primaryLanguage(language));
  const spoken = ` ${words
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[^\p{L}\p{N}']+/gu, " ")
    .trim()}`;
  const endsOn = (word: string) =>
    spoken.endsWith(` ${word}`) || (word.endsWith("'") && spoken.endsWith(word));
  if (!lists || spoken === " ") return 0;
  if (lists.never.some(endsOn)) return 1;
  return !endsSentence(words) && lists.seldom.some(endsOn) ? 0.8 : 0;
}

/** Whether a mark ends the sentence: a full stop, a question mark, not an ellipsis. */
export function endsSentence(words: string): boolean {
  return /(?<!\.)[.!?。！？]["'”»)]*\s*$/u.test(words);
}
