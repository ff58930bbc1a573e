/** Reads the Realtime types of the installed `openai` package with TypeScript's own checker. */
import { join } from "node:path";
import { API, type Checker, type Symbol as TsSymbol, type Type, TypeFlags } from "typescript/unstable/sync";
import { root } from "../run-program.ts";

/** A type, as far as a JSON value can show it. */
export type Shape =
  | { readonly kind: "object"; readonly name: string; readonly fields: ReadonlyMap<string, Field> }
  | { readonly kind: "array"; readonly of: Shape }
  | { readonly kind: "union"; readonly of: readonly Shape[] }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  /** `string`, `number`, `boolean`, or `open`: any value, or an object of any names. */
  | { readonly kind: "scalar"; readonly name: "string" | "number" | "boolean" | "open" };
export type ObjectShape = Extract<Shape, { kind: "object" }>;

export interface Field {
  readonly shape: Shape;
  readonly required: boolean;
}

/** Every type that a resource file of the package exports, by its name; classes left out. */
export type PackageTypes = ReadonlyMap<string, Shape>;

const resources = join(root, "node_modules/openai/resources/realtime");
/** The files that declare types. Those of `translations` name types of the first again. */
const files = ["realtime.d.ts", "client-secrets.d.ts", "calls.d.ts"];

/** Reads the types. Starts a compiler process and ends it; takes about a second. */
export function readPackageTypes(): PackageTypes {
  const api = new API({ cwd: root });
  try {
    const paths = files.map((file) => join(resources, file));
    const snapshot = api.updateSnapshot({ openFiles: paths });
    const types = new Map<string, Shape>();
    for (const path of paths) {
      const project = snapshot.getDefaultProjectForFile(path);
      const source = project?.program.getSourceFile(path);
      const module = source && project?.checker.getSymbolAtLocation(source);
      if (!project || !module) throw new Error(`the package has no ${path}`);
      const reader = new ShapeReader(project.checker);
      for (const symbol of project.checker.getExportsOfModule(module)) {
        const shape = reader.exported(symbol);
        if (shape) types.set(symbol.name, shape);
      }
    }
    return types;
  } finally {
    api.close();
  }
}

class ShapeReader {
  readonly #checker: Checker;
  readonly #read = new Map<number, Shape>();

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  /** The shape of an exported interface or alias; undefined for classes, values and re-exports. */
  exported(symbol: TsSymbol): Shape | undefined {
    if (symbol.valueDeclaration !== undefined || symbol.declarations.length === 0) return undefined;
    const type = this.#checker.getDeclaredTypeOfSymbol(symbol);
    return type.isErrorType() ? undefined : this.#shape(type);
  }

  #shape(type: Type): Shape {
    const known = this.#read.get(type.id);
    if (known) return known;
    const shape = this.#newShape(type);
    this.#read.set(type.id, shape);
    return shape;
  }

  #newShape(type: Type): Shape {
    if (type.flags & TypeFlags.Boolean) return { kind: "scalar", name: "boolean" };
    if (type.isLiteralType() && typeof type.value !== "bigint") return { kind: "literal", value: type.value };
    if (type.flags & TypeFlags.String) return { kind: "scalar", name: "string" };
    if (type.flags & TypeFlags.Number) return { kind: "scalar", name: "number" };
    // `string & {}`: any string, beside suggestions.
    if (type.isIntersectionType()) return { kind: "scalar", name: "string" };
    if (type.isUnionType()) return this.#union(type.getTypes());
    if (this.#checker.isArrayType(type) && type.isTypeReference())
      return { kind: "array", of: this.#shape(this.#checker.getTypeArguments(type)[0]!) };
    const properties = type.isObjectType() ? this.#checker.getPropertiesOfType(type) : [];
    if (properties.length === 0) return { kind: "scalar", name: "open" };
    return this.#object(type, properties);
  }

  #union(members: readonly Type[]): Shape {
    const present = members.filter(({ flags }) => !(flags & (TypeFlags.Undefined | TypeFlags.Null)));
    const shapes = present.map((member) => this.#shape(member));
    if (shapes.length === 1) return shapes[0]!;
    const booleans = shapes.filter((shape) => shape.kind === "literal" && typeof shape.value === "boolean");
    if (booleans.length === 2 && shapes.length === 2) return { kind: "scalar", name: "boolean" };
    return { kind: "union", of: shapes };
  }

  #object(type: Type, properties: readonly TsSymbol[]): Shape {
    const types = this.#checker.getTypeOfSymbol(properties);
    const fields = new Map<string, Field>();
    for (const [index, property] of properties.entries()) {
      const required = !(types[index]!.isUnionType() && types[index]!.getTypes().some(isUndefined));
      fields.set(property.name, { shape: this.#shape(types[index]!), required });
    }
    return { kind: "object", name: qualifiedName(type), fields };
  }
}

function isUndefined({ flags }: Type): boolean {
  return (flags & TypeFlags.Undefined) !== 0;
}

/** `RealtimeAudioConfigInput.NoiseReduction`. */
function qualifiedName(type: Type): string {
  const names: string[] = [];
  for (let symbol = type.getSymbol(); symbol && !symbol.name.startsWith('"'); symbol = symbol.getParent())
    names.unshift(symbol.name);
  return names.join(".");
}
