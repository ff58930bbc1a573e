/** Language tags (BCP 47). */

/** Returns a tag's primary language in lower case: `en` of `en-US`. */
export function primaryLanguage(tag: string): string {
  return (tag.split("-", 1)[0] ?? "").toLowerCase();
}
