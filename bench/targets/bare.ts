/** The yardstick: a `ws` server that does nothing but move the bytes a turn moves. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { answer } from "../child.ts";
import { firstChunkHeader } from "../load/connect.ts";
import type { TurnShape, Workload } from "../workload.ts";
import { usageAnswers } from "./usage.ts";

const server = createServer();
const sockets = new WebSocketServer({
  server,
  perMessageDeflate: false,
  maxPayload: 256 * 1024,
  handleProtocols: (offered) => (offered.has("kuku.v1") ? "kuku.v1" : "realtime"),
});
let messages: Array<{ binary: boolean; payload: Buffer }> = [];
let chunksPerTurn = 0;
/** Number of the chunk, from 1, that a turn's answer follows; 0: the client's `response.create` asks for it. */
let answerAt = 0;
let bytesHeard = 0;

const reply = (socket: WebSocket) => {
  for (const message of messages) socket.send(message.payload, { binary: message.binary });
};

sockets.on("connection", (socket, request) => {
  let chunks = Number(request.headers[firstChunkHeader] ?? 0);
  socket.on("message", (data: Buffer, binary: boolean) => {
    bytesHeard += data.length;
    if (binary) {
      if (answerAt > 0 && ++chunks % chunksPerTurn === answerAt % chunksPerTurn) reply(socket);
      return;
    }
    const event = JSON.parse(data.toString()) as { type: string; audio?: string };
    if (event.type === "input_audio_buffer.append") bytesHeard += Buffer.from(event.audio!, "base64").length;
    else if (event.type === "response.create") reply(socket);
  });
});

answer({
  ...usageAnswers,
  listen: () =>
    new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    }),
  prepare: ({ workload, shape }: { workload: Workload; shape: TurnShape }) => {
    messages = shape.messages.map(({ binary, payload }) => ({
      binary,
      payload: Buffer.from(payload, "base64"),
    }));
    chunksPerTurn = workload.chunksPerTurn;
    answerAt = workload.mode === "vad" ? shape.answerAfter + 1 : 0;
  },
  sessions: () => sockets.clients.size,
  bytesHeard: () => bytesHeard,
});
