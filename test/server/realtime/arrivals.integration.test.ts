import { once } from "node:events";
import { afterEach, expect, test } from "vitest";
import { echoSessions, type TestServer, testServer } from "../support.ts";

let server: TestServer | undefined;
afterEach(() => server?.dispose());

async function connected(options: { readonly autoPong?: boolean } = {}) {
  const sessions = echoSessions();
  server = await testServer({ open: sessions.open });
  const client = await server.connect({ protocols: ["kuku.v1"], ...options });
  await client.event("session.created");
  const { link } = sessions.all[0]!;
  const arrived: string[] = [];
  const expectArrival = (name: string) => link.whenArrived?.(() => void arrived.push(name));
  return { client, link, arrived, expectArrival };
}

test("[RS7] a link tells that what it sent has arrived, once for each time it was asked", async () => {
  const { client, arrived, expectArrival } = await connected();
  for (const name of ["first", "second"]) expectArrival(name);
  await expect.poll(() => arrived).toEqual(["first", "second"]);
  await client.roundTrip();
  expect(arrived).toEqual(["first", "second"]);
});

test("[RS7] nothing has arrived at a client that reads nothing, until it does", async () => {
  const { client, arrived, expectArrival } = await connected();
  const { ws } = client;
  ws.pause();
  expectArrival("read late");
  const pinged = once(ws, "ping");
  expect(arrived).toEqual([]);
  ws.resume();
  await pinged;
  await expect.poll(() => arrived).toEqual(["read late"]);
});

test("[RS7] a pong for the latest ping tells of those before it, one that no ping asked for tells of none", async () => {
  const { client, arrived, expectArrival } = await connected({ autoPong: false });
  const pings: string[] = [];
  client.ws.on("ping", (payload) => pings.push(payload.toString()));
  client.ws.pong("nonsense");
  for (const name of ["first", "second"]) expectArrival(name);
  await expect.poll(() => pings.length).toBe(2);
  await client.roundTrip();
  expect(arrived).toEqual([]);
  client.ws.pong(pings[1]);
  await expect.poll(() => arrived).toEqual(["first", "second"]);
});
