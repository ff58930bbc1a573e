/** Language of the pages: the visitor's choice, else the browser's. */

const choiceKey = "kuku.interface";
/** What the pages speak where no wanted language is there. */
const fallback = "en";

/** The first part of a BCP 47 tag, in lower case. */
export const primaryLanguage = (tag: string) => tag.split("-")[0]?.toLowerCase() ?? "";

function readChoice(): string {
  try {
    return localStorage.getItem(choiceKey) ?? "";
  } catch {
    return ""; // a browser that keeps nothing
  }
}

/** Returns the wanted language's tag among those there are, by the first part of its BCP 47 tag. */
export function chosenAmong(languages: object): string {
  const wanted = [readChoice(), ...navigator.languages];
  const known = wanted.map(primaryLanguage);
  return known.find((tag) => Object.hasOwn(languages, tag)) ?? fallback;
}

/** Returns the texts in the page's language. */
export function chosenTexts<T>(texts: Readonly<Record<string, T>>): T {
  return texts[chosenAmong(texts)] as T;
}

/** Keeps the visitor's choice, and shows the page in it. */
export function chooseInterface(tag: string): void {
  localStorage.setItem(choiceKey, tag);
  location.reload();
}
