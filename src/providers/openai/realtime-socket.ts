/** A Realtime socket to an upstream, read as a stream: one for an utterance that is heard, one of a pool for what is read aloud. */
import { connect } from "node:net";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { RealtimeClientEvent, RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { channel } from "../../lib/channel.ts";
import type { Stage, StageError } from "../../lib/errors.ts";
import type { Upstream } from "./upstream.ts";
import { kindOfCode, kindOfStatus, redactSecrets, toStageError, upstreamError } from "./upstream-failure.ts";

export interface RealtimeSocket<Note> {
  /** Resolves once events may be sent. @throws StageError */
  readonly opened: Promise<void>;
  /** Does nothing once the socket has gone. */
  send(event: RealtimeClientEvent): void;
  /** Adds a local event to the server's. */
  pushLocal(note: Note): void;
  /** Events of the server, and notes, in order. Fails with a StageError when the socket does. */
  readonly events: AsyncIterable<RealtimeServerEvent | Note>;
  /** In good order after the last event; at once otherwise. */
  close(finished: boolean): void;
}

export interface RealtimeSocketOptions {
  readonly stage: Stage;
  /** What the socket is opened for: a transcription session, or a session of a model. */
  readonly session: { readonly intent: "transcription" } | { readonly model: string };
  /** Codes of `error` events that do not end the socket. */
  readonly harmless?: readonly string[];
}

/** Events that wait to be read; a server that sends more in one go makes no sense. */
const WAITING_EVENTS = 4096;
const LARGEST_MESSAGE_BYTES = 1 << 20;

/** Opens a socket to the upstream's `/realtime`. Nothing is thrown: failures come through it. */
export function openRealtimeSocket<Note = never>(
  upstream: Upstream,
  { stage, session, harmless = [] }: RealtimeSocketOptions,
): RealtimeSocket<Note> {
  const events = channel<RealtimeServerEvent | Note>(WAITING_EVENTS);
  const opened = Promise.withResolvers<void>();
  opened.promise.catch(() => {});
  const fail = (error: StageError) => {
    opened.reject(error);
    events.close(error);
  };
  let socket: OpenAIRealtimeWS;
  try {
    socket = connectSocket(upstream, session);
  } catch (error) {
    fail(toStageError(stage, error, upstream.secrets));
    return { opened: opened.promise, send() {}, pushLocal() {}, events, close() {} };
  }
  socket.on("error", (error) => {
    if (!harmless.includes(error.error?.code ?? "")) fail(asStageError(stage, error, upstream.secrets));
  });
  socket.on("event", (event) => {
    if (event.type !== "error" && !events.push(event) && !events.closed)
      fail(upstreamError(stage, "malformed", "too many events"));
  });
  socket.socket.on("unexpected-response", (_, response) => {
    const status = response.statusCode ?? 0;
    fail(upstreamError(stage, kindOfStatus(status), `handshake answered ${status}`, { status }));
    socket.socket.terminate();
  });
  socket.socket.on("open", () => opened.resolve());
  socket.socket.on("close", (code, reason) => {
    const why = redactSecrets(reason.toString(), upstream.secrets);
    fail(upstreamError(stage, "unavailable", `socket closed (${code}${why === "" ? "" : `, ${why}`})`));
  });
  return {
    opened: opened.promise,
    send(event) {
      if (socket.socket.readyState === socket.socket.OPEN) socket.send(event);
    },
    pushLocal: (note) => void events.push(note),
    events,
    close(finished) {
      if (finished) socket.close();
      else socket.socket.terminate();
    },
  };
}

/** The vendor's class speaks `wss:` alone; for a server at an `http:` address the bytes go over a plain connection. */
function connectSocket(
  { client, baseUrl, hasKey, timeouts }: Upstream,
  session: RealtimeSocketOptions["session"],
): OpenAIRealtimeWS {
  const { protocol, hostname, port } = new URL(baseUrl);
  const plain = () =>
    connect({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port || 80),
      timeout: timeouts.connectMs,
    });
  const options = {
    handshakeTimeout: timeouts.connectMs,
    maxPayload: LARGEST_MESSAGE_BYTES,
    ...(protocol === "http:" && { createConnection: plain }),
    ...(!hasKey && { headers: { Authorization: null } }),
  };
  return new OpenAIRealtimeWS({ ...session, options: options as never }, client);
}

/** Converts an error of the package: an `error` event of the server, nonsense from it, or the socket's own. */
function asStageError(
  stage: Stage,
  error: Error & {
    error?: { type?: string; code?: string | null; message?: string; param?: string | null } | undefined;
  },
  secrets: readonly string[],
): StageError {
  const told = error.error;
  if (told) {
    const { type, code, message = "", param } = told;
    const facts = { code, ...(param && { param }) };
    return upstreamError(stage, kindOfCode(type, code), redactSecrets(message, secrets), facts);
  }
  const inner = error.cause instanceof Error ? error.cause : error;
  const malformed = inner instanceof SyntaxError || inner instanceof TypeError;
  const { code } = inner as NodeJS.ErrnoException;
  const late = /handshake has timed out/.test(inner.message);
  const kind = malformed ? "malformed" : late ? "timeout" : "unavailable";
  return upstreamError(stage, kind, redactSecrets(inner.message, secrets), { code });
}
