/** What a new session knows of the user's earlier ones. */
import type { CoachOptions } from "../../coach/coach.ts";
import { type Clock, sleep } from "../../lib/clock.ts";
import type { Store } from "../../store/store.ts";

/** What a user's earlier sessions left open. */
export type Memory = NonNullable<CoachOptions["memory"]>;

/** How long a new session waits to be told what earlier ones left open, ms. */
const rememberMs = 500;
/** Open actions that are remembered. */
const mostActions = 5;

/** Undefined: nothing, or the store did not say in time. Never throws. */
export async function recallEarlierSessions(
  ownerId: string,
  { store, clock }: { readonly store: Pick<Store, "openActions">; readonly clock: Clock },
): Promise<Memory | undefined> {
  const asking = new AbortController();
  const late = sleep(clock, rememberMs, asking.signal).then(
    () => [],
    () => [],
  );
  const asked = store.openActions(ownerId, mostActions).catch(() => []);
  const actions = await Promise.race([asked, late]);
  asking.abort();
  if (actions.length === 0) return undefined;
  const openActions = actions.map(({ text, when }) => ({ text, ...(when !== undefined && { when }) }));
  return { openActions };
}
