/** Language of the pages: the visitor's choice, else the browser's. */

const choiceKey = "kuku.interface";

/** Returns the wanted language among those there are, by the first part of its BCP 47 tag; English where there is none. */
export function chosenAmong(languages: object): string {
  const wanted = [localStorage.getItem(choiceKey) ?? "", ...navigator.languages];
  const known = wanted.map((tag) => tag.split("-")[0]?.toLowerCase() ?? "");
  return known.find((tag) => Object.hasOwn(languages, tag)) ?? "en";
}

/** Keeps the visitor's choice, and shows the page in it. */
export function chooseInterface(tag: string): void {
  localStorage.setItem(choiceKey, tag);
  location.reload();
}
