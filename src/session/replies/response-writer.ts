/** Writes one response onto the wire, in the reference's order of events, and remembers what it has said. */
import type { NewId } from "../../lib/ids.ts";
import { durationMs } from "../../pipeline/audio/pcm.ts";
import type { ReplyEvent } from "../../pipeline/mouth/reply-events.ts";
import type { TimedWord } from "../../ports/audio.ts";
import type { Usage } from "../../ports/reply-model.ts";
import { sampleRate } from "../../protocol/audio-format.ts";
import type { FunctionCallItem, Item } from "../../protocol/items.ts";
import type { Response } from "../../protocol/responses.ts";
import { encodeAudio } from "../codec.ts";
import type { Outgoing } from "../effects.ts";
import type { ReplyItem, ReplyOutcome } from "../events.ts";
import type { OutgoingAudio } from "../link.ts";
import { outcomeDetails, responseUsage } from "../outbound/wire.ts";
import type { ReplyPlan } from "../turns/state.ts";
import type { SpokenPiece } from "./spoken-text.ts";

export interface WriterOptions {
  readonly replyId: string;
  /** Counts the session's responses from 1. */
  readonly responseNumber: number;
  readonly conversationId: string;
  readonly plan: ReplyPlan;
  readonly newId: NewId;
  send(event: Outgoing): void;
  sendAudio(audio: OutgoingAudio): void;
  /** The item that a new one stands behind. */
  lastItemId(): string | null;
  /** An item now stands in the conversation. */
  onItem(item: Item): void;
}

export interface ResponseWriter {
  /** Sends `response.created`. */
  announce(): void;
  write(event: Exclude<ReplyEvent, { type: "end" }>): void;
  /** Sends all that closes what is open, then `response.done`. Later calls of anything do nothing. */
  close(outcome: ReplyOutcome, usage?: Usage): readonly ReplyItem[];
  /** Audio sent so far, ms. */
  readonly audioMs: number;
  /** The message being said, and what of it was said where; undefined between messages. */
  readonly speaking: { readonly itemId: string; readonly spoken: readonly SpokenPiece[] } | undefined;
}

interface OpenMessage {
  readonly itemId: string;
  readonly outputIndex: number;
  text: string;
  readonly spoken: SpokenPiece[];
}

