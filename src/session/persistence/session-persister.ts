/** Persists a live session step by step: what a step changed becomes changes of its journal, off the audio path. */
import { awaitsWrapUp } from "../../coach/coach.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Change, SessionJournal } from "../../store/journal/journal.ts";
import type { DeliveryRecord, ItemRecord, ReadingRecord, TurnRecord } from "../../store/records.ts";
import { contentText } from "../replies/prompt.ts";
import type { Entry, SessionState } from "../turns/state.ts";
import { itemRecord, type Speaking, takeSnapshot } from "./snapshot.ts";

export interface SessionPersisterOptions {
  readonly journal: SessionJournal;
  readonly clock: Clock;
  /** Items that are stored already, in order. */
  readonly items: readonly ItemRecord[];
  /** Responses announced so far. */
  readonly responses: () => number;
  /** Input audio before the session was activated here, ms; default 0. */
  readonly inputBeforeMs?: number;
  /** Called once, when the journal takes no more changes. */
  readonly onFull: () => void;
}

/** An item's position among the others, and when it was created. */
type ItemPlace = Pick<ItemRecord, "position" | "createdAt">;

/** Writes one session's changes into its journal. */
export class SessionPersister {
  readonly #options: SessionPersisterOptions;
  readonly #places: Map<string, ItemPlace>;
  #speaking: Speaking | undefined;
  #latest: SessionState | undefined;
  /** What is kept beside the items has changed, and is written at the end of this go of the event loop. */
  #unwritten = false;
  #full = false;

  constructor(options: SessionPersisterOptions) {
    this.#options = options;
    this.#places = new Map(options.items.map((item) => [item.id, item]));
  }

  /** Creation time of an item, wall-clock ms; undefined where the conversation has no such item. */
  createdAt(itemId: string): number | undefined {
    return this.#places.get(itemId)?.createdAt;
  }

  /** Called after each step of the session. */
  step(before: SessionState, after: SessionState): void {
    this.#latest = after;
    const changes = before.entries === after.entries ? [] : this.#itemChanges(before.entries, after.entries);
    if (changes.length > 0) {
      this.#unwritten = false;
      this.#write([...changes, this.#sessionChange(after)]);
    } else if (changesSnapshot(before, after)) this.#writeSoon();
  }

  /** Notes how far the reply under way is; undefined: none is. */
  speaking(speaking: Speaking | undefined): void {
    this.#speaking = speaking;
    if (speaking && this.#latest) this.#writeSoon();
  }

  /** Writes what has changed until now; for whoever waits for it to be stored. */
  flush(): void {
    if (!this.#unwritten || !this.#latest) return;
    this.#unwritten = false;
    this.#write([this.#sessionChange(this.#latest)]);
  }

  turn(turn: TurnRecord): void {
    this.#write([{ type: "turn", turn }]);
  }

  delivery(delivery: DeliveryRecord): void {
    this.#write([{ type: "delivery", delivery }]);
  }

  reading(reading: ReadingRecord): void {
    this.#write([{ type: "reading", reading }]);
  }

  /** Writes the last change, then closes the journal. */
  end(change: Extract<Change, { type: "ended" | "put_away" }>): void {
    this.flush();
    this.#write([change]);
    this.close();
  }

  /** Closes the journal. What is not written yet belongs to another holder by now. */
  close(): void {
    this.#unwritten = false;
    this.#options.journal.close();
  }

  /** A reply that is made in one go changes the snapshot at each sentence; an item that follows has it beside itself. */
  #writeSoon(): void {
    if (this.#unwritten) return;
    this.#unwritten = true;
    process.nextTick(() => this.flush());
  }

  #write(changes: readonly Change[]): void {
    if (changes.length === 0 || this.#full || this.#options.journal.write(changes)) return;
    this.#full = true;
    this.#options.onFull();
  }

  #itemChanges(before: readonly Entry[], after: readonly Entry[]): Change[] {
    const places = this.#places;
    const known = new Set(before);
    const left = new Set(after.map((entry) => entry.item.id));
    const changes: Change[] = [];
    for (const { item } of before)
      if (!left.has(item.id) && places.delete(item.id))
        changes.push({ type: "item_removed", itemId: item.id });
    for (const [index, entry] of after.entries()) {
      if (known.has(entry)) continue;
      const { id } = entry.item;
      const createdAt = this.#options.clock.wallTime();
      const place = places.get(id) ?? { position: positionBetween(index, after, places), createdAt };
      places.set(id, place);
      const item = itemRecord(entry, place.position, place.createdAt);
      if (item) changes.push({ type: "item", item });
    }
    return changes;
  }

  #sessionChange(state: SessionState): Change {
    const { coach } = state;
    const { responses, inputBeforeMs = 0 } = this.#options;
    const inputMs = inputBeforeMs + state.transcribedToMs;
    return {
      type: "session",
      patch: {
        language: coach.language,
        // The patch overwrites what is stored by its keys: an absent stage has none.
        ...(coach.flow === "coaching" && { stage: coach.talk.stage }),
        awaitingWrapUp: awaitsWrapUp(coach),
        messageCount: state.entries.filter(isMessage).length,
        snapshot: takeSnapshot(state, { responses: responses(), inputMs, speaking: this.#speaking }),
      },
    };
  }
}

/** Whether a step changed what is kept beside the items. */
function changesSnapshot(before: SessionState, after: SessionState): boolean {
  const replying = ({ reply }: SessionState) => reply.type !== "none";
  return (
    before.coach !== after.coach ||
    before.config !== after.config ||
    before.brief !== after.brief ||
    before.transcribedToMs !== after.transcribedToMs ||
    before.ending !== after.ending ||
    before.muted !== after.muted ||
    before.replyOwed !== after.replyOwed ||
    replying(before) !== replying(after)
  );
}

/** A place for a new entry between its neighbours that have one. */
function positionBetween(
  index: number,
  entries: readonly Entry[],
  places: ReadonlyMap<string, ItemPlace>,
): number {
  const placeOf = (entry: Entry | undefined) => entry && places.get(entry.item.id)?.position;
  let before: number | undefined;
  for (let i = index - 1; i >= 0 && before === undefined; i--) before = placeOf(entries[i]);
  let after: number | undefined;
  for (let i = index + 1; i < entries.length && after === undefined; i++) after = placeOf(entries[i]);
  if (before === undefined) return after === undefined ? 1 : after - 1;
  return after === undefined ? before + 1 : (before + after) / 2;
}

/** Whether an entry is a message of the user, or one of the coach's that was heard. */
function isMessage({ item }: Entry): boolean {
  if (item.type !== "message" || item.role === "system") return false;
  return item.role === "user" || contentText(item) !== "";
}
