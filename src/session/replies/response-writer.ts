/** Turns the events of one reply into the wire's events of one response, in the reference's order. Step 8 of a turn. */
import type { NewId } from "../../lib/ids.ts";
import { durationMs } from "../../pipeline/audio/pcm.ts";
import type { Reading, ReplyEvent } from "../../pipeline/mouth/reply-events.ts";
import type { SampleRate, TimedWord } from "../../ports/audio.ts";
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
import { type SpokenPiece, withEstimatedEnd } from "./spoken-text.ts";

export interface WriterOptions {
  readonly replyId: string;
  /** Counts the session's responses from 1. */
  readonly responseNumber: number;
  readonly conversationId: string;
  readonly plan: ReplyPlan;
  readonly newId: NewId;
  send(event: Outgoing): void;
  sendAudio(audio: OutgoingAudio): void;
  /** The id of the conversation's last item. */
  lastItemId(): string | null;
  /** Called for each item that was added to the conversation. */
  onItem(item: Item): void;
}

interface OpenMessage {
  readonly itemId: string;
  readonly outputIndex: number;
  text: string;
  readonly spoken: SpokenPiece[];
  /** Times and words of the last piece as the voice says it. */
  reading?: Readonly<Reading> | undefined;
  /** Samples of the response before the last piece. */
  pieceStart: number;
}

