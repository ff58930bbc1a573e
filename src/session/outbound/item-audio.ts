/** Audio of the latest items of a session whose user agreed to be recorded, for `conversation.item.retrieve`. */
import type { Item } from "../../protocol/items.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import type { OutgoingAudio } from "../link.ts";
import type { Listener } from "./outbound.ts";

/** Audio kept of items, bytes: a minute of PCM at 24 kHz. The oldest goes first. */
const mostBytes = 2_880_000;
/** Input kept that belongs to no item yet, ms; of a longer utterance nothing is kept. */
const mostPendingMs = 30_000;
/** Answers with the audio of one item: what a session sends stays in proportion to what it heard and said. */
const mostReads = 4;

interface Chunk {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bytes: Uint8Array;
}

/** An item's audio; an item whose audio is not whole stays without. */
interface Kept {
  pieces: Uint8Array[];
  bytes: number;
  bytesPerMs: number;
  reads: number;
  whole: boolean;
}

/** Keeps audio in the formats in which it came and was sent, in memory alone: none of it outlives the session here. */
export class ItemAudio implements Listener {
  #recording = false;
  /** Input audio that the ears took, ms: their own count. */
  #heardMs = 0;
  #pending: Chunk[] = [];
  readonly #items = new Map<string, Kept>();
  #bytes = 0;

  /** Takes input audio on its way into the ears. `bytes` may be used again afterwards. */
  heard(bytes: Uint8Array, durationMs: number): void {
    const fromMs = this.#heardMs;
    this.#heardMs += durationMs;
    if (!this.#recording || bytes.length === 0) return;
    this.#pending.push({ fromMs, toMs: this.#heardMs, bytes: bytes.slice() });
    const from = this.#heardMs - mostPendingMs;
    while (this.#pending[0] && this.#pending[0].fromMs < from) this.#pending.shift();
  }

  /** An utterance has become an item. `startMs`, `endMs`: of the ears. `width`: bytes of a sample. */
  commit(itemId: string, { startMs, endMs, width }: { startMs: number; endMs: number; width: number }): void {
    const first = this.#pending[0];
    // Recorded from its first sample on; times may be rounded.
    if (first && first.fromMs <= startMs + 1) {
      const pieces = this.#pending.flatMap((chunk) => partOf(chunk, startMs, endMs, width));
      this.#items.set(itemId, emptyAudio());
      for (const piece of pieces) this.#append(itemId, piece);
    }
    this.#pending = this.#pending.filter(({ toMs }) => toMs > endMs);
  }

  event(event: ServerEvent): void {
    switch (event.type) {
      case "session.created":
      case "session.updated":
        return this.#record(event.session.kuku?.record === true);
      case "response.output_item.added":
        if (this.#recording) this.#items.set(event.item.id, emptyAudio());
        return;
      case "conversation.item.truncated":
        return this.#truncate(event.item_id, event.audio_end_ms);
      case "conversation.item.deleted":
        this.#drop(event.item_id);
        this.#items.delete(event.item_id);
    }
  }

  audio({ itemId, bytes, samples, rate }: OutgoingAudio): void {
    const kept = this.#items.get(itemId);
    if (!kept?.whole) return;
    kept.bytesPerMs = ((bytes.length / samples) * rate) / 1000;
    this.#append(itemId, bytes);
  }

  /** Returns the item with its audio as base64, where there is some. */
  fill(item: Item): Item {
    const kept = this.#items.get(item.id);
    if (item.type !== "message" || !kept?.whole || kept.bytes === 0 || kept.reads >= mostReads) return item;
    kept.reads++;
    const audio = Buffer.concat(kept.pieces).toString("base64");
    const content = item.content.map((part) =>
      part.type === "input_audio" || part.type === "output_audio" ? { ...part, audio } : part,
    );
    return { ...item, content } as Item;
  }

  #record(recording: boolean): void {
    this.#recording = recording;
    if (recording) return;
    this.#pending = [];
    this.#items.clear();
    this.#bytes = 0;
  }

  #append(itemId: string, bytes: Uint8Array): void {
    const kept = this.#items.get(itemId)!;
    kept.pieces.push(bytes);
    kept.bytes += bytes.length;
    this.#bytes += bytes.length;
    for (const [oldest, { bytes }] of this.#items) {
      if (this.#bytes <= mostBytes) break;
      if (bytes > 0) this.#drop(oldest);
    }
  }

  /** Keeps nothing more of the item, which may still be growing. */
  #drop(itemId: string): void {
    const kept = this.#items.get(itemId);
    if (!kept) return;
    this.#bytes -= kept.bytes;
    Object.assign(kept, { pieces: [], bytes: 0, whole: false });
  }

  /** Cuts off what was not heard, which is no longer in the conversation. */
  #truncate(itemId: string, endMs: number): void {
    const kept = this.#items.get(itemId);
    if (!kept?.whole) return;
    const width = kept.bytesPerMs > 0 ? Math.floor((endMs * kept.bytesPerMs) / 2) * 2 : 0;
    const heard = Buffer.concat(kept.pieces).subarray(0, width);
    this.#bytes += heard.length - kept.bytes;
    Object.assign(kept, { pieces: [heard], bytes: heard.length });
  }
}

function emptyAudio(): Kept {
  return { pieces: [], bytes: 0, bytesPerMs: 0, reads: 0, whole: true };
}

/** The part of a chunk between two times; none, or one. */
function partOf({ fromMs, toMs, bytes }: Chunk, startMs: number, endMs: number, width: number): Uint8Array[] {
  const at = (ms: number) => {
    const share = Math.min(1, Math.max(0, (ms - fromMs) / (toMs - fromMs)));
    return Math.round((share * bytes.length) / width) * width;
  };
  const [from, to] = [at(startMs), at(endMs)];
  return to > from ? [bytes.subarray(from, to)] : [];
}
