/** The breath after a sentence. The engine leaves it out at the end of its text, and each sentence is a text of its own. */

/** Silence after `text` at speed 1, ms: what the engine itself puts between two sentences or clauses. */
export function pauseAfter(text: string): number {
  const last = /(\S)[\p{Pe}\p{Pf}"'*_\s]*$/u.exec(text)?.[1] ?? "";
  if (/[\p{Sentence_Terminal}…]/u.test(last)) return 350;
  // A clause goes on; a heading or a list's entry ends without a mark.
  return /[,;:—–،؛，、；：]/u.test(last) ? 175 : 200;
}
