/** First and last of the turn on the client's side: the way to the coach, typed events and audio both ways. */
import { decodeAudioFrame } from "../protocol/binary-frame.ts";
import type { ClientEvent } from "../protocol/client-events.ts";
import type { ServerEvent } from "../protocol/server-events.ts";
import { offerSubprotocols } from "../protocol/subprotocol.ts";
import { socketAddress } from "./address.ts";
import { type ClientClock, machineClock } from "./clock.ts";
import type { Closing } from "./closing.ts";
import { type ConnectionState, Line } from "./line.ts";
import { cutPcm } from "./outbox.ts";
import { bytesOfPcm, fromBase64, pcmOfBytes, toBase64 } from "./pcm-bytes.ts";
import type { ReplyAudio } from "./playout.ts";
import { finalPrefix, type OpenSocket, openPlatformSocket, refusalPrefix } from "./socket.ts";

/** A client event of one type. */
export type ClientEventOf<T extends ClientEvent["type"]> = Extract<ClientEvent, { type: T }>;
/** A server event of one type. */
export type ServerEventOf<T extends ServerEvent["type"]> = Extract<ServerEvent, { type: T }>;
/** The session's fields that `session.update` may change. */
export type SessionChange = ClientEventOf<"session.update">["session"];

export interface ConnectOptions {
  /** The coach persona to talk to, such as `kuku` or `reader`; default: the server's choice. */
  readonly persona?: string;
  /** A session that is there already, made over REST: it is joined, and tells its items. */
  readonly sessionId?: string;
  /** Short-lived token, where the server asks for one. */
  readonly token?: string;
  /** Ask for `kuku.v1` (binary audio, greeting, coaching events). Default true; the server may still not speak it. */
  readonly extension?: boolean;
  /** Every server event in order, `session.created` included. Audio of plain Realtime comes as `onAudio`, not here. */
  readonly onEvent?: (event: ServerEvent) => void;
  /** Reply audio in the session's output rate, however it travelled. */
  readonly onAudio?: (audio: ReplyAudio) => void;
  /**
   * Changes of the way to the server. `reconnecting`: it was lost, and with `kuku.v1` the session waits for it; what is
   * sent meanwhile is kept, audio for a minute. `lost`: it did not come back in time; `onClosed` follows.
   */
  readonly onConnection?: (state: ConnectionState) => void;
  /** Once, after a connection that had been made is gone for good. */
  readonly onClosed?: (closing: Closing) => void;
  readonly openSocket?: OpenSocket;
  readonly clock?: ClientClock;
  /** Longest wait for the session to begin, and for each try to come back to it, ms. Default 10 000. */
  readonly timeoutMs?: number;
  /** Most input audio that may wait in a socket that is there, bytes; `sendAudio` drops beyond it. Default 256 KiB. */
  readonly maxBufferedBytes?: number;
}

/** Why there is no connection: no such address, nothing answers there, or the server said no. */
export type ConnectTrouble = "address" | "unreachable" | "refused";

/** The connection could not be made; `message` is for people. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly trouble: ConnectTrouble;
  constructor(trouble: ConnectTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/**
 * One live session with the coach. Sending on a closed connection does nothing. While a lost one is coming back, up to
 * 512 events and a minute of audio wait, and go on in order.
 */
export interface Connection {
  /** Whether `kuku.v1` is spoken. */
  readonly extension: boolean;
  /** The session, as `session.created` told it. */
  readonly session: ServerEventOf<"session.created">["session"];
  /** Sends any event of the protocol. */
  send(event: ClientEvent): void;
  /**
   * Microphone samples at the session's input rate, up to a minute at once. False: they were dropped. The socket is too far behind or closed, or
   * a lost one has been away for too long.
   */
  sendAudio(pcm: Int16Array): boolean;
  /** Ends the utterance now (push to talk); a reply comes only after `createResponse`. */
  commit(): void;
  /** Throws away the utterance under way. */
  clearInput(): void;
  createResponse(response?: ClientEventOf<"response.create">["response"]): void;
  /** Stops the reply under way. */
  cancel(): void;
  updateSession(change: SessionChange): void;
  /** Adds a typed message of the user's; a reply comes only after `createResponse`. */
  sendText(text: string): void;
  /** Says how much of a reply was heard, ms from the start of its audio. */
  truncate(itemId: string, heardMs: number, contentIndex?: number): void;
  /** Closes with 1000. */
  close(): void;
  /** Resolves when the connection is gone, whoever closed it. */
  readonly closed: Promise<Closing>;
}

/** The server's address with the persona, or the session to join, in it. */
function addressOf(url: string, { persona, sessionId }: ConnectOptions): string {
  const address = socketAddress(url);
  if (persona !== undefined) address.searchParams.set("model", persona);
  if (sessionId !== undefined) address.searchParams.set("session_id", sessionId);
  return address.href;
}

/** Numbers the audio of the plain protocol as the binary frames of the other one are. */
function openAudioReader(onAudio: (audio: ReplyAudio) => void) {
  let responses = 0;
  const numbers = new Map<string, { number: number; samples: number }>();
  return {
    /** True: the event was audio and has been handed on. */
    event(event: ServerEvent): boolean {
      if (event.type === "response.created" && event.response.id !== undefined)
        numbers.set(event.response.id, { number: ++responses, samples: 0 });
      if (event.type === "response.done" && event.response.id !== undefined)
        numbers.delete(event.response.id);
      if (event.type !== "response.output_audio.delta") return false;
      const known = numbers.get(event.response_id);
      const bytes = fromBase64(event.delta);
      if (known && bytes) {
        const pcm = pcmOfBytes(bytes);
        onAudio({ responseNumber: known.number, startSample: known.samples, pcm });
        known.samples += pcm.length;
      }
      return true;
    },
  };
}

