/** Converts a schema's validation issue into a code, the field's path and a readable sentence. */
import type { z } from "zod";
import { betaPaths } from "./beta-events.ts";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

export interface Explained {
  readonly code: "missing_field" | "unknown_field" | "invalid_value";
  readonly param: string;
  readonly message: string;
}

/** Explains one issue found in `value`, the whole event. */
export function explainIssue(issue: Issue, value: unknown): Explained {
  if (issue.code === "unrecognized_keys") return explainUnknown([...issue.path, issue.keys[0]!]);
  const param = dotted(issue.path);
  if (valueAt(value, issue.path) === undefined)
    return { code: "missing_field", param, message: `\`${param}\` is missing.` };
  return { code: "invalid_value", param, message: `\`${param}\` ${expectation(issue)}.` };
}

function explainUnknown(path: Path): Explained {
  const param = dotted(path);
  const now = betaPaths.get(param);
  const message = now
    ? `\`${param}\` is a field of the beta; it is \`${now}\` now.`
    : `\`${param}\` is not a field this server knows here.`;
  return { code: "unknown_field", param, message };
}

/** Returns a field's path as the reference writes it, `item.content[0].text`; cut to 200 characters. */
function dotted(path: Path): string {
  let joined = "";
  for (const step of path)
    joined += typeof step === "number" ? `[${step}]` : `${joined && "."}${String(step)}`;
  return joined.length > 200 ? `${joined.slice(0, 200)}…` : joined;
}

/** Returns the value at a path; undefined: none. */
export function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const name of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, name)) return undefined;
    current = (current as Record<PropertyKey, unknown>)[name];
  }
  return current;
}

/** Describes the expected value: the rest of a sentence that begins with the field's name. */
function expectation(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${listed(issue.values)}`;
    case "too_big":
      return `must be ${bound("at most", issue.origin, issue.maximum, issue.exact)}`;
    case "too_small":
      return `must be ${bound("at least", issue.origin, issue.minimum, issue.exact)}`;
    case "invalid_union":
      return unionExpectation(issue);
    case "invalid_key":
      return "has a name that is empty or too long";
    default:
      // Formats and refinements carry a sentence of their own, written beside the schema.
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  record: "an object",
  array: "a list",
};

function unionExpectation(issue: Extract<Issue, { code: "invalid_union" }>): string {
  const options = "options" in issue && Array.isArray(issue.options) ? issue.options : [];
  if (options.length > 0) return `must be ${listed(options)}`;
  return issue.message.startsWith("must") ? issue.message : "has a value that is not known here";
}

function listed(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  if (shown.length < 2) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`;
}

function bound(side: string, origin: string, limit: number | bigint, exact: boolean | undefined): string {
  const amount = exact ? `exactly ${limit}` : `${side} ${limit}`;
  const plural = limit === 1 ? "" : "s";
  if (origin === "string") return `${amount} character${plural} long`;
  if (origin === "array") return `a list of ${amount} value${plural}`;
  return amount;
}
