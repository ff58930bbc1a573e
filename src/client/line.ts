/** One session's way to the server, over one socket after another: it comes back by itself where the server allows it. */
import { closeCodes } from "../protocol/close-codes.ts";
import type { ServerEvent } from "../protocol/server-events.ts";
import type { SessionConfig } from "../protocol/session-config.ts";
import type { CancelTimer, ClientClock } from "./clock.ts";
import { backOffMs, type Closing, isLost, readClosing } from "./closing.ts";
import { openInbox } from "./inbox.ts";
import { openOutbox } from "./outbox.ts";
import { bytesOfPcm } from "./pcm-bytes.ts";
import type { ReplyAudio } from "./playout.ts";
import { openPump } from "./pump.ts";
import { abandon, finalPrefix, listenTo, type OpenSocket, type Socket } from "./socket.ts";

/** `lost`: it will not come back. */
export type ConnectionState = "connected" | "reconnecting" | "lost";

export interface LineOptions {
  /** Of the first socket, query included. */
  readonly address: string;
  readonly offers: readonly string[];
  readonly openSocket: OpenSocket;
  readonly clock: ClientClock;
  /** Longest wait for a socket that comes back to be let in, ms. */
  readonly timeoutMs: number;
  /** Input audio beyond which a socket counts as full, bytes. */
  readonly maxBufferedBytes: number;
  /** In order, each once. */
  onEvent(event: ServerEvent): void;
  /** With `kuku.v1`; numbered as the client counts responses, each sample once. */
  onAudio(audio: ReplyAudio): void;
  onState(state: ConnectionState): void;
  /** It is over, for good. `failure`: why a first socket never opened, where the platform tells. */
  onOver(closing: Closing, failure: string | undefined): void;
}

/** A reply audio message, decoded. */
export type DecodeFrame = (message: Uint8Array) => ReplyAudio | undefined;

/** What an event that is sent again may be told, because it was taken the first time. */
const toldTwice: ReadonlySet<string> = new Set([
  "input_audio_buffer_commit_empty",
  "conversation_already_has_active_response",
  "response_cancel_not_active",
  "item_create_invalid_item_id",
  "item_delete_invalid_item_id",
]);
const openState = 1;
/** After the time a server that goes away has given itself, ms. */
const farewellMs = 2_000;
/** How long a session that ended by a fault is asked for, ms: browsers do not say that there is none any more. */
const doubtfulMs = 5_000;

interface Away {
  readonly since: number;
  readonly closing: Closing;
  attempts: number;
}

/**
 * Opens the first socket.
 * @throws DOMException, SyntaxError where the address is none
 */
