/** Decides which of the user's words may be quoted in a reply. */

const longestQuote = 16;

/**
 * The text as it can be repeated in a sentence, or undefined: too long, more than one sentence, a question, or with
 * signs and figures in it that may be an address, a number or markup.
 */
export function quotable(text: string): string | undefined {
  const words = text.trim().replace(/\s+/g, " ").replace(/[.!]$/, "");
  if (!/^[\p{L}\p{M}'’ ,-]+$/u.test(words)) return undefined;
  const count = words.split(" ").length;
  return count >= 2 && count <= longestQuote && words.length <= 100 ? words : undefined;
}
