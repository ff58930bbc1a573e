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

/** Holds a session's `response.done` until the store has what was said. */
export class DurabilityGate {
  readonly #options: DurabilityGateOptions;
  /** A wait was in vain, and nothing has been stored since: the store does not take changes, known or not. */
  #overdue = false;

  constructor(options: DurabilityGateOptions) {
    this.#options = options;
  }

  /** Reports, once it is so, that all that is in the conversation now is stored, or that it will not be. */
  async report(): Promise<void> {
    const { journal, lastStoredItemId, onSaved, onLost } = this.#options;
    // What the step under way leaves in the conversation is written before this goes on.
    await undefined;
    const itemId = lastStoredItemId();
    const outcome = await journal.settled();
    this.#overdue = false;
    if (outcome === "lost") onLost();
    else if (itemId !== undefined) onSaved(itemId);
  }

  /** Called for each `response.done`. Returns the promise it must wait for, or undefined where it need not. */
  pass(): Promise<void> | undefined {
    const { failing, clock } = this.#options;
    const stored = this.report();
    if (failing() || this.#overdue) return undefined;
    return settlesWithin(clock, maxWaitMs, stored).then((inTime) => {
      this.#overdue ||= !inTime;
    });
  }
}
