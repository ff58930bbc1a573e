/** Small schemas shared by many events: ids, times, indexes. */
import { z } from "zod";

/** An id a client may choose or name: 1–512 printable characters, no spaces. */
export const id = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[\x21-\x7e]+$/, { error: "must be printable ASCII without spaces" });
/** A client's own `event_id`, repeated in an `error` about the event. */
export const clientEventId = id.optional();
/** A server event's id; later events have greater ones. */
export const serverEventId = z.string();
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
