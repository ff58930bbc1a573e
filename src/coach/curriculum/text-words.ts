import { spokenTokens } from "../../pipeline/text-normalization/spoken-words.ts";

/** The words of a text as slips name them: as they are written, in lower case and without punctuation. */
export function textWords(text: string): string[] {
  return spokenTokens(text.normalize("NFC"), undefined).map(({ written }) => written.toLowerCase());
}
