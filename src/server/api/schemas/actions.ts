/** Actions as requests name them and answers tell them. */
import { z } from "zod";

const exampleId = "session-0198c1f2-6c3e-7d41-9a57-3f1f2a9b8c7d-1";

export const actionParams = z.object({
  id: z
    .string()
    .max(60)
    .regex(/^session-[0-9a-f-]{36}-\d{1,4}$/, "is no action's id")
    .meta({ description: "As it stands in `openActions`.", examples: [exampleId] }),
});

export const actionBody = z.strictObject({ done: z.boolean() }).meta({ examples: [{ done: true }] });

export const actionSchema = z
  .object({ id: z.string(), done: z.boolean() })
  .meta({ id: "Action", examples: [{ id: exampleId, done: true }] });
