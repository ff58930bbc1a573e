/** A server for the client's tests: speaks the protocol's beginning, then whatever the test scripts. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { encodeAudioFrame } from "../../src/protocol/binary-frame.ts";

export interface ScriptServer {
  readonly url: string;
  /** The connected client's socket, once there is one. */
  readonly socket: Promise<WebSocket>;
  /** JSON messages so far, without `event_id`, binary ones as `{ bytes }`. */
  readonly received: Array<Record<string, unknown>>;
  readonly requests: Array<{ url: string; protocols: string }>;
  /** Resolves once the client has sent a message that fits; earlier ones count. */
  until(fits: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  send(event: Record<string, unknown>): Promise<void>;
  sendAudio(responseNumber: number, startSample: number, pcm: Int16Array): Promise<void>;
  close(): Promise<void>;
}

const session = {
  type: "realtime",
  object: "realtime.session",
  id: "sess_1",
  model: "reader",
  output_modalities: ["audio"],
  instructions: "",
  audio: {
    input: { format: { type: "audio/pcm", rate: 24_000 }, turn_detection: null },
    output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "a", speed: 1 },
  },
  tools: [],
  tool_choice: "auto",
  max_output_tokens: "inf",
};

export interface ScriptOptions {
  /** Sub-protocols it speaks; default both. */
  readonly speaks?: readonly string[];
  /** Called for each client; default sends `session.created`. */
  readonly onClient?: (socket: WebSocket) => void;
}

export async function scriptServer(options: ScriptOptions = {}): Promise<ScriptServer> {
  const speaks = options.speaks ?? ["kuku.v1", "realtime"];
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    handleProtocols: (offered) => [...offered].find((it) => speaks.includes(it)) ?? false,
  });
  await once(server, "listening");
  const received: ScriptServer["received"] = [];
  const requests: ScriptServer["requests"] = [];
  const waiting: Array<() => void> = [];
  let events = 0;
  const arrived = Promise.withResolvers<WebSocket>();
  server.on("connection", (socket, request) => {
    requests.push({ url: request.url ?? "", protocols: request.headers["sec-websocket-protocol"] ?? "" });
    socket.on("message", (data: Buffer, binary) => {
      const { event_id: _, ...event } = binary ? { bytes: data } : JSON.parse(data.toString());
      received.push(event);
      for (const look of waiting) look();
    });
    arrived.resolve(socket);
    if (options.onClient) options.onClient(socket);
    else socket.send(JSON.stringify({ type: "session.created", event_id: "event_0", session }));
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/realtime`,
    socket: arrived.promise,
    received,
    requests,
    until: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          const found = received.find(fits);
          if (found) resolve(found);
        };
        waiting.push(look);
        look();
      }),
    async send(event) {
      (await arrived.promise).send(JSON.stringify({ event_id: `event_${++events}`, ...event }));
    },
    async sendAudio(responseNumber, startSample, pcm) {
      const audio = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
      (await arrived.promise).send(encodeAudioFrame({ responseNumber, startSample, audio }));
    },
    async close() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