/** Makes the writer of one response. */
export function responseWriter(options: WriterOptions): ResponseWriter {
  const { replyId, plan, newId, send } = options;
  const rate = sampleRate(plan.format);
  const spoken = plan.modality === "audio";
  const left: ReplyItem[] = [];
  let outputs = 0;
  let samples = 0;
  let message: OpenMessage | undefined;
  let closed = false;

  const describe = (outcome?: ReplyOutcome, usage?: Usage): Response => ({
    object: "realtime.response",
    id: replyId,
    conversation_id: plan.outOfBand ? null : options.conversationId,
    status: outcome?.status ?? "in_progress",
    status_details: outcome ? outcomeDetails(outcome) : null,
    output: left.map((entry) => entry.item),
    output_modalities: [plan.modality],
    ...(spoken && { audio: { output: { format: plan.format, voice: plan.voice } } }),
    max_output_tokens: plan.maxOutputTokens,
    metadata: plan.metadata,
    usage: outcome ? responseUsage(usage) : null,
  });
  const at = (open: OpenMessage) => ({
    response_id: replyId,
    item_id: open.itemId,
    output_index: open.outputIndex,
    content_index: 0,
  });
  let previousItemId: string | null = null;
  const addItem = (item: Item, outputIndex: number) => {
    send({ type: "response.output_item.added", response_id: replyId, output_index: outputIndex, item });
    if (plan.outOfBand) return;
    previousItemId = options.lastItemId();
    send({ type: "conversation.item.added", previous_item_id: previousItemId, item });
    options.onItem(item);
  };
  const finishItem = (entry: ReplyItem, outputIndex: number) => {
    left.push(entry);
    const { item } = entry;
    if (!plan.outOfBand) send({ type: "conversation.item.done", previous_item_id: previousItemId, item });
    send({ type: "response.output_item.done", response_id: replyId, output_index: outputIndex, item });
  };
  const openMessage = (): OpenMessage => {
    if (message) return message;
    const open: OpenMessage = { itemId: newId("item"), outputIndex: outputs++, text: "", spoken: [] };
    message = open;
    addItem(messageItem(open, spoken, "in_progress"), open.outputIndex);
    const part = spoken
      ? ({ type: "audio", transcript: "" } as const)
      : ({ type: "text", text: "" } as const);
    send({ type: "response.content_part.added", ...at(open), part });
    return open;
  };
  const closePiece = (open: OpenMessage) => {
    const last = open.spoken.at(-1);
    if (last) open.spoken[open.spoken.length - 1] = { ...last, endMs: durationMs(samples, rate) };
  };
  const closeMessage = (status: "completed" | "incomplete") => {
    if (!message) return;
    const open = message;
    message = undefined;
    closePiece(open);
    if (spoken) {
      send({ type: "response.output_audio.done", ...at(open) });
      send({ type: "response.output_audio_transcript.done", ...at(open), transcript: open.text });
      send({
        type: "response.content_part.done",
        ...at(open),
        part: { type: "audio", transcript: open.text },
      });
    } else {
      send({ type: "response.output_text.done", ...at(open), text: open.text });
      send({ type: "response.content_part.done", ...at(open), part: { type: "text", text: open.text } });
    }
    const item = messageItem(open, spoken, status);
    finishItem({ item, audioMs: durationMs(samples, rate), spoken: open.spoken }, open.outputIndex);
  };
  const writeTranscript = (delta: string) => {
    const open = openMessage();
    closePiece(open);
    const startMs = durationMs(samples, rate);
    open.text += delta;
    open.spoken.push({ text: delta, startMs, endMs: startMs, words: [] });
    send({ type: "response.output_audio_transcript.delta", ...at(open), delta });
  };
  const writeAudio = (pcm: Int16Array, words: readonly TimedWord[] | undefined) => {
    const open = openMessage();
    const piece = open.spoken.at(-1);
    if (piece && words) open.spoken[open.spoken.length - 1] = { ...piece, words: [...piece.words, ...words] };
    options.sendAudio({
      responseId: replyId,
      itemId: open.itemId,
      outputIndex: open.outputIndex,
      contentIndex: 0,
      responseNumber: options.responseNumber,
      startSample: samples,
      samples: pcm.length,
      rate,
      bytes: encodeAudio(plan.format, pcm),
    });
    samples += pcm.length;
  };
  const writeToolCall = (call: { callId: string; name: string; arguments: string }) => {
    closeMessage("completed");
    const outputIndex = outputs++;
    const base = {
      type: "function_call",
      object: "realtime.item",
      call_id: call.callId,
      name: call.name,
    } as const;
    const id = newId("item");
    addItem({ ...base, id, status: "in_progress", arguments: "" }, outputIndex);
    const where = { response_id: replyId, item_id: id, output_index: outputIndex, call_id: call.callId };
    send({ type: "response.function_call_arguments.delta", ...where, delta: call.arguments });
    send({
      type: "response.function_call_arguments.done",
      ...where,
      name: call.name,
      arguments: call.arguments,
    });
    const item: FunctionCallItem & Item = { ...base, id, status: "completed", arguments: call.arguments };
    finishItem({ item, audioMs: 0, spoken: [] }, outputIndex);
  };

  return {
    announce: () => send({ type: "response.created", response: describe() }),
    write(event) {
      if (closed) return;
      if (event.type === "transcript") writeTranscript(event.delta);
      else if (event.type === "audio") writeAudio(event.pcm, event.words);
      else if (event.type === "tool_call") writeToolCall(event);
      else {
        const open = openMessage();
        open.text += event.delta;
        send({ type: "response.output_text.delta", ...at(open), delta: event.delta });
      }
    },
    close(outcome, usage) {
      if (closed) return left;
      closeMessage(outcome.status === "completed" ? "completed" : "incomplete");
      closed = true;
      send({ type: "response.done", response: describe(outcome, usage) });
      return left;
    },
    get audioMs() {
      return durationMs(samples, rate);
    },
    get speaking() {
      return message && spoken ? { itemId: message.itemId, spoken: [...message.spoken] } : undefined;
    },
  };
}

function messageItem(
  open: OpenMessage,
  spoken: boolean,
  status: "in_progress" | "completed" | "incomplete",
): Item {
  const content =
    status === "in_progress"
      ? []
      : spoken
        ? [{ type: "output_audio" as const, transcript: open.text }]
        : [{ type: "output_text" as const, text: open.text }];
  return { type: "message", object: "realtime.item", id: open.itemId, role: "assistant", status, content };
}
