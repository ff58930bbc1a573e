/** The language of a session: English or French, in the region of whoever sits there, or a persona's own. */
import { element } from "./elements.ts";
import { comesAlong, type PersonaView } from "./personas.ts";

const select = element("language", HTMLSelectElement);
const known = { en: "en-US", fr: "fr-FR" } as const;
/** The user's own choice goes before the browser's language. */
let chosen = false;
select.addEventListener("change", () => {
  chosen = true;
});

const primary = (tag: string) => tag.split("-")[0]?.toLowerCase() ?? "";

/** The browser's own tag where it names a region: help lines, voices and spellings go by it. */
function regional(language: keyof typeof known): string {
  const own = navigator.languages.find((tag) => primary(tag) === language && /^[a-z]+-[A-Z]{2}$/.test(tag));
  return own ?? known[language];
}

function nameOf(tag: string): string {
  return new Intl.DisplayNames(["en"], { type: "language" }).of(tag) ?? tag;
}

/** Offers the languages, and chooses the one that fits a persona, unless the user has chosen. */
export function offerLanguages(persona: PersonaView | undefined): void {
  const tags: string[] = [regional("en"), regional("fr")];
  const own = persona && !comesAlong(persona) ? persona.language : undefined;
  if (own !== undefined && !tags.some((tag) => primary(tag) === primary(own))) tags.push(own);
  const before = select.value;
  const options = tags.map((tag) =>
    Object.assign(document.createElement("option"), { value: tag, textContent: nameOf(primary(tag)) }),
  );
  select.replaceChildren(...options);
  const wanted = chosen ? before : (own ?? navigator.language);
  const fitting = tags.find((tag) => primary(tag) === primary(wanted));
  select.value = fitting ?? tags[0] ?? "";
}

/** BCP 47. */
export function chosenLanguage(): string {
  return select.value || known.en;
}
