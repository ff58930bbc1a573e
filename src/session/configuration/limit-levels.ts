/** Levels of the user's limits, told at the beginning of each reply. */
import type { Outgoing } from "../effects.ts";
import type { SessionContext } from "../session-context.ts";

/** [QT4] The reference knows of tokens alone; `kuku.limits` tells all. Nothing is told where nothing is limited. */
export function sendLimits({ meter }: SessionContext, send: (event: Outgoing) => void): void {
  const levels = meter?.levels() ?? [];
  const told = levels.map(({ name, limit, remaining, resetSeconds: reset_seconds }) => ({
    name,
    limit,
    remaining,
    reset_seconds,
  }));
  const tokens = told.flatMap(({ name, ...level }) =>
    name === "tokens" ? [{ ...level, name } as const] : [],
  );
  if (tokens.length > 0) send({ type: "rate_limits.updated", rate_limits: tokens });
  if (told.length > 0) send({ type: "kuku.limits", limits: told });
}
