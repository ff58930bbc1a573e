/** Finds harm in parsed JSON: nesting deeper than a reader's stack, names that objects have of their own. */

/** Deepest nesting; what is really sent stays below 12, a tool's JSON Schema included. */
const deepest = 64;

/**
 * Says what is wrong with a value, to be put behind its name: `The body …`; undefined: nothing. Looks no deeper than
 * it lets in.
 */
export function findHarm(value: unknown, levels = deepest): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (levels === 0) return `may be nested at most ${deepest} levels deep`;
  for (const [name, entry] of Object.entries(value)) {
    // Copied field by field, they would change what every object is.
    if (name === "__proto__" || (name === "constructor" && reachesPrototype(entry)))
      return `has a field with the forbidden name \`${name}\``;
    const harm = findHarm(entry, levels - 1);
    if (harm !== undefined) return harm;
  }
  return undefined;
}

function reachesPrototype(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
}
