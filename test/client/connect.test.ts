import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import type { Closing } from "../../src/client/closing.ts";
import { ConnectError, type ConnectOptions, connect } from "../../src/client/connect.ts";
import { nodeSocket } from "../../src/client/node/node-socket.ts";
import type { ReplyAudio } from "../../src/client/playout.ts";
import { manualClock } from "../../src/lib/clock.ts";
import { type ScriptOptions, type ScriptServer, scriptServer } from "./script-server.ts";

const servers: ScriptServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
async function serve(options?: ScriptOptions) {
  const server = await scriptServer(options);
  servers.push(server);
  return server;
}
/** Connects and collects the reply audio, with a promise of the first `wanted` pieces. */
async function connectTo(server: ScriptServer, wanted: number, options: ConnectOptions = {}) {
  const audio: ReplyAudio[] = [];
  const enough = Promise.withResolvers<void>();
  const connection = await connect(server.url, {
    openSocket: nodeSocket(),
    ...options,
    onAudio(piece) {
      audio.push(piece);
      if (audio.length === wanted) enough.resolve();
    },
  });
  return { connection, audio, enough: enough.promise };
}
const pcm = Int16Array.of(1, -2, 300, -32_768, 32_767);
const base64 = Buffer.from(pcm.buffer).toString("base64");

