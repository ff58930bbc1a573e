/** A Realtime socket that reads texts aloud, one out-of-band response at a time. */
import type {
  RealtimeResponse,
  RealtimeServerEvent,
  RealtimeSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import { type Channel, channel } from "../../../lib/channel.ts";
import type { CancelTimer } from "../../../lib/clock.ts";
import { StageError } from "../../../lib/errors.ts";
import { openRealtimeSocket, type RealtimeSocket } from "../realtime-socket.ts";
import type { Upstream } from "../upstream.ts";
import { toStageError, UpstreamFailure, upstreamError } from "../upstream-failure.ts";

/** Rate of the socket's audio, Hz. */
export const SPEECH_RATE = 24_000;
/** A cancelled response that has not ended after this long ends with its socket, ms. */
const CANCEL_MS = 2000;
/** Events of one response that wait to be read, in characters of their payload: about six minutes of audio. */
const WAITING_CHARACTERS = 24 * 1024 * 1024;

/** A text to be read aloud. */
export interface SpeechRequest {
  readonly text: string;
  readonly voice: string;
  /** 0.25–1.5. */
  readonly speed: number;
  readonly instructions: string;
  readonly maxOutputTokens: number;
}

/** What a response says of itself, its end last. */
type SpeechEvent = Extract<
  RealtimeServerEvent,
  {
    type:
      | "response.created"
      | "response.output_audio.delta"
      | "response.output_audio_transcript.delta"
      | "response.output_audio_transcript.done"
      | "response.done";
  }
>;

/** A response as it is spoken. */
export interface SpeechResponse {
  /** Ends with `response.done`; fails with a StageError when the socket does. */
  readonly events: AsyncIterable<SpeechEvent>;
  /** Resolves with the response as it ended, cancelled or not; with undefined where the socket ended before it. */
  readonly ended: Promise<RealtimeResponse | undefined>;
  /** Gives up what is not read and has the server stop; does nothing once the response has ended. */
  cancel(): void;
}

export interface SpeechSocketOptions {
  readonly upstream: Upstream;
  readonly model: string;
  /** Called when a response has ended and the next may be asked for. */
  readonly onIdle: (socket: SpeechSocket) => void;
  /** Called once, when the socket is of no use any more; with the reason unless it was closed here. */
  readonly onEnd: (socket: SpeechSocket, error?: StageError) => void;
}

/** The response under way. */
interface Current {
  id: string | undefined;
  readonly events: Channel<SpeechEvent>;
  readonly ended: PromiseWithResolvers<RealtimeResponse | undefined>;
  cancelled: boolean;
  stopTimer: CancelTimer;
}

/** Models that think first, which reading aloud does not need. */
const REASONING_MODEL = /^gpt-realtime-[2-9](\.\d+)?(-mini)?$/;

export class SpeechSocket {
  readonly openedAt: number;
  readonly #options: SpeechSocketOptions;
  readonly #socket: RealtimeSocket<never>;
  #current: Current | undefined;
  /** The session's configuration as it was sent last, as JSON. */
  #configured = "";
  /** Fixed by the first response: a session's voice cannot be changed once it has spoken. */
  #voice: string | undefined;
  #over = false;

  constructor(options: SpeechSocketOptions) {
    this.#options = options;
    this.openedAt = options.upstream.clock.now();
    this.#socket = openRealtimeSocket(options.upstream, {
      stage: "synthesize",
      session: { model: options.model },
      // A cancellation that crossed the response's end.
      harmless: ["response_cancel_not_active"],
    });
    void this.#run();
  }

  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** Whether a response in `voice` may be asked for. */
  canSpeak(voice: string): boolean {
    return !this.#over && !this.busy && (this.#voice === undefined || this.#voice === voice);
  }

  /** Asks for a response. Only where `canSpeak`. */
  speak(request: SpeechRequest): SpeechResponse {
    this.#voice = request.voice;
    const current: Current = {
      id: undefined,
      events: channel<SpeechEvent>(WAITING_CHARACTERS, sizeOf),
      ended: Promise.withResolvers(),
      cancelled: false,
      stopTimer: () => {},
    };
    this.#current = current;
    this.#socket.opened.then(
      () => this.#ask(request, current),
      () => {},
    );
    return {
      events: current.events,
      ended: current.ended.promise,
      cancel: () => this.#cancel(current),
    };
  }

  /** Ends the socket, in good order unless a response is under way. */
  close(): void {
    const finished = !this.busy;
    this.#end();
    this.#socket.close(finished);
  }

  #ask(request: SpeechRequest, current: Current): void {
    // Cancelled before the socket stood: nothing was asked for.
    if (current.cancelled) return this.#finish(current, undefined);
    const session = this.#sessionFor(request);
    const wanted = JSON.stringify(session);
    if (wanted !== this.#configured) this.#socket.send({ type: "session.update", session });
    this.#configured = wanted;
    this.#socket.send({
      type: "response.create",
      response: {
        conversation: "none",
        output_modalities: ["audio"],
        instructions: request.instructions,
        max_output_tokens: request.maxOutputTokens,
        input: [{ type: "message", role: "user", content: [{ type: "input_text", text: request.text }] }],
      },
    });
  }

  #sessionFor({ voice, speed, instructions }: SpeechRequest): RealtimeSessionCreateRequest {
    return {
      type: "realtime",
      instructions,
      output_modalities: ["audio"],
      audio: {
        input: { turn_detection: null },
        output: { format: { type: "audio/pcm", rate: SPEECH_RATE }, voice, speed },
      },
      ...(REASONING_MODEL.test(this.#options.model) && { reasoning: { effort: "minimal" } }),
    };
  }

  async #run(): Promise<void> {
    try {
      for await (const event of this.#socket.events) this.#take(event);
    } catch (error) {
      this.#end(toStageError("synthesize", error, this.#options.upstream.secrets));
      this.#socket.close(false);
    }
  }

  #take(event: RealtimeServerEvent): void {
    const current = this.#current;
    if (!current) return;
    if (event.type === "response.created" || event.type === "response.done") {
      const { id } = event.response;
      if (event.type === "response.created") current.id ??= id;
      if (current.id !== id) return;
      current.events.push(event);
      if (event.type === "response.done") this.#finish(current, event.response);
      else if (current.cancelled) this.#sendCancel(id);
      return;
    }
    if (!isSpeech(event) || event.response_id !== current.id || current.events.push(event)) return;
    if (!current.events.closed) this.#fail("more audio than any text takes");
  }

  #cancel(current: Current): void {
    if (this.#current !== current || current.cancelled) return;
    current.cancelled = true;
    current.events.discard();
    current.stopTimer = this.#options.upstream.clock.after(CANCEL_MS, () =>
      this.#fail("a cancelled response did not end"),
    );
    if (current.id !== undefined) this.#sendCancel(current.id);
  }

  #sendCancel(id: string | undefined): void {
    this.#socket.send({ type: "response.cancel", ...(id !== undefined && { response_id: id }) });
  }

  #finish(current: Current, response: RealtimeResponse | undefined): void {
    if (this.#current !== current) return;
    this.#current = undefined;
    current.stopTimer();
    current.events.close();
    current.ended.resolve(response);
    this.#options.onIdle(this);
  }

  #fail(message: string): void {
    this.#end(upstreamError("synthesize", "malformed", message));
    this.#socket.close(false);
  }

  #end(error?: StageError): void {
    if (this.#over) return;
    this.#over = true;
    const current = this.#current;
    this.#current = undefined;
    current?.stopTimer();
    current?.events.close(error ?? closedHere());
    current?.ended.resolve(undefined);
    this.#options.onEnd(this, error);
  }
}

function closedHere(): StageError {
  const cause = new UpstreamFailure("the engine was closed");
  return new StageError("synthesize", "unavailable", { retryable: false, cause });
}

function isSpeech(
  event: RealtimeServerEvent,
): event is Exclude<SpeechEvent, { type: "response.created" | "response.done" }> {
  return (
    event.type === "response.output_audio.delta" ||
    event.type === "response.output_audio_transcript.delta" ||
    event.type === "response.output_audio_transcript.done"
  );
}

function sizeOf(event: SpeechEvent): number {
  return "delta" in event && typeof event.delta === "string" ? event.delta.length : 1;
}
