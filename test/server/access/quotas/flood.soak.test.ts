import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../../../src/lib/clock.ts";
import { compose } from "../../../../src/server/app/compose.ts";
import { type RunningServer, startServer } from "../../../../src/server/app/server.ts";
import { readConfig } from "../../../../src/server/config/config.ts";
import { openLog } from "../../../../src/server/logging/log.ts";
import {
  type Flooder,
  type FloodKind,
  hangingToken,
  openFlooder,
  tellOutcomes,
} from "../../../support/flood.ts";
import { testDataDir } from "../../../support/test-database.ts";
import { Client } from "../../support.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const requestsPerMinute = 100;

let close: () => Promise<void>;
afterEach(() => close());

/** The composed server on scripted engines; whoever shows `hangingToken` is checked for ever. */
const start = async (env: Record<string, string> = {}) => {
  const config = readConfig({
    PORT: "0",
    TRANSCRIBER: "scripted",
    REPLY_MODEL: "scripted",
    SYNTHESIZER: "scripted",
    DATA_DIR: testDataDir(),
    AUTHENTICATION_DEADLINE_SECONDS: "1",
    REQUESTS_PER_MINUTE_PER_ADDRESS: String(requestsPerMinute),
    MAX_SESSIONS_PER_ADDRESS: "10",
    SESSIONS_PER_HOUR_PER_ADDRESS: "20",
    ...env,
  });
  const errors: string[] = [];
  const log = openLog("error", { write: (line: string) => void errors.push(line) });
  const composed = await compose(config, { clock: systemClock, log });
  const server = await startServer({
    config,
    log,
    ...composed,
    authenticate: (credentials, signal) =>
      credentials.token === hangingToken ? new Promise(() => {}) : composed.authenticate(credentials, signal),
  });
  close = async () => {
    await server.stop();
    await composed.close();
  };
  return { server, errors };
};

/** A user at another address. */
const joinFrom = async (server: RunningServer, localAddress: string) => {
  const client = new Client(
    new WebSocket(`${server.url.replace("http", "ws")}/v1/realtime`, { localAddress }),
  );
  await client.event("session.created");
  return client;
};

const textTurn = async (client: Client) => {
  client.send({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] },
  });
  client.send({ type: "response.create", response: { output_modalities: ["text"] } });
  return (await client.event("response.done")).response.status;
};

interface Wave {
  readonly from: string;
  readonly during: () => Promise<void>;
  /** Otherwise the server has to get rid of them. */
  readonly leave?: boolean;
}

/** 300 connections of every kind from one address. */
const flood = async (server: RunningServer, { from, during, leave = false }: Wave) => {
  const kinds: [FloodKind, number][] = [
    ["nonsense", 80],
    ["hanging", 80],
    ["silent", 40],
    ["half", 40],
    ["noise", 60],
  ];
  const outcomes: Partial<Record<FloodKind, Record<string, number>>> = {};
  const all: Flooder[] = [];
  for (const [kind, count] of kinds) {
    const flooders = await Promise.all(
      Array.from({ length: count }, () => openFlooder(kind, { port: server.port, from })),
    );
    all.push(...flooders);
    await during();
    await refusedAreGone(all);
  }
  if (leave) for (const each of all) each.leave();
  for (const { closed } of all) await closed;
  for (const [kind] of kinds) outcomes[kind] = tellOutcomes(all.filter((each) => each.kind === kind));
  return outcomes;
};

/**
 * Resolves once those that the server refused, or that talked nonsense, are closed: until then they count as connections of
 * the address, and would have the next ones closed unread.
 */
async function refusedAreGone(all: readonly Flooder[]): Promise<void> {
  const waiting = ({ kind, status, open }: Flooder) => kind === "hanging" && open && status === undefined;
  // The limit of requests lets through what is left of it, and what comes back to it meanwhile.
  while (all.filter(waiting).length > requestsPerMinute - 80 + 10) await nextTurn();
  for (const { kind, status, closed } of all) if (kind === "nonsense" || status === 429) await closed;
  await nextTurn();
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const handles = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
const held = () => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
};

test("a flood from one address is refused or closed; a session from another goes on, and nothing is left of it", async () => {
  const { server, errors } = await start();
  const witness = await joinFrom(server, "127.0.0.2");
  const during = async () => expect(await textTurn(witness)).toBe("completed");
  await during();
  const handlesBefore = handles();

  const outcomes = await flood(server, { from: "127.0.0.3", during });
  const { hanging = {}, nonsense = {}, silent = {}, half = {}, noise = {} } = outcomes;
  // Of those that ask to be let in, so many are looked at, and the rest is told to come again later.
  expect(hanging["408"]).toBeGreaterThan(0);
  expect(hanging["429"]).toBeGreaterThan(20);
  expect((hanging["408"] ?? 0) + (hanging["429"] ?? 0)).toBe(80);
  expect(nonsense["101"]).toBeGreaterThan(0);
  expect(nonsense["101"]).toBeLessThanOrEqual(20);
  expect((nonsense["101"] ?? 0) + (nonsense["429"] ?? 0)).toBe(80);
  // Those that never ask run into the deadline; noise is refused, and closed unread where the others are not gone by then.
  const { closed: tooMany = 0, ...answered } = noise;
  expect(silent).toEqual({ "408": 40 });
  expect(half).toEqual({ "408": 40 });
  expect(Object.keys(answered)).toEqual(tooMany === 60 ? [] : ["400"]);
  expect((answered["400"] ?? 0) + tooMany).toBe(60);

  await during();
  const memoryBefore = held();
  await flood(server, { from: "127.0.0.4", during, leave: true });
  // An upgrade whose client has left while it was looked at is given up at the deadline.
  while (server.connections > 1 || handles() > handlesBefore) await nextTurn();
  await during();
  expect(held() - memoryBefore).toBeLessThan(5);
  expect(errors).toEqual([]);
  witness.ws.terminate();
});

test("beyond the connections that one address may have all are closed unread, until some of them are gone", async () => {
  const { server } = await start({ AUTHENTICATION_DEADLINE_SECONDS: "600" });
  const open = (count: number) =>
    Promise.all(
      Array.from({ length: count }, () => openFlooder("silent", { port: server.port, from: "127.0.0.3" })),
    );
  const handlesBefore = handles();
  // Two for each of the ten sessions, and a hundred beside.
  const first = await open(120);
  for (const { closed } of await open(80)) await closed;
  expect(tellOutcomes(first)).toEqual({ open: 120 });
  for (const each of first) each.leave();
  while (handles() > handlesBefore) await nextTurn();
  const later = await open(1);
  expect(await textTurn(await joinFrom(server, "127.0.0.3"))).toBe("completed");
  expect(tellOutcomes(later)).toEqual({ open: 1 });
  for (const each of later) each.leave();
});
