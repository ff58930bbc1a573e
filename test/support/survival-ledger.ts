/** What one client was told of its conversation, and which of it the server said is safe; held against the store. */
import type { ItemRecord } from "../../src/store/records.ts";

// biome-ignore lint/suspicious/noExplicitAny: events are looked into as plain JSON here, as a client would
type AnyEvent = Record<string, any>;

/** What a client knows of one session. */
export interface Ledger {
  sessionId: string;
  /** Takes an event of the server. */
  take(event: AnyEvent): void;
  /** The socket is gone; one that comes back is told the items anew. */
  cutOff(): void;
  /** Ids that were said to be safe, in order, as they stood then; one list for each life of the server, the last one last. */
  safe(): readonly (readonly string[])[];
  /** Every id the client was told of since it last joined, in order. */
  readonly told: readonly string[];
  /** The words of an item that nothing has cut. */
  readonly words: ReadonlyMap<string, string>;
}

/** Opens the ledger of a session. `kuku.saved` alone says what is safe: `response.done` waits for the store for 1 s at most [ST1]. */
export function openLedger(): Ledger {
  let order: string[] = [];
  const acknowledged = new Set<string>();
  const former: (readonly string[])[] = [];
  const words = new Map<string, string>();
  const acknowledge = (upTo: string) => {
    for (const id of order.slice(0, order.indexOf(upTo) + 1)) acknowledged.add(id);
  };
  const inOrder = () => order.filter((id) => acknowledged.has(id));
  const insert = ({ item, previous_item_id: previous }: AnyEvent) => {
    if (order.includes(item.id)) return;
    if (previous === null) order.unshift(item.id);
    else if (order.includes(previous)) order.splice(order.indexOf(previous) + 1, 0, item.id);
    else order.push(item.id);
  };
  const done = (response: AnyEvent) => {
    const left = (response.output as AnyEvent[]).map(({ id }) => id as string);
    if (response.status !== "completed") for (const id of left) words.delete(id);
  };
  const ledger: Ledger = {
    sessionId: "",
    take(event) {
      if (event.type === "session.created") ledger.sessionId = event.session.id;
      if (event.type === "conversation.item.added") insert(event);
      if (event.type === "conversation.item.done") {
        const { item } = event;
        const said = wordsOf(item);
        // A reply that was cut has the words that were heard, perhaps none; those of an utterance may still be to come.
        if (said !== "" || item.status === "incomplete") words.set(item.id, said);
      }
      if (event.type === "conversation.item.input_audio_transcription.completed")
        words.set(event.item_id, event.transcript);
      if (event.type === "conversation.item.truncated") words.delete(event.item_id);
      if (event.type === "conversation.item.deleted") {
        order = order.filter((id) => id !== event.item_id);
        acknowledged.delete(event.item_id);
      }
      if (event.type === "response.done") done(event.response);
      if (event.type === "kuku.saved") acknowledge(event.item_id);
    },
    cutOff() {
      former.push(inOrder());
      order = [];
      // What was being said is cut where its listener was cut off.
      const last = former.at(-1)?.at(-1);
      if (last !== undefined) words.delete(last);
    },
    safe: () => (order.length > 0 ? [...former, inOrder()] : former),
    get told() {
      return order;
    },
    words,
  };
  return ledger;
}

function wordsOf({ content = [] }: AnyEvent): string {
  return (content as AnyEvent[]).map((part) => part.text ?? part.transcript ?? "").join("");
}

/** How the store and the clients agree. */
export interface Agreement {
  sessions: number;
  acknowledged: number;
  found: number;
  lost: number;
  twice: number;
  /** Not where the client was told it is. */
  misplaced: number;
  /** With other words than the client was told. */
  altered: number;
  /** What is lost: session, item and its words as the client knew them. */
  missing: readonly string[];
}

/** Holds ledgers against what is stored. */
export async function compare(
  ledgers: readonly Ledger[],
  readItems: (sessionId: string) => Promise<readonly ItemRecord[]>,
): Promise<Agreement> {
  const missing: string[] = [];
  const sum = { sessions: 0, acknowledged: 0, found: 0, twice: 0, misplaced: 0, altered: 0 };
  for (const ledger of ledgers) {
    const lives = ledger.safe();
    const safe = new Set(lives.flat());
    if (safe.size === 0) continue;
    const stored = await readItems(ledger.sessionId);
    const ids = stored.map(({ id }) => id);
    const texts = new Map(stored.map(({ id, text }) => [id, text]));
    sum.sessions++;
    sum.acknowledged += safe.size;
    for (const id of safe) {
      if (!texts.has(id)) missing.push(describeMissing(ledger, id, stored));
      else if (ledger.words.has(id) && ledger.words.get(id) !== texts.get(id)) sum.altered++;
    }
    sum.found += ids.filter((id) => safe.has(id)).length;
    sum.twice += ids.length - new Set(ids).size + repeated(stored);
    for (const life of lives) sum.misplaced += disorder(life, ids);
  }
  return { ...sum, lost: missing.length, missing };
}

/** Names an item that is not stored, its words as its client knew them, and what is stored last. */
function describeMissing(ledger: Ledger, id: string, stored: readonly ItemRecord[]): string {
  const words = ledger.words.get(id) ?? "";
  const place = ledger.safe().map((life) => `${life.indexOf(id) + 1}/${life.length}`);
  const last = stored.slice(-4).map(({ role, text }) => `${role}: ${text.slice(0, 30)}`);
  return `${ledger.sessionId} ${id} "${words}", place ${place.join(" ")}; stored ${stored.length}, last: ${last.join(" | ")}`;
}

/** Typed words are each said once; a second item of the same is a message that was taken twice. */
function repeated(stored: readonly ItemRecord[]): number {
  const typed = stored
    .filter(({ role, text }) => role === "user" && text.startsWith("Typed"))
    .map(({ text }) => text);
  return typed.length - new Set(typed).size;
}

/** Neighbours of `expected` that stand in the other order in `actual`. */
function disorder(expected: readonly string[], actual: readonly string[]): number {
  const places = expected.map((id) => actual.indexOf(id)).filter((place) => place >= 0);
  return places.filter((place, index) => index > 0 && place <= (places[index - 1] ?? -1)).length;
}
