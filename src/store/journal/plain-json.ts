/** JSON as PostgreSQL stores it: without U+0000 and without lone surrogates. */

/** Escapes that may stand for either in a JSON text. A match after an escaped backslash is harmless: the text is only made twice. */
const suspicious = /\\u(0000|d[89a-f])/i;

/** Returns the JSON text of `value`, unstorable characters replaced by U+FFFD. @throws TypeError for a value that has no JSON */
export function plainJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) return "null";
  return suspicious.test(text) ? JSON.stringify(value, replaceUnstorable) : text;
}

/** Returns the text, unstorable characters replaced by U+FFFD. */
export function plainText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

function replaceUnstorable(_key: string, value: unknown): unknown {
  if (typeof value === "string") return plainText(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [plainText(key), each]));
}
