/** The server's health: asked of its parts within a deadline, and put in one word. */
import type { Clock } from "../../lib/clock.ts";
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
  const controller = new AbortController();
  const late = Promise.withResolvers<undefined>();
  const cancel = clock.after(deadlineMs, () => {
    controller.abort("deadline");
    late.resolve(undefined);
  });
  try {
    const checks = await Promise.race([read(controller.signal).catch(() => undefined), late.promise]);
    if (checks === undefined) return { status: "degraded" };
    const well = Object.values(checks).every(({ status }) => status === "up");
    return { status: well ? "healthy" : "degraded", checks };
  } finally {
    cancel();
  }
}
