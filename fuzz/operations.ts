/** The server's routes as it describes them itself, and requests that each of them would take. */
import fc from "fast-check";

export interface Operation {
  readonly method: string;
  /** With its parameters: `/api/sessions/{id}`. */
  readonly path: string;
  readonly query: readonly string[];
  /** By media type. */
  readonly bodies: Readonly<Record<string, Schema>>;
}

/** As much of JSON Schema as the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

interface Described {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> };
}

/** Reads `/openapi.json`. */
export async function readOperations(url: string): Promise<{
  readonly operations: readonly Operation[];
  readonly resolve: (schema: Schema) => Schema;
}> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name),
      bodies: Object.fromEntries(
        Object.entries(requestBody?.content ?? {}).map(([type, { schema = {} }]) => [type, schema]),
      ),
    })),
  );
  const resolve = (schema: Schema): Schema =>
    schema.$ref === undefined
      ? schema
      : (document.components?.schemas?.[schema.$ref.split("/").at(-1) ?? ""] ?? {});
  return { operations, resolve };
}

/** Values that a schema would let pass, more or less: a start for what it would not. */
export function valuesOf(
  schema: Schema,
  resolve: (schema: Schema) => Schema,
  depth = 0,
): fc.Arbitrary<unknown> {
  const found = resolve(schema);
  const { anyOf, oneOf, allOf, properties } = found;
  const again = (inner: Schema) => valuesOf(inner, resolve, depth + 1);
  if (depth > 6) return fc.constant(null);
  if (found.const !== undefined) return fc.constant(found.const);
  if (found.enum) return fc.constantFrom(...found.enum);
  const choices = anyOf ?? oneOf;
  if (choices && choices.length > 0) return fc.oneof(...choices.map(again));
  if (allOf?.[0]) return again(allOf[0]);
  const type = Array.isArray(found.type) ? found.type[0] : found.type;
  if (type === "object" || properties)
    return fc.record(
      Object.fromEntries(Object.entries(properties ?? {}).map(([name, inner]) => [name, again(inner)])),
      { requiredKeys: [] },
    );
  if (type === "array") return fc.array(again(found.items ?? {}), { maxLength: 3 });
  if (type === "integer" || type === "number") {
    const { minimum: min = 0, maximum: max = 1000 } = found;
    return fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) });
  }
  if (type === "boolean") return fc.boolean();
  if (type === "null") return fc.constant(null);
  return texts(found);
}

function texts({ format, minLength = 0, maxLength = 60 }: Schema): fc.Arbitrary<string> {
  if (format === "date-time") return fc.constant("2026-01-02T03:04:05.000Z");
  if (format === "email") return fc.constant("somebody@example.org");
  const longest = Math.min(Math.max(maxLength, minLength), minLength + 60);
  const plain = ["kuku", "en-US", "Hello there, how are you?"].filter((text) => text.length >= minLength);
  const any = fc.string({ minLength, maxLength: longest });
  return plain.length === 0 ? any : fc.oneof(fc.constantFrom(...plain), any);
}
