/** Check of texts to read aloud. Runs in a browser. */

/** Whether a text has anything to read aloud: a letter or a digit. */
export function isReadable(text: string): boolean {
  return /[[\p{L}\p{N}]--\p{Default_Ignorable_Code_Point}]/v.test(text);
}
