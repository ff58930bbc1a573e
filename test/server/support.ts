/** Real servers on free ports, plain sockets to them, and a small session that echoes, for the tests of this room. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { Clock } from "../../src/lib/clock.ts";
import { newId } from "../../src/lib/ids.ts";
import { type AudioFormat, defaultAudioFormat } from "../../src/protocol/audio-format.ts";
import type { ServerEvent } from "../../src/protocol/server-events.ts";
import type { TurnDetectionConfig } from "../../src/protocol/session-config.ts";
import type { Authenticate } from "../../src/server/access/principal.ts";
import { type RunningServer, startServer } from "../../src/server/app/server.ts";
import { type Config, type Limits, readConfig } from "../../src/server/config/config.ts";
import type { FindSession, OpenSession } from "../../src/server/conversations/session-opening.ts";
import { openLog } from "../../src/server/logging/log.ts";
import type { Link } from "../../src/session/link.ts";
import type { Session } from "../../src/session/session.ts";

/** What an echo session has seen. */
export interface EchoSession extends Session {
  readonly link: Link;
  readonly persona: string;
  readonly extension: boolean;
  readonly principal: string;
  /** Types of the events it got, `audio:<bytes>` for audio. */
  readonly seen: string[];
  /** Why it ended. */
  readonly endedBy: string | undefined;
  busy: boolean;
}

/** Opens echo sessions and keeps them. `onEvent` may throw, to play a bug. */
export function echoSessions(onEvent?: (type: string) => void): { open: OpenSession; all: EchoSession[] } {
  const all: EchoSession[] = [];
  const open: OpenSession = ({ link, persona, extension, principal }) => {
    const id = newId("session");
    const ended = Promise.withResolvers<void>();
    const seen: string[] = [];
    let endedBy: string | undefined;
    const session: EchoSession = {
      id,
      link,
      persona,
      extension,
      principal: principal.id,
      seen,
      busy: false,
      ended: ended.promise,
      get endedBy() {
        return endedBy;
      },
      receive(event) {
        seen.push(event.type);
        onEvent?.(event.type);
        if (event.type === "input_audio_buffer.clear")
          link.send({ type: "input_audio_buffer.cleared", event_id: newId("event") });
        if (event.type === "session.update")
          link.send(sessionEvent("session.updated", id, event.session.audio?.input));
      },
      receiveAudio(bytes) {
        seen.push(`audio:${bytes.length}`);
        link.sendAudio({
          responseId: "resp_1",
          itemId: 'item_"1"',
          outputIndex: 0,
          contentIndex: 0,
          responseNumber: 1,
          startSample: 7,
          samples: bytes.length / 2,
          rate: 24_000,
          bytes,
        });
      },
      end(reason) {
        endedBy ??= reason;
        ended.resolve();
      },
      receiveMessage() {},
      leave() {
        session.end("client_gone");
      },
    };
    all.push(session);
    link.send(sessionEvent("session.created", id));
    return session;
  };
  return { open, all };
}

function sessionEvent(
  type: "session.created" | "session.updated",
  id: string,
  input: { format?: AudioFormat; turn_detection?: TurnDetectionConfig | null } = {},
): ServerEvent {
  const { format = defaultAudioFormat, turn_detection = { type: "server_vad" } } = input;
  return {
    type,
    event_id: newId("event"),
    session: {
      type: "realtime",
      object: "realtime.session",
      id,
      model: "kuku",
      output_modalities: ["audio"],
      instructions: "",
      audio: { input: { format, turn_detection }, output: { format, voice: "test", speed: 1 } },
      tools: [],
      tool_choice: "auto",
      max_output_tokens: "inf",
    },
  };
}

export interface TestServerOptions {
  readonly open: OpenSession;
  readonly find?: FindSession;
  readonly limits?: Partial<Limits>;
  readonly config?: Partial<Config>;
  readonly clock?: Clock;
  readonly authenticate?: Authenticate;
}

export interface TestServer extends RunningServer {
  /** Resolves once the server has noticed that every connection is gone. */
  vacant(): Promise<void>;
  /** Lets go of all clients so far, and of what was logged below `warn`. */
  forget(): void;
  /** Cuts every client off and stops. */
  dispose(): Promise<void>;
  /** Every line logged so far. */
  readonly logged: string[];
  /** Opens a socket and waits until it is open. */
  connect(options?: ConnectOptions): Promise<Client>;
  /** Tries to open a socket that is refused: the HTTP answer. */
  refused(options?: ConnectOptions): Promise<{
    status: number;
    body: { success: boolean; error: string; code: string };
    headers: IncomingMessage["headers"];
  }>;
}

