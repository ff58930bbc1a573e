/** A BCP 47 tag as upstreams want it. Pure. */

/** `en-US` → `en`. */
export function primaryLanguage(language: string): string {
  return (language.split("-")[0] ?? language).toLowerCase();
}

const names = new Intl.DisplayNames(["en"], { type: "language" });

/** `fr-FR` → `French (France)`; a tag without a name stays as it is. */
export function languageName(language: string): string {
  try {
    return names.of(language) ?? language;
  } catch {
    return language;
  }
}
