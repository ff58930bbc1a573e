/** The server's health: asked of its parts within a deadline, and put in one word. */
import type { Clock } from "../../lib/clock.ts";
import { withTimeout } from "../../lib/timeout.ts";
import type { Health, HealthCheck } from "./health-schema.ts";

/**
 * Asks the parts how they are. A check changes nothing and heeds the signal; what it says is for everybody to read, so no
 * addresses, no vendor's words.
 */
export type ReadHealth = (signal: AbortSignal) => Promise<Readonly<Record<string, HealthCheck>>>;

/** Deadline of the parts' answers, ms. */
const deadlineMs = 2000;

/** Judges: one part that is not up makes the server degraded, and so does a part that does not answer. */
export async function judgeHealth(read: ReadHealth | undefined, clock: Clock): Promise<Health> {
  if (read === undefined) return { status: "healthy" };
  const error = () => new Error("health not read in time");
  const checks = await withTimeout({ clock, ms: deadlineMs, error }, read).catch(() => undefined);
  if (checks === undefined) return { status: "degraded" };
  const well = Object.values(checks).every(({ status }) => status === "up");
  return { status: well ? "healthy" : "degraded", checks };
}
