/** Emphasis in a text: single words between asterisks, as in "I didn't say *he* stole it". Pure. */

const marked = /(?<![\p{L}\p{N}*\\])\*([\p{L}\p{N}'’-]+)\*(?![\p{L}\p{N}*])/gu;

/** The words that are marked, without their marks. */
export function emphasisedWords(text: string): string[] {
  return [...text.matchAll(marked)].map(([, word = ""]) => word);
}

/** The text without the marks of its emphasis. */
export function withoutEmphasis(text: string): string {
  return text.replaceAll(marked, "$1");
}
