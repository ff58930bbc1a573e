/** Small schemas shared by many events: ids, times, indexes. */
import { z } from "zod";

/** An id a client may choose or name: 1–512 printable characters, no spaces. */
export const id = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\x21-\x7e]+$/, { error: "must be printable ASCII without spaces" });
/** Milliseconds, whole, from 0. */
export const wholeMs = z.int().min(0);
/** Milliseconds, fractions allowed, from 0. */
export const ms = z.number().min(0);
/** A position in a list, from 0. */
export const index = z.int().min(0);
/** A share or score, 0–1. */
export const unit = z.number().min(0).max(1);
/** Up to 16 pairs; keys up to 64 characters, values up to 512, as in the reference. */
export const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, { error: "must have at most 16 pairs" })
  // A refinement is not visible to JSON Schema.
  .meta({ maxProperties: 16 });
/** A BCP 47 language tag such as `en`, `en-US` or `fr-FR`. */
export const language = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, { error: "must be a language tag such as en-US or fr-FR" });
/** A setting that is a hint or a label and that this server does not follow: any value is accepted, and none has an effect. */
export const hint = z.any().optional();

type Fields = Readonly<Record<string, z.core.$ZodShape>>;

/** Makes the schemas of client events, which are closed, from the fields that each type has of its own. */
export function clientEvents<Events extends Fields>(events: Events) {
  return schemas(events, (type, fields) =>
    // The client's own id of the event is repeated in an `error` about it.
    z.strictObject({ type: z.literal(type), event_id: id.optional(), ...fields }),
  ) as {
    readonly [T in keyof Events & string]: z.ZodObject<
      { type: z.ZodLiteral<T>; event_id: z.ZodOptional<typeof id> } & Events[T],
      z.core.$strict
    >;
  };
}

/** Makes the schemas of server events, which are open, from the fields that each type has of its own. */
export function serverEvents<Events extends Fields>(events: Events) {
  return schemas(events, (type, fields) =>
    // Later events have greater ids.
    z.object({ type: z.literal(type), event_id: z.string(), ...fields }),
  ) as {
    readonly [T in keyof Events & string]: z.ZodObject<
      { type: z.ZodLiteral<T>; event_id: z.ZodString } & Events[T],
      z.core.$strip
    >;
  };
}

function schemas(events: Fields, make: (type: string, fields: z.core.$ZodShape) => z.ZodObject): unknown {
  return Object.fromEntries(Object.entries(events).map(([type, fields]) => [type, make(type, fields)]));
}
