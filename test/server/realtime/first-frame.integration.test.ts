import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { echoSessions, type TestServer, testServer } from "../support.ts";

let server: TestServer | undefined;
const sockets: Socket[] = [];
const onSocket = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);
afterEach(async () => {
  unsubscribe("net.server.socket", onSocket);
  await server?.dispose();
});

test("[P4] the first audio of a reply is on its way before the next frame is made; later ones leave together", async () => {
  subscribe("net.server.socket", onSocket);
  const sessions = echoSessions();
  server = await testServer({ open: sessions.open });
  const client = await server.connect({ protocols: ["kuku.v1"] });
  await client.event("session.created");
  const link = sessions.all[0]!.link;
  const socket = sockets.at(-1)!;
  const waiting = (startSample: number) => {
    const [samples, bytes] = [480, new Uint8Array(960)];
    const part = {
      responseId: "resp_1",
      itemId: "item_1",
      outputIndex: 0,
      contentIndex: 0,
      responseNumber: 1,
    };
    link.sendAudio({ ...part, startSample, samples, rate: 24_000, bytes });
    return socket.writableLength;
  };
  expect(waiting(0)).toBe(0);
  const second = waiting(480);
  expect(second).toBeGreaterThan(960);
  expect(waiting(960)).toBe(2 * second);
});
