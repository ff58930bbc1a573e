/** Schemas that several resources share: times, session ids, pages of a list. */
import { z } from "zod";

export const exampleId = "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d";

/** Names a schema in the API's description, with an example of it. */
export function named<Example>(id: string, example: Example): { id: string; examples: Example[] } {
  return { id, examples: [example] };
}

/** A point in time. */
export const timeSchema = z.iso.datetime().meta({ examples: ["2026-11-23T09:30:00.000Z"] });

/** A date (UTC) or a point in time in a query; read as wall-clock ms. */
export const momentSchema = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => Date.parse(text));

/** Wall-clock ms as ISO 8601 in UTC. */
export function toTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Writes a time that may be absent. */
export function toOptionalTime(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : toTime(ms);
}

export const sessionIdSchema = z
  .string()
  .regex(/^session-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "is no session's id")
  .meta({ description: "Names a session.", examples: [exampleId] });

/** The parameters of every path that names a session. */
export const sessionParams = z.object({ id: sessionIdSchema });

/** A page of a list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe("Entries of a page."),
  cursor: z
    .string()
    .max(600)
    .regex(/^[\w-]+$/)
    .optional()
    .describe("`next` of the page before."),
});

export const nextSchema = z.string().optional().describe("Where the next page begins; absent at the end.");
