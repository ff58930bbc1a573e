/** The definition of an environment variable: its documentation, default and schema; and schemas that several share. */
import { z } from "zod";

/** One environment variable. */
export interface Setting<Schema extends z.ZodType> {
  readonly doc: string;
  /** Default, as written in the environment; undefined: none. */
  readonly fallback?: string;
  readonly schema: Schema;
  readonly secret?: boolean;
}

/** What settings are read as. */
export type ValuesOf<Settings extends Record<string, Setting<z.ZodType>>> = {
  [Name in keyof Settings]: z.output<Settings[Name]["schema"]>;
};

export const setting = <Schema extends z.ZodType>(
  doc: string,
  fallback: string | undefined,
  schema: Schema,
): Setting<Schema> => ({ doc, schema, fallback });

/** A setting that has no default. */
export const optional = <Schema extends z.ZodType>(doc: string, schema: Schema) =>
  setting(doc, undefined, schema.optional());

/** A setting without a default whose value is never shown. */
export const secret = (doc: string, schema = z.string()) => ({ ...optional(doc, schema), secret: true });

export const whole = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,12}$/, { message })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { message });
};

const decimal = (message: string) =>
  z
    .string()
    .regex(/^\d{1,9}(\.\d{1,6})?$/, { message })
    .transform(Number);

export const positive = (max: number) => {
  const message = `must be a number above 0, at most ${max}`;
  return decimal(message).refine((value) => value > 0 && value <= max, { message });
};

export const upTo = (max: number) => {
  const message = `must be a number from 0 to ${max}`;
  return decimal(message).refine((value) => value <= max, { message });
};

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

/** 1 or 0. */
export const flag = () => z.enum(["0", "1"], { error: "must be 0 or 1" }).transform((value) => value === "1");

export const httpUrl = () => z.url({ protocol: /^https?$/, error: "must be an http(s) URL" });

/** Entries separated by commas, trimmed; empty ones are dropped. */
export const list = () =>
  z
    .string()
    .transform((text) => text.split(",").map((entry) => entry.trim()))
    .transform((entries) => entries.filter((entry) => entry !== ""));
