/** What a text to read must have. Runs in a browser. */

/** Whether there is anything in a text that can be read aloud: a word or a number. */
export function isReadable(text: string): boolean {
  return /[[\p{L}\p{N}]--\p{Default_Ignorable_Code_Point}]/v.test(text);
}