/** Writes one response. `close` is the end: later calls do nothing. */
export class ResponseWriter {
  readonly #options: WriterOptions;
  readonly #rate: SampleRate;
  readonly #spoken: boolean;
  readonly #finished: ReplyItem[] = [];
  #outputs = 0;
  /** Samples of audio sent so far. */
  #samples = 0;
  #message: OpenMessage | undefined;
  #previousItemId: string | null = null;
  #closed = false;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#rate = sampleRate(options.plan.format);
    this.#spoken = options.plan.modality === "audio";
  }

  /** Audio sent so far, ms. */
  get audioMs(): number {
    return durationMs(this.#samples, this.#rate);
  }

  /** The message being said, with its text and times so far; undefined between messages and in written replies. */
  get speaking(): { readonly itemId: string; readonly spoken: readonly SpokenPiece[] } | undefined {
    const open = this.#message;
    return open && this.#spoken ? { itemId: open.itemId, spoken: [...open.spoken] } : undefined;
  }

  /** Sends `response.created`. */
  announce(): void {
    this.#options.send({ type: "response.created", response: this.#response() });
  }

  /** The events that tell a new socket the response as it stands, without those that tell items of the conversation. */
  soFar(): Outgoing[] {
    const created = { type: "response.created", response: this.#response() } as const;
    const open = this.#message;
    if (!open) return [created];
    const place = this.#place(open);
    const { response_id, output_index } = place;
    const item = messageItem(open, this.#spoken, "in_progress");
    const part = contentPart("", this.#spoken);
    const delta = this.#spoken ? "response.output_audio_transcript.delta" : "response.output_text.delta";
    return [
      created,
      { type: "response.output_item.added", response_id, output_index, item },
      { type: "response.content_part.added", ...place, part },
      { type: delta, ...place, delta: open.text },
    ];
  }

  write(event: Exclude<ReplyEvent, { type: "end" }>): void {
    if (this.#closed) return;
    if (event.type === "transcript") this.#writeTranscript(event.delta, event.reading);
    else if (event.type === "departure") this.#correctTranscript(event.said);
    else if (event.type === "audio") this.#writeAudio(event.pcm, event.words);
    else if (event.type === "tool_call") this.#writeToolCall(event);
    else this.#writeText(event.delta);
  }

  /** Sends all that closes what is open, then `response.done`. Returns the response's items. */
  close(outcome: ReplyOutcome, usage?: Usage): readonly ReplyItem[] {
    if (this.#closed) return this.#finished;
    this.#closeMessage(outcome.status === "completed" ? "completed" : "incomplete");
    this.#closed = true;
    this.#options.send({ type: "response.done", response: this.#response(outcome, usage) });
    return this.#finished;
  }

  #response(outcome?: ReplyOutcome, usage?: Usage): Response {
    const { replyId, conversationId, plan } = this.#options;
    const output = { format: plan.format, voice: plan.voice };
    return {
      object: "realtime.response",
      id: replyId,
      conversation_id: plan.outOfBand ? null : conversationId,
      status: outcome?.status ?? "in_progress",
      status_details: outcome ? outcomeDetails(outcome) : null,
      output: this.#finished.map((entry) => entry.item),
      output_modalities: [plan.modality],
      audio: this.#spoken ? { output } : undefined,
      max_output_tokens: plan.maxOutputTokens,
      metadata: plan.metadata,
      usage: outcome ? responseUsage(usage) : null,
    };
  }

  /** The fields that name an open message's content part. */
  #place(open: OpenMessage) {
    return {
      response_id: this.#options.replyId,
      item_id: open.itemId,
      output_index: open.outputIndex,
      content_index: 0,
    };
  }

  #addItem(item: Item, output_index: number): void {
    const { replyId, plan, send, lastItemId, onItem } = this.#options;
    send({ type: "response.output_item.added", response_id: replyId, output_index, item });
    if (plan.outOfBand) return;
    this.#previousItemId = lastItemId();
    send({ type: "conversation.item.added", previous_item_id: this.#previousItemId, item });
    onItem(item);
  }

  #finishItem(entry: ReplyItem, output_index: number): void {
    const { replyId, plan, send } = this.#options;
    const { item } = entry;
    this.#finished.push(entry);
    if (!plan.outOfBand)
      send({ type: "conversation.item.done", previous_item_id: this.#previousItemId, item });
    send({ type: "response.output_item.done", response_id: replyId, output_index, item });
  }

  #openMessage(): OpenMessage {
    if (this.#message) return this.#message;
    const itemId = this.#options.newId("item");
    const open: OpenMessage = { itemId, outputIndex: this.#outputs++, text: "", spoken: [], pieceStart: 0 };
    this.#message = open;
    this.#addItem(messageItem(open, this.#spoken, "in_progress"), open.outputIndex);
    const part = contentPart("", this.#spoken);
    this.#options.send({ type: "response.content_part.added", ...this.#place(open), part });
    return open;
  }

  #closePiece(open: OpenMessage): void {
    const last = open.spoken.at(-1);
    if (last) open.spoken[open.spoken.length - 1] = { ...last, endMs: this.audioMs };
  }

  /** Whether audio of the last piece was not sent. */
  #isCut({ reading, pieceStart }: OpenMessage): boolean {
    return reading !== undefined && this.#samples - pieceStart !== reading.samples;
  }

  #closeMessage(status: "completed" | "incomplete"): void {
    const open = this.#message;
    if (!open) return;
    const cut = this.#isCut(open);
    // A voice may be known to have left its text before the cut.
    const { said, words } = open.reading ?? {};
    if (cut && said !== undefined) this.#correctTranscript(said, words);
    this.#message = undefined;
    this.#closePiece(open);
    const last = open.spoken.at(-1);
    if (cut && last) open.spoken[open.spoken.length - 1] = withEstimatedEnd(last);
    const { send } = this.#options;
    const place = this.#place(open);
    if (this.#spoken) {
      send({ type: "response.output_audio.done", ...place });
      send({ type: "response.output_audio_transcript.done", ...place, transcript: open.text });
    } else send({ type: "response.output_text.done", ...place, text: open.text });
    send({ type: "response.content_part.done", ...place, part: contentPart(open.text, this.#spoken) });
    const item = messageItem(open, this.#spoken, status);
    this.#finishItem({ item, audioMs: this.audioMs, spoken: open.spoken }, open.outputIndex);
  }

  #writeText(delta: string): void {
    const open = this.#openMessage();
    open.text += delta;
    this.#options.send({ type: "response.output_text.delta", ...this.#place(open), delta });
  }

  #writeTranscript(delta: string, reading?: Readonly<Reading>): void {
    const open = this.#openMessage();
    this.#closePiece(open);
    const startMs = this.audioMs;
    open.text += delta;
    open.reading = reading;
    open.pieceStart = this.#samples;
    open.spoken.push({ text: delta, startMs, endMs: startMs, words: [] });
    this.#options.send({ type: "response.output_audio_transcript.delta", ...this.#place(open), delta });
  }

  /** Puts what the voice said in the place of the last piece's text, within the white space around that, with the words' times. */
  #correctTranscript(said: string, words: readonly TimedWord[] = []): void {
    const open = this.#message;
    const piece = open?.spoken.at(-1);
    if (!open || !piece) return;
    const { text } = piece;
    const corrected = `${/^\s*/.exec(text)}${said.trim()}${/\s*$/.exec(text)}`;
    open.text = open.text.slice(0, open.text.length - text.length) + corrected;
    // The times so far were of the words that it did not say.
    open.spoken[open.spoken.length - 1] = { ...piece, text: corrected, words };
    const event = { type: "kuku.transcript.corrected", ...this.#place(open) } as const;
    this.#options.send({ ...event, text, said: corrected });
  }

  #writeAudio(pcm: Int16Array, words: readonly TimedWord[] | undefined): void {
    const { replyId, responseNumber, plan, sendAudio } = this.#options;
    const open = this.#openMessage();
    const piece = open.spoken.at(-1);
    if (piece && words) open.spoken[open.spoken.length - 1] = { ...piece, words: [...piece.words, ...words] };
    sendAudio({
      responseId: replyId,
      itemId: open.itemId,
      outputIndex: open.outputIndex,
      contentIndex: 0,
      responseNumber,
      startSample: this.#samples,
      samples: pcm.length,
      rate: this.#rate,
      bytes: encodeAudio(plan.format, pcm),
    });
    this.#samples += pcm.length;
  }

  #writeToolCall(call: { callId: string; name: string; arguments: string }): void {
    const { replyId, newId, send } = this.#options;
    this.#closeMessage("completed");
    const outputIndex = this.#outputs++;
    const { callId: call_id, name } = call;
    const base = { type: "function_call", object: "realtime.item", call_id, name } as const;
    const id = newId("item");
    this.#addItem({ ...base, id, status: "in_progress", arguments: "" }, outputIndex);
    const place = { response_id: replyId, item_id: id, output_index: outputIndex, call_id };
    send({ type: "response.function_call_arguments.delta", ...place, delta: call.arguments });
    send({ type: "response.function_call_arguments.done", ...place, name, arguments: call.arguments });
    const item: FunctionCallItem & Item = { ...base, id, status: "completed", arguments: call.arguments };
    this.#finishItem({ item, audioMs: 0, spoken: [] }, outputIndex);
  }
}

function contentPart(text: string, spoken: boolean) {
  return spoken ? ({ type: "audio", transcript: text } as const) : ({ type: "text", text } as const);
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