describe("connect", () => {
  test("asks for the persona and the extension, with the token among the sub-protocols", async () => {
    const server = await serve();
    const { connection } = await connectTo(server, 0, { persona: "reader", token: "ek_1" });
    expect(connection.extension).toBe(true);
    expect(connection.session.id).toBe("sess_1");
    expect(server.requests).toEqual([
      {
        url: "/v1/realtime?model=reader",
        protocols: "kuku.v1,realtime,openai-insecure-api-key.ek_1",
      },
    ]);
    connection.close();
  });

  test("with kuku.v1 audio travels as bytes both ways", async () => {
    const server = await serve();
    const { connection, audio, enough } = await connectTo(server, 1);
    connection.sendAudio(pcm);
    const message = await server.until((it) => "bytes" in it);
    expect(message.bytes).toEqual(Buffer.from(pcm.buffer));
    await server.sendAudio(3, 480, pcm);
    await enough;
    expect(audio).toEqual([{ responseNumber: 3, startSample: 480, pcm }]);
    connection.close();
  });

  test.each([
    ["with kuku.v1", ["kuku.v1"]],
    ["without it", ["realtime"]],
  ])("a recording handed over at once goes in pieces that every server takes, %s", async (_, speaks) => {
    const server = await serve({ speaks });
    const { connection } = await connectTo(server, 0);
    const long = Int16Array.from({ length: 5 * 24_000 }, (_, i) => i % 30_000);
    expect(connection.sendAudio(long)).toBe(true);
    connection.commit();
    await server.until((it) => it.type === "input_audio_buffer.commit");
    const pieces = server.received.flatMap(({ bytes, audio }) =>
      bytes ? [bytes as Buffer] : audio ? [Buffer.from(audio as string, "base64")] : [],
    );
    expect(Buffer.concat(pieces)).toEqual(Buffer.from(long.buffer));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(9600);
    connection.close();
  });

  test("where the server speaks plain Realtime alone, audio travels as base64 and is numbered here", async () => {
    const server = await serve({ speaks: ["realtime"] });
    const { connection, audio, enough } = await connectTo(server, 3);
    expect(connection.extension).toBe(false);
    connection.sendAudio(pcm);
    expect(await server.until(() => true)).toEqual({ type: "input_audio_buffer.append", audio: base64 });
    const delta = (response_id: string) => ({
      type: "response.output_audio.delta",
      response_id,
      delta: base64,
    });
    await server.send({ type: "response.created", response: { id: "resp_a" } });
    await server.send(delta("resp_a"));
    await server.send(delta("resp_a"));
    await server.send({ type: "response.created", response: { id: "resp_b" } });
    await server.send(delta("resp_b"));
    await enough;
    expect(audio.map((it) => [it.responseNumber, it.startSample])).toEqual([
      [1, 0],
      [1, 5],
      [2, 0],
    ]);
    expect(audio[0]?.pcm).toEqual(pcm);
    connection.close();
  });

  test("each call is the protocol's event", async () => {
    const server = await serve();
    const { connection } = await connectTo(server, 0);
    connection.updateSession({ type: "realtime", kuku: { drill: { text: "Hello." } } });
    connection.commit();
    connection.createResponse();
    connection.cancel();
    connection.truncate("item_1", 1_234.9);
    connection.clearInput();
    connection.sendText("hi");
    await server.until((it) => it.type === "conversation.item.create");
    expect(server.received).toEqual([
      { type: "session.update", session: { type: "realtime", kuku: { drill: { text: "Hello." } } } },
      { type: "input_audio_buffer.commit" },
      { type: "response.create" },
      { type: "response.cancel" },
      { type: "conversation.item.truncate", item_id: "item_1", content_index: 0, audio_end_ms: 1_234 },
      { type: "input_audio_buffer.clear" },
      {
        type: "conversation.item.create",
        item: {
          type: "message",
          // With an id it can be told again without being there twice.
          id: expect.any(String),
          role: "user",
          content: [{ type: "input_text", text: "hi" }],
        },
      },
    ]);
    connection.close();
  });

  test("a connection that ends says how, in words, once; what is sent after is dropped", async () => {
    const server = await serve();
    const ends: Closing[] = [];
    const { connection } = await connectTo(server, 0, { onClosed: (closing) => ends.push(closing) });
    (await server.socket).close(1012, "restarting");
    const closing = await connection.closed;
    expect(closing).toMatchObject({ code: 1012, retry: "later" });
    expect(closing.message).toMatch(/restarted/);
    expect(ends).toEqual([closing]);
    expect(connection.sendAudio(pcm)).toBe(false);
    connection.commit();
  });

  test("no server there is said plainly", async () => {
    const server = await scriptServer();
    await server.close();
    const refused = connect(server.url, { openSocket: nodeSocket() });
    await expect(refused).rejects.toThrow(ConnectError);
    await expect(refused).rejects.toThrow(/nothing answers at 127\.0\.0\.1:\d+; is the server running\?/);
  });

  test("an address that is none is said plainly", async () => {
    await expect(connect("not an address")).rejects.toThrow(/no address of a coach/);
  });

  test("a server's error before the session began is the reason given", async () => {
    const server = await serve({
      onClient(socket) {
        socket.send(JSON.stringify({ type: "error", error: { message: "no such persona" } }));
        socket.close(1008);
      },
    });
    await expect(connect(server.url, { openSocket: nodeSocket() })).rejects.toThrow("no such persona");
  });

  test("a server that refuses the upgrade is quoted", async () => {
    const http = createServer().on("upgrade", (_request, socket) => {
      const body = JSON.stringify({
        success: false,
        error: 'There is no persona "nobody".',
        code: "UNKNOWN",
      });
      socket.end(`HTTP/1.1 404 Not Found\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    await once(http.listen(0, "127.0.0.1"), "listening");
    const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`;
    const refused = connect(url, { openSocket: nodeSocket() });
    await expect(refused).rejects.toMatchObject({
      trouble: "refused",
      message: expect.stringMatching(/refused: There is no persona "nobody"\./),
    });
    http.close();
  });

  test("a self-made certificate is trusted only where that was asked for", async () => {
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }]);
    const server = createTlsServer({ key, cert });
    const sockets = new WebSocketServer({ server, handleProtocols: () => "kuku.v1" });
    sockets.on("connection", (socket) =>
      socket.send(JSON.stringify({ type: "session.created", session: {} })),
    );
    await once(server.listen(0, "127.0.0.1"), "listening");
    const url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await expect(connect(url, { openSocket: nodeSocket() })).rejects.toMatchObject({
      trouble: "unreachable",
    });
    const connection = await connect(url, { openSocket: nodeSocket({ insecure: true }) });
    expect(connection.extension).toBe(true);
    for (const client of sockets.clients) client.terminate();
    server.close();
  });

  test("a server that never begins a session is given up after the wait, leaving no timer", async () => {
    const clock = manualClock();
    const server = await serve({ onClient() {} });
    const waiting = connect(server.url, { openSocket: nodeSocket(), clock, timeoutMs: 5_000 });
    const refused = expect(waiting).rejects.toThrow(/within 5 seconds/);
    await server.socket;
    await clock.advance(5_000);
    await refused;
    expect(clock.pending).toBe(0);
  });

  test("audio that the socket cannot take is dropped and said so", async () => {
    const server = await serve();
    const { connection } = await connectTo(server, 0, { maxBufferedBytes: -1 });
    expect(connection.sendAudio(pcm)).toBe(false);
    connection.commit();
    await server.until((it) => it.type === "input_audio_buffer.commit");
    expect(server.received).toHaveLength(1);
    connection.close();
  });
});
