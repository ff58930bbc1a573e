/** JSON as PostgreSQL takes it: it has no U+0000 and no half of a surrogate pair. */

/** What may stand for one of the two in a JSON text; an escaped backslash before it is a false alarm that costs little. */
const suspicious = /\\u(0000|d[89a-f])/i;

/** The JSON text of `value`, each unstorable character replaced by U+FFFD. @throws TypeError when it has none. */
export function plainJson(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) return "null";
  return suspicious.test(text) ? JSON.stringify(value, replaced) : text;
}

/** The same for a text. */
export function plainText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

function replaced(_key: string, value: unknown): unknown {
  if (typeof value === "string") return plainText(value);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [plainText(key), each]));
}
