/** Days as quotas and figures count them: UTC. */

export const dayMs = 86_400_000;

/** Returns the day (UTC) of a time, such as `2026-11-23`. `at`: wall-clock ms. */
export function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Returns the end of the day that a time lies in, wall-clock ms. */
export function endOfDay(at: number): number {
  return (Math.floor(at / dayMs) + 1) * dayMs;
}

/** Returns the seconds until that day ends, whole, 1 or more. */
export function secondsLeftOfDay(at: number): number {
  return Math.max(1, Math.ceil((endOfDay(at) - at) / 1000));
}
