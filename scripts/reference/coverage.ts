/** Compares the package's types with our schemas: each field of each type gets the status that it has here. */
import { z } from "zod";
import type { Field, ObjectShape, Shape } from "./package-types.ts";

export type Direction = "client" | "server";
/** Of what clients send: the first three; of what servers send: the last two. */
export type Status = "supported" | "accepted" | "refused" | "sent" | "not sent";

/** Where a walk through the types begins. */
export interface Root {
  readonly direction: Direction;
  /** An event's type or a request. */
  readonly place: string;
  readonly shape: Shape;
  /** Our schema; undefined: not spoken here. */
  readonly schema: z.ZodType | undefined;
  /** Why all of it is not spoken here. */
  readonly why?: string;
}

/** Why a field or type is not simply supported, by `Type.field` or `Type`. */
export type Decisions = Readonly<Record<string, string | { readonly status: Status; readonly why: string }>>;

export interface FieldCoverage {
  readonly status: Status;
  /** Absent for what is supported or sent without more to say. */
  readonly why: string | undefined;
}

export interface TypeCoverage {
  readonly direction: Direction;
  /** The type's name in the package. */
  readonly name: string;
  /** The first place where it stands. */
  readonly place: string;
  readonly fields: ReadonlyMap<string, FieldCoverage>;
}

/** What surrounds a type in the walk. */
interface Context {
  readonly direction: Direction;
  readonly place: string;
  readonly schemas: readonly z.ZodType[];
  /** Reason and status of the field around, where it is not followed. */
  readonly outer: FieldCoverage | undefined;
}

/**
 * Covers every type that the roots reach, each once in each direction.
 * @throws Error naming fields without a decision, and decisions for what is not there or needs none
 */
export class Coverage {
  readonly #decisions: Readonly<Record<Direction, Decisions>>;
  readonly #types = new Map<string, TypeCoverage>();
  readonly #used = new Set<string>();
  readonly #problems: string[] = [];

  constructor(roots: readonly Root[], decisions: Readonly<Record<Direction, Decisions>>) {
    this.#decisions = decisions;
    for (const { direction, place, shape, schema, why } of roots) {
      const outer = why === undefined ? undefined : { status: missing(direction), why };
      this.#walk(shape, { direction, place, schemas: schema ? [schema] : [], outer });
    }
    for (const direction of ["client", "server"] as const)
      for (const key of Object.keys(decisions[direction]))
        if (!this.#used.has(`${direction} ${key}`))
          this.#problems.push(`${direction}: the decision for ${key} is of nothing that needs one`);
    if (this.#problems.length > 0)
      throw new Error(`scripts/reference/decisions.ts:\n${this.#problems.join("\n")}`);
  }

  /** In the order of the walk. */
  get types(): readonly TypeCoverage[] {
    return [...this.#types.values()];
  }

  #walk(shape: Shape, context: Context): void {
    if (shape.kind === "array")
      this.#walk(shape.of, {
        ...context,
        place: `${context.place}[]`,
        schemas: context.schemas.flatMap(elements),
      });
    else if (shape.kind === "union") for (const member of shape.of) this.#walk(member, context);
    else if (shape.kind === "object") this.#object(shape, context);
  }

  #object(shape: ObjectShape, context: Context): void {
    const key = `${context.direction} ${shape.name}`;
    const concrete = context.schemas.flatMap(alternatives);
    const open = concrete.some(isOpen);
    const ours = concrete.filter(
      (schema) => schema instanceof z.ZodObject && sameKind(shape, schema),
    ) as z.ZodObject[];
    const known = this.#types.get(key);
    const fields = new Map<string, FieldCoverage>();
    if (!known)
      this.#types.set(key, { direction: context.direction, name: shape.name, place: context.place, fields });
    for (const [name, field] of shape.fields) {
      const inner = ours.flatMap((schema) => (schema.shape[name] as z.ZodType | undefined) ?? []);
      const found =
        open || context.outer?.status === "accepted"
          ? "accepted"
          : inner.length > 0
            ? foundStatus(inner, context)
            : missing(context.direction);
      const coverage = known?.fields.get(name) ?? this.#decide(shape.name, name, found, context);
      fields.set(name, coverage);
      if (!known)
        this.#descend(name, field, {
          ...context,
          schemas: inner,
          outer: isFollowed(coverage) ? undefined : coverage,
        });
    }
  }

  #descend(name: string, { shape }: Field, context: Context): void {
    const separator = context.place.includes(": ") ? "." : ": ";
    this.#walk(shape, { ...context, place: `${context.place}${separator}${name}` });
  }

  #decide(type: string, field: string, found: Status, { direction, outer }: Context): FieldCoverage {
    const key = [`${type}.${field}`, type].find((name) => name in this.#decisions[direction]);
    const decision = key === undefined ? undefined : this.#decisions[direction][key];
    const needed = found !== "supported" && found !== "sent";
    if (decision !== undefined && (needed || typeof decision !== "string"))
      this.#used.add(`${direction} ${key}`);
    if (typeof decision === "object") return { status: decision.status, why: decision.why };
    if (!needed) return { status: found, why: undefined };
    const why = decision ?? outer?.why;
    if (why === undefined) this.#problems.push(`${direction}: ${type}.${field} is ${found}: say why`);
    return { status: found, why };
  }
}

function isFollowed({ status }: FieldCoverage): boolean {
  return status === "supported" || status === "sent";
}

function missing(direction: Direction): Status {
  return direction === "client" ? "refused" : "not sent";
}

function foundStatus(schemas: readonly z.ZodType[], { direction, outer }: Context): Status {
  if (outer) return outer.status;
  if (direction === "server") return "sent";
  return schemas.flatMap(alternatives).every((schema) => schema instanceof z.ZodAny)
    ? "accepted"
    : "supported";
}

/** The schemas that a value may fit, unions, defaults and absence taken apart. */
function alternatives(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return alternatives(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(alternatives);
  return [schema];
}

function elements(schema: z.ZodType): z.ZodType[] {
  return alternatives(schema).flatMap((one) =>
    one instanceof z.ZodArray ? [one.element as z.ZodType] : isOpen(one) ? [one] : [],
  );
}

/** Whether any value fits. */
function isOpen(schema: z.ZodType): boolean {
  return schema instanceof z.ZodAny || schema instanceof z.ZodUnknown;
}

/** Whether the schema is of the type's kind: where both say one value for a field, it is the same. */
function sameKind(shape: ObjectShape, schema: z.ZodObject): boolean {
  for (const [name, { shape: field }] of shape.fields) {
    const ours = schema.shape[name] as z.ZodType | undefined;
    if (field.kind !== "literal" || !ours) continue;
    const literals = alternatives(ours).flatMap((one) =>
      one instanceof z.ZodLiteral ? [...one.values] : [],
    );
    if (literals.length > 0 && !literals.includes(field.value)) return false;
  }
  return true;
}
