/** One session and the store: its changes, what waits for them to be stored, and how its row ends. */
import { type Clock, yieldToEventLoop } from "../../lib/clock.ts";
import type { CancelReason } from "../../lib/scope.ts";
import { settlesWithin } from "../../lib/timeout.ts";
import { promptItems } from "../replies/prompt.ts";
import type { SessionPersistence } from "../session-options.ts";
import type { SessionState } from "../turns/state.ts";
import { hasReplies } from "../turns/transcription-session.ts";
import { DurabilityGate } from "./durability-gate.ts";
import { SessionPersister } from "./session-persister.ts";
import { lastStoredItemId, readSnapshot } from "./snapshot.ts";

/** Longest wait of a caller for what was said to be stored, unless it says otherwise, ms. */
const longestStoringMs = 10_000;

export interface SessionStorageOptions extends SessionPersistence {
  readonly clock: Clock;
  state(): SessionState;
  /** Responses announced so far. */
  responses(): number;
  /** Called when every item up to this one is stored. */
  onSaved(itemId: string): void;
  /** Called when the journal has no room for a change. */
  onFull(): void;
  /** Called when another node has taken the session over. */
  onTakenOver(): void;
}

export class SessionStorage {
  readonly persister: SessionPersister;
  readonly durability: DurabilityGate;
  readonly #options: SessionStorageOptions;

  constructor(options: SessionStorageOptions) {
    const { journal, failing, stored, clock, state, responses, onSaved, onTakenOver } = options;
    this.#options = options;
    this.persister = new SessionPersister({
      journal,
      clock,
      items: stored?.items ?? [],
      responses,
      inputBeforeMs: readSnapshot(stored?.snapshot)?.inputMs ?? 0,
      onFull: () => this.#journalFull(),
    });
    this.durability = new DurabilityGate({
      journal: { settled: () => this.#journalSettled() },
      failing,
      clock,
      lastStoredItemId: () => lastStoredItemId(state().entries),
      onSaved,
      onLost: onTakenOver,
    });
  }

  /** Bytes that may still be handed in. */
  get room(): number {
    return this.#options.journal.room;
  }

  /** Undefined: go on. A promise: more waits to be stored than should; resolves once most of it is, or none can be. */
  writable(): Promise<void> | undefined {
    return this.#options.journal.writable();
  }

  /** See `LiveSession.settled`. */
  async settled(withinMs = longestStoringMs): Promise<"saved" | "lost" | "late"> {
    const { failing, clock } = this.#options;
    const stored = this.#journalSettled();
    if (failing()) return Promise.race([stored, yieldToEventLoop().then(() => "late" as const)]);
    return (await settlesWithin(clock, withinMs, stored)) ? stored : "late";
  }

  /** Writes the session's end and closes the journal. `over`: the session will not be activated again. */
  end(reason: CancelReason, over: boolean): void {
    const { clock, state } = this.#options;
    if (reason === "taken_over") return this.persister.close();
    if (!over) return this.persister.end({ type: "put_away" });
    const wordless = isWordless(state()) || undefined;
    this.persister.end({ type: "ended", at: clock.wallTime(), reason, wordless });
  }

  #journalSettled(): Promise<"saved" | "lost"> {
    this.persister.flush();
    return this.#options.journal.settled();
  }

  /** A journal that takes no more has no room, or was taken over, which it can tell at once. */
  #journalFull(): void {
    const { journal, clock, onFull, onTakenOver } = this.#options;
    void journal.settled().then((outcome) => outcome === "lost" && onTakenOver());
    clock.after(0, onFull);
  }
}

/** Whether the user said nothing that a report could tell, or [TX1] nobody coached. */
function isWordless(state: SessionState): boolean {
  return !hasReplies(state) || !promptItems(state.entries).some((item) => item.role === "user");
}
