/** Rules [ST1] and [ST2]: what a `response.done` waits for, and what is told of what is safe. */
import type { Clock } from "../../lib/clock.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import type { SessionJournal } from "../../store/journal/journal.ts";

/** [ST1] Longest wait of a `response.done` for the store, ms. */
const maxWaitMs = 1_000;

export interface DurabilityGateOptions {
  readonly journal: Pick<SessionJournal, "settled">;
  /** Whether the database does not take changes just now, so that waiting for it is in vain. */
  readonly failing: () => boolean;
  readonly clock: Clock;
  /** The last item that is kept, as of now. */
  readonly lastStoredItemId: () => string | undefined;
  /** Every item up to this one is stored. */
  readonly onSaved: (itemId: string) => void;
  /** Called when nothing more of the session will be stored here. */
  readonly onLost: () => void;
}

/** Makes what is asked for each `response.done`: something it must wait for, or undefined where it need not. */
export function openDurabilityGate(options: DurabilityGateOptions): () => Promise<void> | undefined {
  const { journal, failing, clock } = options;
  /** A wait was in vain, and nothing has been stored since: the store does not take changes, known or not. */
  let overdue = false;

  const store = async () => {
    // What the reply leaves in the conversation is written in the steps that follow at once.
    await undefined;
    const itemId = options.lastStoredItemId();
    const outcome = await journal.settled();
    overdue = false;
    if (outcome === "lost") options.onLost();
    else if (itemId !== undefined) options.onSaved(itemId);
  };
  return () => {
    const stored = store();
    if (failing() || overdue) return undefined;
    return settlesWithin(clock, maxWaitMs, stored).then((inTime) => {
      overdue ||= !inTime;
    });
  };
}