function decode(message: Uint8Array): ReplyAudio | undefined {
  const decoded = decodeAudioFrame(message);
  if (!decoded.ok) return undefined;
  const { responseNumber, startSample, audio } = decoded.frame;
  return { responseNumber, startSample, pcm: pcmOfBytes(audio) };
}

function readFailure(url: string, closing: Closing, failure: string | undefined): ConnectError {
  const host = new URL(url).host;
  for (const prefix of [refusalPrefix, finalPrefix])
    if (failure?.startsWith(prefix))
      return new ConnectError("refused", `the server at ${host} refused: ${failure.slice(prefix.length)}`);
  if (failure?.includes("ECONNREFUSED"))
    return new ConnectError("unreachable", `nothing answers at ${host}; is the server running?`);
  if (failure)
    return new ConnectError("unreachable", `the server at ${host} could not be reached: ${failure}`);
  if (closing.code !== 1006) return new ConnectError("refused", closing.message);
  return new ConnectError(
    "unreachable",
    `the server at ${host} could not be reached, or refused the connection`,
  );
}

/**
 * Connects and resolves once the session has begun. With `kuku.v1` a lost connection comes back by itself within the
 * time the server allows, and nothing said by either side is lost.
 * @param url the server, such as `http://localhost:8000` or `wss://coach.example.org/v1/realtime`
 * @throws ConnectError
 */
export function connect(url: string, options: ConnectOptions = {}): Promise<Connection> {
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  const clock = options.clock ?? machineClock;
  const offers = offerSubprotocols({
    extension: options.extension ?? true,
    token: options.token,
  });
  const timeoutMs = options.timeoutMs ?? 10_000;
  const maxBufferedBytes = options.maxBufferedBytes ?? 262_144;
  const closed = Promise.withResolvers<Closing>();
  const onAudio = (piece: ReplyAudio) => options.onAudio?.(piece);
  const plainAudio = openAudioReader(onAudio);
  let begun = false;
  let firstError: string | undefined;
  let line: Line;
  let stopWaiting = () => {};
  try {
    line = new Line(
      {
        address: addressOf(url, options),
        offers,
        openSocket: options.openSocket ?? openPlatformSocket,
        clock,
        timeoutMs,
        maxBufferedBytes,
        onAudio,
        onState: (state) => options.onConnection?.(state),
        onEvent(event) {
          if (event.type === "session.created" && !begun) {
            begun = true;
            stopWaiting();
            resolve(openConnection(line, event.session, closed.promise, maxBufferedBytes));
            options.onConnection?.("connected");
          }
          if (event.type === "error" && !begun) firstError = event.error.message;
          if (!plainAudio.event(event)) options.onEvent?.(event);
        },
        onOver(closing, failure) {
          stopWaiting();
          closed.resolve(closing);
          if (begun) options.onClosed?.(closing);
          else
            reject(firstError ? new ConnectError("refused", firstError) : readFailure(url, closing, failure));
        },
      },
      decode,
    );
  } catch (error) {
    reject(new ConnectError("address", `${url} is no address of a coach: ${(error as Error).message}`));
    return promise;
  }
  stopWaiting = clock.after(timeoutMs, () => {
    const wait = Math.round(timeoutMs / 1000);
    reject(new ConnectError("unreachable", `the server did not begin a session within ${wait} seconds`));
    line.close();
  });
  return promise;
}

/** Sends events and audio; with `kuku.v1` through the outbox, from which a reconnected socket continues. */
function openSending(line: Line, extension: boolean, maxBufferedBytes: number) {
  const send = (event: ClientEvent) => {
    if (!line.isAlive) return;
    if (!extension) return line.sendPlain(JSON.stringify(event));
    line.outbox.addEvent(event);
    line.run();
  };
  const sendAudio = (pcm: Int16Array) => {
    if (!line.isAlive) return false;
    const isStuck = line.isOpen && line.isCaughtUp && line.bufferedAmount > maxBufferedBytes;
    if (isStuck) return false;
    if (!extension) {
      for (const piece of cutPcm(pcm, line.outbox.rate))
        send({ type: "input_audio_buffer.append", audio: toBase64(bytesOfPcm(piece)) });
      return true;
    }
    const taken = line.outbox.addAudio(pcm);
    line.run();
    return taken;
  };
  return { send, sendAudio };
}

function openConnection(
  line: Line,
  session: Connection["session"],
  closed: Promise<Closing>,
  maxBufferedBytes: number,
): Connection {
  const extension = line.protocol === "kuku.v1";
  const { send, sendAudio } = openSending(line, extension, maxBufferedBytes);
  return {
    extension,
    session,
    closed,
    send,
    sendAudio,
    commit: () => send({ type: "input_audio_buffer.commit" }),
    clearInput: () => send({ type: "input_audio_buffer.clear" }),
    createResponse: (response) =>
      send(response ? { type: "response.create", response } : { type: "response.create" }),
    cancel: () => send({ type: "response.cancel" }),
    updateSession: (change) => send({ type: "session.update", session: change }),
    sendText: (text) =>
      send({
        type: "conversation.item.create",
        item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
      }),
    truncate: (itemId, heardMs, contentIndex = 0) =>
      send({
        type: "conversation.item.truncate",
        item_id: itemId,
        content_index: contentIndex,
        audio_end_ms: Math.floor(heardMs),
      }),
    close: () => line.close(),
  };
}
