/** The page's own elements, found once and typed; a missing one is a mistake in the page and said at once. */

/** The element with this id. @throws Error where the page has none of that kind. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} #${id}`);
  return found;
}
