/** The envelope of every JSON answer, as schemas and as documentation. */
import { z } from "zod";

/** The envelope of everything that went wrong. */
const failureSchema = z
  .object({
    success: z.literal(false),
    error: z.string().describe("One sentence for people."),
    code: z.string().meta({ description: "For programs; stable.", examples: ["NOT_FOUND"] }),
  })
  .meta({
    id: "Failure",
    description: "What went wrong.",
    examples: [{ success: false, error: "There is nothing at this path.", code: "NOT_FOUND" }],
  });

/** Puts data into the envelope. */
export function success<Data>(data: Data): { success: true; data: Data } {
  return { success: true, data };
}

/** One answer with its description; `schema` is what the body is. */
export function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { "application/json": { schema } } };
}

/** An answer whose data stand in the envelope. */
export function dataAnswer<Data extends z.ZodType>(description: string, data: Data) {
  return answer(description, z.object({ success: z.literal(true), data }));
}

/** Answers that are failures, by status, each with what it means. */
export function failures<Status extends number>(meanings: Readonly<Record<Status, string>>) {
  const entries = Object.entries<string>(meanings).map(([status, meaning]) => [
    status,
    answer(meaning, failureSchema),
  ]);
  return Object.fromEntries(entries) as { [S in Status]: ReturnType<typeof answer<typeof failureSchema>> };
}
