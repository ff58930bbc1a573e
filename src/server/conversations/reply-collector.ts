/** Collects what a session sends of its replies, for the request that waits for one. */
import { joinPcm } from "../../pipeline/audio/pcm.ts";
import type { Recording } from "../../pipeline/audio/wav.ts";
import { type AudioFormat, sampleRate } from "../../protocol/audio-format.ts";
import type { Item } from "../../protocol/items.ts";
import type { ServerEvent } from "../../protocol/server-events.ts";
import { decodeAudio } from "../../session/codec.ts";
import type { OutgoingAudio } from "../../session/link.ts";
import { contentText } from "../../session/replies/prompt.ts";

interface CollectedReply {
  readonly items: Item[];
  readonly pieces: Uint8Array[];
  /** Format of the pieces; undefined for a written reply, and for one that was not followed from its beginning. */
  readonly format: AudioFormat | undefined;
}

/** A reply's messages as one. */
interface ReplyMessage {
  /** Id of the last message's item. */
  readonly id: string;
  readonly text: string;
  readonly audio?: Recording;
}

/** Collects items and audio of the replies to a message, by response; out-of-band responses are left out. */
export class ReplyCollector {
  readonly #replies = new Map<string, CollectedReply>();

  /** Follows a reply that is under way, whose earlier audio is unknown. */
  follow(responseId: string): void {
    this.#add(responseId, undefined);
  }

  event(event: ServerEvent): void {
    if (event.type === "response.created" && event.response.conversation_id)
      this.#add(event.response.id ?? "", event.response.audio?.output.format);
    if (event.type === "response.output_item.done")
      this.#replies.get(event.response_id)?.items.push(event.item);
  }

  audio({ responseId, bytes }: OutgoingAudio): void {
    this.#replies.get(responseId)?.pieces.push(bytes);
  }

  has(responseId: string): boolean {
    return this.#replies.has(responseId);
  }

  /** Whether the reply called a function. */
  calls(responseId: string): boolean {
    return this.#replies.get(responseId)?.items.some((item) => item.type === "function_call") ?? false;
  }

  /** Joins a reply's messages; undefined where it has none. */
  message(responseId: string): ReplyMessage | undefined {
    const reply = this.#replies.get(responseId);
    const messages = reply?.items.filter((item) => item.type === "message") ?? [];
    const last = messages.at(-1);
    if (!last) return undefined;
    return {
      id: last.id,
      text: messages.map(contentText).join(" ").trim(),
      audio: reply && recordingOf(reply),
    };
  }

  #add(responseId: string, format: AudioFormat | undefined): void {
    this.#replies.set(responseId, { items: [], pieces: [], format });
  }
}

function recordingOf({ pieces, format }: CollectedReply): Recording | undefined {
  if (!format || pieces.length === 0) return undefined;
  return { rate: sampleRate(format), pcm: joinPcm(pieces.map((piece) => decodeAudio(format, piece))) };
}
