/** `/v1/realtime?model=…`: the socket that reads texts aloud, one response at a time. */
import type { WebSocket } from "ws";
import { pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { tone } from "./speech.ts";

/** How one response is given. Left out, the text is read as it is, at once and whole. */
export interface VoiceAnswer {
  /** Said in place of the text. */
  readonly said?: string;
  /** The transcript comes behind the audio in place of before it. */
  readonly transcriptLast?: boolean;
  /** No transcript at all. */
  readonly silent?: boolean;
  /** Bytes of one piece of audio; odd sizes cut samples in two. Default 4800. */
  readonly pieceBytes?: number;
  /** Before the first piece, ms of real time. */
  readonly delayMs?: number;
  /** Between two pieces, ms of real time. */
  readonly gapMs?: number;
  /** After this many pieces nothing comes any more; −1: not even `response.created`. */
  readonly stallAfter?: number;
  /** After this many pieces the socket is cut; −1: before `response.created`. */
  readonly cutAfter?: number;
  /** Ends as this, with this error, in place of `completed`. */
  readonly status?: "failed" | "incomplete";
  readonly failed?: { readonly type: string; readonly code: string; readonly message: string };
  /** An `error` event in place of the response. */
  readonly error?: { readonly type: string; readonly code: string; readonly message: string };
  /** Sent as it is in place of the response. */
  readonly garbage?: string;
  /** Goes on after `response.cancel`, and says that there is nothing to cancel. */
  readonly ignoresCancel?: boolean;
  /** Tells no usage. */
  readonly unmetered?: boolean;
}

/** What is known of a response when it is asked for. */
export interface VoiceCall {
  readonly text: string;
}

/** What becomes of a connection: it is refused with this status, or told this error and closed. Left out: it is served. */
export interface VoiceDoor {
  readonly status?: number;
  readonly error?: { readonly type: string; readonly code: string; readonly message: string };
}

type Json = Record<string, unknown>;

/** The text between the marks of a request to read it aloud. */
export function textToRead(request: string): string {
  return /<text>\n([\s\S]*)\n<\/text>/.exec(request)?.[1] ?? request;
}

/** Serves one socket. */
export function serveVoice(
  client: WebSocket,
  next: (call: VoiceCall) => VoiceAnswer,
  events: Json[],
  door: VoiceDoor,
): void {
  const voice = new VoiceSession(client, next);
  voice.begin(door);
  client.on("message", (data) => {
    const event = JSON.parse(data.toString()) as Json;
    events.push(event);
    voice.take(event);
  });
}

class VoiceSession {
  readonly #client: WebSocket;
  readonly #next: (call: VoiceCall) => VoiceAnswer;
  #events = 0;
  #responses = 0;
  #speed = 1;
  #active: { readonly id: string; cancelled: boolean } | undefined;

  constructor(client: WebSocket, next: (call: VoiceCall) => VoiceAnswer) {
    this.#client = client;
    this.#next = next;
  }

  begin({ error }: VoiceDoor): void {
    if (!error) return this.#send({ type: "session.created", session: { type: "realtime" } });
    this.#sendError(error);
    this.#client.close(1008, error.code);
  }

  take(event: Json): void {
    if (event.type === "session.update") {
      const session = event.session as { audio?: { output?: { speed?: number } } };
      this.#speed = session.audio?.output?.speed ?? 1;
      return this.#send({ type: "session.updated", session });
    }
    if (event.type === "response.create") return void this.#respond(event.response as Json);
    if (event.type === "response.cancel") this.#cancel();
  }

  #cancel(): void {
    if (this.#active && !this.#active.cancelled) this.#active.cancelled = true;
    else
      this.#sendError({ type: "invalid_request_error", code: "response_cancel_not_active", message: "no" });
  }

  async #respond(response: Json): Promise<void> {
    const input = response.input as { content: { text: string }[] }[];
    const text = textToRead(input[0]?.content[0]?.text ?? "");
    const answer = this.#next({ text });
    if (this.#active)
      return this.#sendError({
        type: "invalid_request_error",
        code: "conversation_already_has_active_response",
        message: "one at a time",
      });
    if (answer.garbage !== undefined) return this.#client.send(answer.garbage);
    if (answer.error) return this.#sendError(answer.error);
    if (answer.stallAfter === -1) return;
    if (answer.cutAfter === -1) return this.#client.terminate();
    const active = { id: `resp_${++this.#responses}`, cancelled: false };
    this.#active = active;
    this.#send({ type: "response.created", response: { id: active.id, status: "in_progress" } });
    const whole = await this.#speak(active, text, answer);
    if (whole === "left") return;
    this.#active = undefined;
    this.#done(active, text, answer);
  }

  async #speak(
    active: { readonly id: string; cancelled: boolean },
    text: string,
    answer: VoiceAnswer,
  ): Promise<"left" | "ended"> {
    const { said = text, pieceBytes = 4800, stallAfter, cutAfter, gapMs, delayMs } = answer;
    const over = () => this.#client.readyState !== this.#client.OPEN;
    const about = { response_id: active.id, item_id: "item_1", output_index: 0, content_index: 0 };
    const cancelled = () => active.cancelled && !answer.ignoresCancel;
    const transcribe = () => {
      if (answer.silent) return;
      for (const word of said.match(/\s*\S+\s*$|\s*\S+/g) ?? [])
        this.#send({ type: "response.output_audio_transcript.delta", ...about, delta: word });
    };
    if (delayMs) await realTime(delayMs);
    if (!answer.transcriptLast) transcribe();
    const bytes = pcmToBytes(tone(said, this.#speed));
    let given = 0;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      if (given === cutAfter) {
        this.#client.terminate();
        return "left";
      }
      if (given === stallAfter) {
        await new Promise<void>((resolve) => this.#client.once("message", () => resolve()));
        if (cancelled()) return "ended";
        return "left";
      }
      if (given > 0) await (gapMs ? realTime(gapMs) : new Promise((resolve) => setImmediate(resolve)));
      if (over()) return "left";
      if (cancelled()) return "ended";
      const delta = Buffer.from(bytes.subarray(at, at + pieceBytes)).toString("base64");
      this.#send({ type: "response.output_audio.delta", ...about, delta });
      given++;
    }
    this.#send({ type: "response.output_audio.done", ...about });
    if (answer.transcriptLast) transcribe();
    if (!answer.silent)
      this.#send({ type: "response.output_audio_transcript.done", ...about, transcript: said });
    return "ended";
  }

  #done({ id, cancelled }: { id: string; cancelled: boolean }, text: string, answer: VoiceAnswer): void {
    const status = cancelled && !answer.ignoresCancel ? "cancelled" : (answer.status ?? "completed");
    const usage = {
      total_tokens: 0,
      input_tokens: 100 + text.length,
      output_tokens: 2 * text.length,
      input_token_details: { cached_tokens: 40 },
    };
    this.#send({
      type: "response.done",
      response: {
        id,
        status,
        status_details: answer.failed ? { type: "failed", error: answer.failed } : null,
        usage: answer.unmetered ? null : usage,
      },
    });
  }

  #sendError(error: object): void {
    this.#send({ type: "error", error: { param: null, event_id: null, ...error } });
  }

  #send(event: object): void {
    if (this.#client.readyState !== this.#client.OPEN) return;
    this.#client.send(JSON.stringify({ event_id: `event_${++this.#events}`, ...event }));
  }
}

const realTime = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
