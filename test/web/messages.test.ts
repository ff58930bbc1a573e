/** What the pages say stands in the message files, in every language. */
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync, Visitor } from "oxc-parser";
import { describe, expect, test } from "vitest";

const folder = "web/messages";
const tags = readdirSync(folder).flatMap((name) => /^([a-z]{2,3})\.ts$/.exec(name)?.[1] ?? []);
const parts = ["messages", "account", "report", "admin"];
type Texts = Readonly<Record<string, unknown>>;
const languages = new Map<string, Texts>(
  await Promise.all(
    tags.map(async (tag) => [tag, (await import(`../../${folder}/${tag}.ts`)) as Texts] as const),
  ),
);

/** Paths of all texts below a value, each with the kind of what is there. */
function pathsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [`${path}: list`];
  if (typeof value !== "object" || value === null) return [`${path}: ${typeof value}`];
  return Object.entries(value)
    .flatMap(([name, each]) => (each === undefined ? [] : pathsOf(each, `${path}.${name}`)))
    .sort();
}

/** Texts that are empty, or not there. */
function emptyOf(value: unknown, path: string): string[] {
  if (typeof value === "string") return value.trim() === "" ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => emptyOf(each, `${path}.${name}`));
}

describe("[PG11] the message files", () => {
  test("are two at least, and each says everything that the others say", () => {
    expect(tags).toEqual(expect.arrayContaining(["en", "fr"]));
    const english = languages.get("en") as Texts;
    for (const [tag, texts] of languages) {
      const told = parts.flatMap((part) => pathsOf(texts[part], part));
      expect(told, tag).toEqual(parts.flatMap((part) => pathsOf(english[part], part)));
      // The first of the levels is none.
      expect(parts.flatMap((part) => emptyOf(texts[part], part))).toEqual(["messages.drill.levels.0"]);
    }
  });

  test("are named nowhere: a language is its file", () => {
    const named = globSync("web/**/*.{ts,tsx}").filter((path) =>
      tags.some((tag) => readFileSync(path, "utf8").includes(`/${tag}.ts"`)),
    );
    expect(named).toEqual([]);
  });
});

/** Attributes that people read or hear. */
const told = new Set([
  "aria-label",
  "aria-description",
  "aria-roledescription",
  "title",
  "placeholder",
  "alt",
  "label",
]);
/** Properties whose text is shown. */
const shown = new Set([
  "textContent",
  "innerText",
  "innerHTML",
  "title",
  "ariaLabel",
  "label",
  "text",
  "heading",
  "about",
  "placeholder",
  "message",
  "action",
]);
/** A text without what is the same in every language: the product's name. */
const bare = (text: string) => text.replaceAll(/Kuku Coach|Kuku|CSV|&\w+;/g, "").replaceAll(/[\s–]+/g, " ");
const hasWord = (text: string) => /\p{L}{2,}/u.test(bare(text));
/** A list of elements, for the browser. */
const isSelector = (text: string) =>
  /\b(input|button|summary|textarea)\b/.test(text) &&
  text.split(/, (?![^(]*\))/).every((part) => /^[a-z]+\d?(?:[#.:[].*)?$/.test(part));
const isSentence = (text: string) =>
  !isSelector(text) && /\p{L}{2,}[,;:]? \p{L}+/u.test(bare(text)) && !/^[\w-]+\/[\w-]+/.test(text);

/** Strings of a module that people would see. */
function visibleStrings(path: string, source: string): string[] {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const found: string[] = [];
  /** Literals that are looked at where they stand, or are for engineers. */
  const settled = new Set<unknown>();
  const settle = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    settled.add(node);
    for (const each of Object.values(node))
      if (Array.isArray(each)) each.forEach(settle);
      else settle(each);
  };
  const literals = (node: unknown): string[] => {
    if (typeof node !== "object" || node === null) return [];
    const { type, value } = node as { type?: string; value?: unknown };
    if (type === "Literal") return typeof value === "string" ? [value] : [];
    if (type === "TemplateElement") return [(value as { cooked: string }).cooked];
    if (type === "JSXExpressionContainer") return literals((node as { expression?: unknown }).expression);
    // What is called or compared decides, and is not shown; elements are visited by themselves.
    if (/^(JSX\w+|(Call|Binary|Member|ArrowFunction)Expression)$/.test(type ?? "")) return [];
    return Object.values(node).flatMap((each) =>
      Array.isArray(each) ? each.flatMap(literals) : literals(each),
    );
  };
  new Visitor({
    ImportDeclaration: ({ source: from }) => settle(from),
    NewExpression({ callee, arguments: given }) {
      if (callee.type === "Identifier" && /^(Range|Type)?Error$/.test(callee.name)) settle(given);
    },
    CallExpression({ callee, arguments: given }) {
      // Selectors.
      if (callee.type === "MemberExpression" && callee.property.type === "Identifier")
        if (/^(closest|matches|querySelector(All)?)$/.test(callee.property.name)) settle(given);
    },
    JSXElement: ({ children }) => found.push(...children.flatMap(literals).filter(hasWord)),
    JSXFragment: ({ children }) => found.push(...children.flatMap(literals).filter(hasWord)),
    JSXText({ value }) {
      if (hasWord(value)) found.push(value.trim());
    },
    JSXAttribute({ name, value }) {
      const attribute = name.type === "JSXIdentifier" ? name.name : "";
      if (told.has(attribute)) found.push(...literals(value).filter(hasWord));
      // Event handlers are code like any other.
      if (!attribute.startsWith("on")) settle(value);
    },
    AssignmentExpression({ left, right }) {
      const { property } = left as { property?: { name?: string } };
      if (shown.has(property?.name ?? "")) found.push(...literals(right).filter(hasWord));
    },
    Property({ key, value }) {
      if (key.type === "Identifier" && shown.has(key.name)) found.push(...literals(value).filter(hasWord));
    },
    Literal(node) {
      if (!settled.has(node) && typeof node.value === "string" && isSentence(node.value))
        found.push(node.value);
    },
    TemplateElement(node) {
      const { cooked } = node.value;
      if (!settled.has(node) && cooked && isSentence(cooked)) found.push(cooked);
    },
  }).visit(program);
  return [...new Set(found)];
}

describe("[PG11] the pages", () => {
  const sources = globSync("web/**/*.{ts,tsx}").filter((path) => !path.startsWith(`${folder}/`));
  /** Words in the language that is practised, whatever the page's is. */
  const practised = ["web/practice/drill-choices.ts", "web/practice/answers.ts"];

  test.each(sources.filter((path) => !practised.includes(path)))("%s has no words of its own", (path) => {
    expect(visibleStrings(path, readFileSync(path, "utf8"))).toEqual([]);
  });

  test.each(globSync("web/*.html"))("%s has no words of its own", (path) => {
    const text = readFileSync(join(path), "utf8").replaceAll(/<[^>]*>/g, " ");
    expect(text.replaceAll(/\s+/g, " ").trim()).toBe("Kuku Coach");
  });

  test("words that stand in a page are found", () => {
    const page = `
      export const a = <p title={on ? "Close it" : t.open}>Hello <b>{t.x}</b></p>;
      export const b = <button aria-label="Revoke">{busy ? t.wait : \`Try \${name} again\`}</button>;
      note.textContent = "Copied";
      tell("That did not work.");
      throw new Error("this is for engineers");`;
    expect(visibleStrings("page.tsx", page).sort()).toEqual(
      ["Close it", "Copied", "Hello", "Revoke", "That did not work.", "Try ", " again"].sort(),
    );
  });
});
