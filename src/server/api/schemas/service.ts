/** What the server says of itself. */
import { z } from "zod";

const check = z.object({
  status: z.enum(["up", "degraded", "down"]),
  detail: z.string().optional().meta({ description: "What is wrong, or which engine is in use." }),
});

export const healthSchema = z
  .object({
    status: z.enum(["healthy", "degraded", "draining"]),
    checks: z
      .record(z.string(), check)
      .optional()
      .meta({ description: "By part: the store, each provider." }),
  })
  .meta({
    id: "Health",
    description: "Whether the server takes work. `degraded`: it does, but a part of it is not well.",
    examples: [{ status: "healthy", checks: { store: { status: "up" } } }],
  });

/** One part's health. */
export type HealthCheck = z.output<typeof check>;
export type Health = z.output<typeof healthSchema>;

export const greetingSchema = z
  .object({ message: z.literal("Kuku Coach API"), version: z.string() })
  .meta({ id: "Greeting", examples: [{ message: "Kuku Coach API", version: "0.1.0" }] });

/** A document in another language of schemas; what it holds is that language's business. */
export const documentSchema = z
  .looseObject({})
  .meta({ id: "Document", description: "A JSON document.", examples: [{}] });