interface ConnectOptions {
  readonly path?: string;
  readonly protocols?: string[];
  readonly headers?: Record<string, string>;
  readonly origin?: string;
  /** Whether pings are answered; default true. */
  readonly autoPong?: boolean;
}

/** Starts a server on a free port of loopback. */
export async function testServer(options: TestServerOptions): Promise<TestServer> {
  const defaults = readConfig({});
  const config = {
    ...defaults,
    port: 0,
    ...options.config,
    // A busy machine may take longer over a handshake than a client is given.
    limits: { ...defaults.limits, authenticationDeadlineMs: 100_000, ...options.limits },
  };
  const logged: string[] = [];
  const log = openLog("debug", { write: (line: string) => void logged.push(line) });
  const server = await startServer({
    config,
    log,
    openSession: options.open,
    ...(options.find ? { findSession: options.find } : {}),
    findPersona: (name) => (["kuku", "reader"].includes(name) ? name : undefined),
    defaultPersona: "kuku",
    version: "0.0.0",
    ...(options.clock ? { clock: options.clock } : {}),
    ...(options.authenticate ? { authenticate: options.authenticate } : {}),
  });
  const sockets: WebSocket[] = [];
  const socket = ({ path = "/v1/realtime", protocols = [], headers = {}, ...rest }: ConnectOptions = {}) => {
    const ws = new WebSocket(`${server.url.replace("http", "ws")}${path}`, protocols, {
      headers,
      rejectUnauthorized: false,
      ...rest,
    });
    sockets.push(ws);
    return ws;
  };
  return {
    port: server.port,
    url: server.url,
    routes: server.routes,
    get connections() {
      return server.connections;
    },
    stop: () => server.stop(),
    logged,
    async vacant() {
      while (server.connections > 0) await new Promise((resolve) => setImmediate(resolve));
    },
    forget() {
      sockets.length = 0;
      const kept = logged.filter((line) => /"level":"(warn|error|fatal)"/.test(line));
      logged.splice(0, logged.length, ...kept);
    },
    async dispose() {
      for (const ws of sockets) ws.terminate();
      await server.stop();
    },
    async connect(connectOptions) {
      const client = new Client(socket(connectOptions));
      await client.opened;
      return client;
    },
    async refused(connectOptions) {
      const ws = socket(connectOptions);
      ws.on("error", () => {});
      const [, response] = (await once(ws, "unexpected-response")) as [unknown, IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return {
        status: response.statusCode ?? 0,
        body: JSON.parse(Buffer.concat(chunks).toString()),
        headers: response.headers,
      };
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: events are looked into as plain JSON here, as a client would
export type AnyEvent = Record<string, any>;

/** One client; what it is sent waits in order until it is read. */
export class Client {
  readonly ws: WebSocket;
  readonly opened: Promise<void>;
  /** The close code and reason. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #waiting: (AnyEvent | Buffer)[] = [];
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(ws: WebSocket) {
    this.ws = ws;
    this.opened = new Promise((resolve, reject) => {
      ws.once("open", resolve);
      ws.once("error", reject);
    });
    this.closed = new Promise((resolve) =>
      ws.once("close", (code, reason) => {
        this.#isClosed = true;
        this.#wake?.();
        resolve({ code, reason: reason.toString() });
      }),
    );
    ws.on("error", () => {});
    ws.on("message", (data, isBinary) => {
      this.#waiting.push(isBinary ? (data as Buffer) : JSON.parse(data.toString()));
      this.#wake?.();
    });
  }

  send(message: unknown): void {
    this.ws.send(
      message instanceof Uint8Array || typeof message === "string" ? message : JSON.stringify(message),
    );
  }

  /** The next message, or undefined once the socket is closed and all is read. */
  async next(): Promise<AnyEvent | Buffer | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift();
  }

  /** The next event of this type; others are passed over. */
  async event(type: string): Promise<AnyEvent> {
    for (;;) {
      const message = await this.next();
      if (message === undefined) throw new Error(`the socket closed before ${type}`);
      if (!Buffer.isBuffer(message) && message.type === type) return message;
    }
  }

  /** The body of the next `error` event. */
  async error(): Promise<AnyEvent> {
    return (await this.event("error")).error;
  }

  /** Sends an event that is answered, and waits for the answer: all before it has been dealt with then. */
  async roundTrip(): Promise<void> {
    this.send({ type: "input_audio_buffer.clear" });
    await this.event("input_audio_buffer.cleared");
  }
}
