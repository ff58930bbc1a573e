/** Writes a live session down as it goes: what a step changed becomes changes of its journal, off the audio path. */
import { awaitsWrapUp } from "../../coach/coach.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Change, SessionJournal } from "../../store/journal/journal.ts";
import type { DeliveryRecord, ItemRecord, TurnRecord } from "../../store/records.ts";
import type { Entry, SessionState } from "../turns/state.ts";
import { itemRecord, type Speaking, takeSnapshot } from "./snapshot.ts";

export interface SessionPersisterOptions {
  readonly journal: SessionJournal;
  readonly clock: Clock;
  /** Items that are stored already, in order. */
  readonly items: readonly ItemRecord[];
  /** Responses so far. */
  readonly responses: () => number;
  /** Input audio of the session before it was taken up here, ms; default 0. */
  readonly inputBeforeMs?: number;
  /** The journal takes no more: called once. */
  readonly onFull: () => void;
}

export interface SessionPersister {
  /** Called after each step of the session. */
  step(before: SessionState, after: SessionState): void;
  /** How far the reply under way is; undefined: none is. */
  speaking(speaking: Speaking | undefined): void;
  turn(turn: TurnRecord): void;
  delivery(delivery: DeliveryRecord): void;
  /** The last word; the journal is closed behind it. */
  end(change: Extract<Change, { type: "ended" | "put_away" }>): void;
}

/** Where an item stands, and since when. */
type ItemPlace = Pick<ItemRecord, "position" | "createdAt">;

/** Opens the keeper of one session. */
export function openSessionPersister(options: SessionPersisterOptions): SessionPersister {
  const { journal, clock, inputBeforeMs = 0 } = options;
  const places = new Map<string, ItemPlace>(options.items.map((item) => [item.id, item]));
  let speaking: Speaking | undefined;
  let full = false;

  const write = (changes: readonly Change[]) => {
    if (changes.length === 0 || full || journal.write(changes)) return;
    full = true;
    options.onFull();
  };
  const itemChanges = (before: readonly Entry[], after: readonly Entry[]): Change[] => {
    const known = new Set(before);
    const left = new Set(after.map((entry) => entry.item.id));
    const changes: Change[] = [];
    for (const { item } of before)
      if (!left.has(item.id) && places.delete(item.id))
        changes.push({ type: "item_removed", itemId: item.id });
    for (const [index, entry] of after.entries()) {
      if (known.has(entry)) continue;
      const { id } = entry.item;
      const place = places.get(id) ?? {
        position: positionBetween(index, after, places),
        createdAt: clock.wallTime(),
      };
      places.set(id, place);
      const item = itemRecord(entry, place.position, place.createdAt);
      if (item) changes.push({ type: "item", item });
    }
    return changes;
  };
  const sessionChange = (state: SessionState): Change => {
    const { coach } = state;
    const snapshot = takeSnapshot(state, {
      responses: options.responses(),
      inputMs: inputBeforeMs + state.transcribedToMs,
      speaking,
    });
    return {
      type: "session",
      patch: {
        language: coach.language,
        ...(coach.flow === "coaching" && { stage: coach.talk.stage }),
        awaitingWrapUp: awaitsWrapUp(coach),
        messageCount: state.entries.filter(isMessage).length,
        snapshot,
      },
    };
  };
  let latest: SessionState | undefined;

  return {
    step(before, after) {
      latest = after;
      const changes = before.entries === after.entries ? [] : itemChanges(before.entries, after.entries);
      if (changes.length > 0 || changesSnapshot(before, after)) changes.push(sessionChange(after));
      write(changes);
    },
    speaking(now) {
      speaking = now;
      if (now && latest) write([sessionChange(latest)]);
    },
    turn: (turn) => write([{ type: "turn", turn }]),
    delivery: (delivery) => write([{ type: "delivery", delivery }]),
    end(change) {
      write([change]);
      journal.close();
    },
  };
}

/** Whether a step changed what is kept beside the items. */
function changesSnapshot(before: SessionState, after: SessionState): boolean {
  const awaited = (state: SessionState) => state.reply.type !== "none" || state.replyOwed;
  return (
    before.coach !== after.coach ||
    before.config !== after.config ||
    before.brief !== after.brief ||
    before.transcribedToMs !== after.transcribedToMs ||
    awaited(before) !== awaited(after)
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

function isMessage({ item }: Entry): boolean {
  return item.type === "message" && item.role !== "system";
}
