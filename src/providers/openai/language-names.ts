/** Names of languages, for models. */

const names = new Intl.DisplayNames(["en"], { type: "language" });

/** Returns the English name of a BCP 47 tag: `French (France)` for `fr-FR`. A tag without a name stays as it is. */
export function languageName(language: string): string {
  try {
    return names.of(language) ?? language;
  } catch {
    return language;
  }
}
