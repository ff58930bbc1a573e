/** The doors of the house: what only one room may touch (environment, clocks, chance), and what none may do. */
import { parseSync } from "@swc/core";

export interface OpenDoor {
  readonly path: string;
  /** Counts from 1. */
  readonly line: number;
  readonly what: string;
}

/** What a rule sees of the syntax tree: a node, its type, and anything. */
type Node = { readonly type: string; readonly span?: { readonly start: number } } & Record<string, unknown>;

interface Door {
  readonly what: string;
  /** Paths that may go through. */
  readonly open: RegExp;
  readonly passes: (node: Node) => boolean;
}

const nowhere = /^$/;
/** Clocks live in lib; a browser has its own, and the client keeps one for it. */
const clockRooms = /^src\/(lib|client)\//;
const timers = ["setTimeout", "setInterval", "setImmediate"];
const dice = ["randomBytes", "randomInt", "randomUUID", "getRandomValues"];

const doors: readonly Door[] = [
  {
    what: "process.env is read in src/server/config/config.ts alone",
    open: /^src\/server\/config\.ts$/,
    passes: (node) =>
      isMember(node, "process", "env") || importsFrom(node, /^(node:)?process$/, "env") || takesEnv(node),
  },
  {
    what: "clocks and timers come from src/lib",
    open: clockRooms,
    passes: (node) =>
      isMember(node, "Date", "now") ||
      isMember(node, "performance", "now") ||
      isMember(node, "AbortSignal", "timeout") ||
      (node.type === "NewExpression" && isNamed(node.callee, "Date") && isEmpty(node.arguments)) ||
      (node.type === "CallExpression" && timers.some((name) => calls(node, name))) ||
      importsFrom(node, /^(node:)?timers(\/promises)?$/),
  },
  {
    what: "randomness comes from src/lib",
    open: clockRooms,
    passes: (node) =>
      isMember(node, "Math", "random") ||
      dice.some((name) => isMember(node, "crypto", name) || importsFrom(node, /^(node:)?crypto$/, name)),
  },
  {
    what: "no event emitters of our own",
    open: nowhere,
    passes: (node) =>
      (node.type === "ClassDeclaration" || node.type === "ClassExpression"
        ? isNamed(node.superClass, "EventEmitter") || isNamed(node.superClass, "EventTarget")
        : node.type === "NewExpression" &&
          (isNamed(node.callee, "EventEmitter") || isNamed(node.callee, "EventTarget"))) === true,
  },
  {
    what: "no re-export barrels",
    open: nowhere,
    passes: (node) => node.type === "ExportAllDeclaration",
  },
  {
    what: "no `any`",
    open: nowhere,
    passes: (node) => node.type === "TsKeywordType" && node.kind === "any",
  },
  {
    what: "AbortSignal.any keeps memory per call: use a child scope",
    open: nowhere,
    passes: (node) => isMember(node, "AbortSignal", "any"),
  },
];

/** Compiler errors that were silenced instead of solved. */
const silenced = /@ts-(ignore|nocheck|expect-error)\b/;

/**
 * Finds what one file of `src` must not do. `path` is relative to the repository, with forward slashes.
 * @throws Error when the text is not TypeScript.
 */
export function findOpenDoors(path: string, text: string): OpenDoor[] {
  const found: OpenDoor[] = [];
  const closed = doors.filter((door) => !door.open.test(path));
  // Spans count bytes from where the parser's first file began, so the first statement's own place is unknown;
  // the module's span tells it.
  const module = parseSync(text, { syntax: "typescript", target: "es2024" }) as unknown as Node;
  const bytes = Buffer.from(text);
  const lead = bytes.length - Buffer.byteLength(text.slice(firstToken(text)));
  const origin = (module.span?.start ?? 0) - lead;
  walk(module, (node) => {
    for (const door of closed) {
      if (!door.passes(node)) continue;
      const before = bytes.subarray(0, Math.max(0, (node.span?.start ?? origin) - origin));
      found.push({ path, line: before.toString("utf8").split("\n").length, what: door.what });
    }
  });
  text.split("\n").forEach((line, index) => {
    if (silenced.test(line)) found.push({ path, line: index + 1, what: "no silenced compiler errors" });
  });
  return found;
}

/** Where the code begins: behind white space and comments. */
function firstToken(text: string): number {
  return text.match(/^(?:#![^\n]*\n|\s+|\/\/[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/)?.[0].length ?? 0;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (isNode(value)) {
    if (typeof value.type === "string") visit(value);
    for (const [key, child] of Object.entries(value)) if (key !== "span") walk(child, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

function isNamed(value: unknown, name: string): boolean {
  return isNode(value) && value.type === "Identifier" && value.value === name;
}

function isEmpty(value: unknown): boolean {
  return !Array.isArray(value) || value.length === 0;
}

/** `object.property`, `object["property"]` and `globalThis.object.property`. */
function isMember(node: Node, object: string, property: string): boolean {
  if (node.type !== "MemberExpression") return false;
  const { object: left, property: right } = node;
  const leftMatches = isNamed(left, object) || (isNode(left) && isMember(left, "globalThis", object));
  return leftMatches && propertyName(right) === property;
}

function propertyName(property: unknown): unknown {
  if (!isNode(property)) return undefined;
  if (property.type === "Computed" && isNode(property.expression)) return property.expression.value;
  return property.value;
}

function calls(node: Node, name: string): boolean {
  const { callee } = node;
  return isNamed(callee, name) || (isNode(callee) && isMember(callee, "globalThis", name));
}

/** An import of a name (or of anything) from a module; types pass. */
function importsFrom(node: Node, module: RegExp, name?: string): boolean {
  if (node.type !== "ImportDeclaration" || node.typeOnly === true || !isNode(node.source)) return false;
  if (!module.test(String(node.source.value))) return false;
  if (name === undefined) return true;
  const specifiers = Array.isArray(node.specifiers) ? node.specifiers : [];
  return specifiers.some((specifier) => {
    const imported = isNode(specifier.imported) ? specifier.imported : specifier.local;
    return isNamed(imported, name);
  });
}

/** `const { env } = process`. */
function takesEnv(node: Node): boolean {
  if (node.type !== "VariableDeclarator" || !isNamed(node.init, "process") || !isNode(node.id)) return false;
  const properties = Array.isArray(node.id.properties) ? node.id.properties : [];
  return properties.some((property) => isNode(property) && isNamed(property.key, "env"));
}
