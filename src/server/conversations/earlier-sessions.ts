/** Memory of a new session: the open actions of the user's earlier ones. */
import type { CoachOptions } from "../../coach/coach.ts";
import type { Clock } from "../../lib/clock.ts";
import { withTimeout } from "../../lib/timeout.ts";
import type { SessionsOf, Store } from "../../store/store.ts";

/** Open actions of a user's earlier sessions. */
export type Memory = NonNullable<CoachOptions["memory"]>;

/** Time that the store has to answer before a new session begins without memory, ms. */
const rememberMs = 500;
/** Open actions that are remembered, at most. */
const mostActions = 5;

/** Reads the memory of an owner's own sessions, or of one end user's; undefined: nothing is open, or the store did not answer in time. Never throws. */
export async function recallEarlierSessions(
  { ownerId, endUser = null }: SessionsOf,
  { store, clock }: { readonly store: Pick<Store, "openActions">; readonly clock: Clock },
): Promise<Memory | undefined> {
  const limits = { clock, ms: rememberMs, error: () => new Error("open actions not read in time") };
  const actions = await withTimeout(limits, () => store.openActions({ ownerId, endUser }, mostActions)).catch(
    () => [],
  );
  if (actions.length === 0) return undefined;
  const openActions = actions.map(({ text, when }) => ({ text, when }));
  return { openActions };
}
