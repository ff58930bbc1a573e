/** The shape of `GET /health`: the server's status and that of its parts. */
import { z } from "zod";

const check = z.object({
  status: z.enum(["up", "degraded", "down"]),
  detail: z.string().optional().describe("What is wrong, or which engine is in use."),
});

export const healthSchema = z
  .object({
    status: z.enum(["healthy", "degraded", "draining"]),
    checks: z.record(z.string(), check).optional().describe("By part: the store, each provider."),
  })
  .meta({
    id: "Health",
    description: "Whether the server takes work. `degraded`: it does, but a part of it is not well.",
    examples: [{ status: "healthy", checks: { store: { status: "up" } } }],
  });

/** One part's health. */
export type HealthCheck = z.output<typeof check>;

export type Health = z.output<typeof healthSchema>;