export function openLine(options: LineOptions, decode: DecodeFrame) {
  const { clock } = options;
  const inbox = openInbox();
  const outbox = openOutbox();
  let socket: Socket;
  let resumable: { token: string; graceMs: number } | undefined;
  let begun = false;
  let closedHere = false;
  let away: Away | undefined;
  let over = false;
  let timer: CancelTimer | undefined;
  /** A server that knows only what is stored tells the session anew: set until it has begun to. */
  let taken: { inputMs: number } | undefined;
  let session = "";
  let again = new Set<string>();

  const isOpen = () => begun && !away && !over && socket.readyState === openState;
  const pump = openPump({
    outbox,
    clock,
    isFull: () => socket.bufferedAmount > options.maxBufferedBytes,
    send(outgoing) {
      if (outgoing.type === "audio") return socket.send(bytesOfPcm(outgoing.pcm));
      if (outgoing.again && outgoing.event.event_id) again.add(outgoing.event.event_id);
      socket.send(JSON.stringify(outgoing.event));
    },
  });
  const wait = (ms: number, then: () => void) => {
    timer?.();
    timer = clock.after(ms, () => {
      timer = undefined;
      then();
    });
  };
  const end = (closing: Closing, failure?: string) => {
    if (over) return;
    over = true;
    timer?.();
    pump.stop();
    options.onOver(closing, failure);
  };

  const use = (next: Socket) => {
    socket = next;
    listenTo(next, {
      onOpen() {},
      onText: read,
      onBytes(bytes) {
        const decoded = decode(bytes);
        const piece = decoded && inbox.audio(decoded);
        if (piece) options.onAudio(piece);
      },
      onClose: (code, reason, failure) => lose(readClosing(code, reason), failure),
    });
  };
  /** The socket is gone, or never came. */
  const lose = (closing: Closing, failure?: string) => {
    pump.stop();
    timer?.();
    timer = undefined;
    if (away) {
      if (failure?.startsWith(finalPrefix)) return giveUp(away);
      return comeBack(away);
    }
    if (!begun || closedHere || !resumable || !isLost(closing)) return end(closing, failure);
    away = { since: clock.now(), closing, attempts: 0 };
    options.onState("reconnecting");
    if (!over) comeBack(away);
  };
  const giveUp = ({ closing }: Away) => {
    options.onState("lost");
    end(closing);
  };
  const comeBack = (gone: Away) => {
    const { token, graceMs } = resumable ?? { token: "", graceMs: 0 };
    const longestMs = gone.closing.code === closeCodes.internalError.code ? doubtfulMs : graceMs;
    const left = gone.since + Math.min(graceMs, longestMs) - clock.now();
    const ms = backOffMs(gone.attempts++, token);
    if (ms >= left) return wait(Math.max(0, left), () => giveUp(gone));
    wait(ms, () => {
      use(
        options.openSocket(
          returnAddress(options.address, { resume: token, ...inbox.seen() }),
          options.offers,
        ),
      );
      wait(Math.min(options.timeoutMs, left - ms), () => drop());
    });
  };
  /** Nothing comes any more over this socket, and it does not say so. */
  const drop = () => {
    abandon(socket);
    lose(readClosing(1006, ""));
  };

  const read = (text: string) => {
    const event = parseEvent(text);
    if (!event || !inbox.event(event)) return;
    notice(event);
    if (event.type === "error" && isToldTwice(event)) return;
    options.onEvent(event);
  };
  const notice = (event: ServerEvent) => {
    switch (event.type) {
      case "session.created":
      case "session.updated": {
        const now = inOrder({ ...event.session, expires_at: undefined });
        if (taken) resume({ complete: false, inputMs: taken.inputMs, changed: now !== session });
        else if (event.type === "session.updated") outbox.answered("session.update");
        else outbox.rate = sampleRateOf(event.session);
        taken = undefined;
        session = now;
        if (!begun && event.type === "session.created") {
          begun = true;
          outbox.prefix = `c_${event.event_id}`;
          pump.start();
        }
        return;
      }
      case "kuku.resumable":
        resumable = { token: event.token, graceMs: event.grace_ms };
        return;
      case "kuku.resumed":
        timer?.();
        timer = undefined;
        // What was being told anew when that socket was lost in turn is told on.
        if (event.complete && !taken)
          resume({ complete: true, inputMs: event.input_audio_ms, lastEvent: event.last_client_event_id });
        else taken = { inputMs: event.input_audio_ms };
        return;
      case "kuku.going_away":
        if (resumable && !away) wait(event.deadline_ms + farewellMs, drop);
        return;
      case "response.created":
        outbox.answered("response.create");
    }
  };
  const resume = (has: Parameters<typeof outbox.resume>[0]) => {
    outbox.resume(has);
    again = new Set();
    away = undefined;
    options.onState("connected");
    pump.start();
  };
  const isToldTwice = (event: Extract<ServerEvent, { type: "error" }>) =>
    toldTwice.has(event.error.code ?? "") && again.has(event.error.event_id ?? "");

  use(options.openSocket(options.address, options.offers));
  return {
    /** The sub-protocol agreed on. */
    get protocol() {
      return socket.protocol;
    },
    get isOpen() {
      return isOpen();
    },
    /** Whether what is given now can still reach the session. */
    get isAlive() {
      return !over && !closedHere && (away !== undefined || socket.readyState === openState);
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    /** Whether nothing waits to be sent. */
    get isCaughtUp() {
      return !away && !outbox.waiting;
    },
    outbox,
    run: pump.run,
    /** Past the outbox, for a server that knows no return. */
    sendPlain(text: string): void {
      if (socket.readyState === openState) socket.send(text);
    },
    /** From this side: 1000. */
    close(): void {
      closedHere = true;
      timer?.();
      timer = undefined;
      pump.stop();
      if (!away) return socket.close(1000);
      abandon(socket);
      away = undefined;
      end(readClosing(1000, ""));
    },
  };
}

/** The first address, with what a socket that comes back says in place of which session to join. */
function returnAddress(first: string, seen: Record<string, string>): string {
  const address = new URL(first);
  address.searchParams.delete("session_id");
  for (const [name, value] of Object.entries(seen)) address.searchParams.set(name, value);
  return address.href;
}

/** As JSON, the same for what was stored between and has its fields in another order. */
function inOrder(value: unknown): string {
  const sorted = (_: string, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  return JSON.stringify(value, sorted);
}

/** Samples a second of input audio; servers of the plain protocol may leave any of it out. */
function sampleRateOf(session: Partial<SessionConfig>): number {
  const format = session.audio?.input?.format;
  if (!format || format.type === "audio/pcm") return format?.rate ?? 24_000;
  return 8_000;
}

function parseEvent(text: string): ServerEvent | undefined {
  try {
    const value: unknown = JSON.parse(text);
    // The server is trusted to keep its own protocol; validating here would bring a schema library into the browser.
    return typeof value === "object" && value !== null && "type" in value
      ? (value as ServerEvent)
      : undefined;
  } catch {
    return undefined;
  }
}
