/** Workers that die, and a primary that does: what is left, and what comes back. */
import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { isRunning } from "../../../src/server/app/npm-parent.ts";
import { listen } from "../../client/listener.ts";
import { testDataDir, testStorage } from "../../support/test-database.ts";
import { startWorkers } from "./workers.ts";

/** Looks again and again; the test's own time limit ends it. */
const until = async (met: () => boolean | Promise<boolean>) => {
  while (!(await met())) await new Promise((resolve) => setImmediate(resolve));
};

test.each([
  ["a PostgreSQL", testStorage],
  ["the embedded database", async () => ({ DATA_DIR: testDataDir() })],
])(
  "[WK4] with %s a killed worker is replaced, and its sessions go on at the others by resume",
  async (_, storage) => {
    const { server, url, pids, nodes } = await startWorkers(await storage());
    const socketUrl = `${url.replace("http", "ws")}/v1/realtime`;
    const clients = await Promise.all(Array.from({ length: 6 }, () => listen(socketUrl)));
    const ids = await Promise.all(
      clients.map(async (client) => (await client.sends("session.created")).session.id),
    );
    await Promise.all(clients.map((client) => client.until(() => client.of("kuku.saved").length > 0)));
    const [killed = 0] = pids().get(1) ?? [];
    process.kill(killed, "SIGKILL");
    await until(() => (pids().get(1)?.length ?? 0) === 2);
    await until(async () => (await server.health()).checks?.workers?.status === "up");
    const lost = clients.filter(({ states }) => states.length > 1);
    await Promise.all(lost.map((client) => client.until(() => client.states.at(-1) === "connected")));
    for (const client of clients) {
      const before = client.turns.turns.length;
      client.connection.sendText("Are you there?");
      client.connection.createResponse();
      await client.until(() =>
        client.turns.turns.slice(before).some(({ reply }) => reply?.status === "completed"),
      );
      expect(client.faults).toEqual([]);
    }
    const now = clients.map((client) => client.of("session.created").at(-1)?.session.id);
    expect(now).toEqual(ids);
    const living = (await nodes()).filter(({ sessions }) => sessions > 0);
    expect(living.reduce((sum, { sessions }) => sum + sessions, 0)).toBe(6);
    expect(server.complaints.filter((line) => line.includes("worker died"))).toHaveLength(1);
    for (const client of clients) client.connection.close();
  },
);

test("[WK9] a worker that stands still is handed no connections, and in the end replaced", async () => {
  const { server, pids, connect } = await startWorkers(await testStorage());
  const [stopped = 0] = pids().get(1) ?? [];
  process.kill(stopped, "SIGSTOP");
  await until(() => server.complaints.some((line) => line.includes("worker does not answer")));
  // Each is greeted: with connections handed in turn, half of them would wait for the one that stands still.
  const clients = await Promise.all(Array.from({ length: 6 }, () => connect()));
  for (const client of clients) await client.event("session.created");
  expect((await server.health()).checks?.workers?.status).toBe("degraded");
  await until(() => (pids().get(1)?.length ?? 0) === 2);
  expect(isRunning(stopped)).toBe(false);
  await until(async () => (await server.health()).checks?.workers?.status === "up");
  for (const client of clients) await client.roundTrip();
});

test("[WK9] a worker that answers again is handed connections again", async () => {
  const { server, pids, connect, nodes } = await startWorkers(await testStorage());
  const [stopped = 0] = pids().get(1) ?? [];
  process.kill(stopped, "SIGSTOP");
  await until(() => server.complaints.some((line) => line.includes("worker does not answer")));
  process.kill(stopped, "SIGCONT");
  await until(() => server.said.some((line) => line.includes("worker answers again")));
  const clients = await Promise.all(Array.from({ length: 4 }, () => connect()));
  for (const client of clients) await client.event("session.created");
  await until(async () => (await nodes()).every(({ sessions }) => sessions === 2));
});

test.each([
  ["killed outright", ["SIGKILL"], 1012],
  ["ended at once by a second signal", ["SIGTERM", "SIGINT"], 1006],
] as const)(
  "[WK5] %s, the primary leaves no worker and no file of theirs behind",
  async (_, signals, code) => {
    const storage = await testStorage();
    const { server, pids, connect } = await startWorkers({ ...storage, TMPDIR: storage.DATA_DIR });
    const folders = () => readdirSync(storage.DATA_DIR).filter((name) => name.startsWith("kuku-workers-"));
    expect(folders()).toHaveLength(1);
    const client = await connect();
    await client.event("session.created");
    const workers = [...pids().values()].flat();
    expect(workers).toHaveLength(2);
    for (const signal of signals) server.signal(signal);
    await server.gone;
    expect((await client.closed).code).toBe(code);
    await until(() => !workers.some(isRunning));
    expect(folders()).toEqual([]);
  },
);

test("[WK6] SIGTERM drains all workers, and ends all with 0", async () => {
  const { server, pids, connect } = await startWorkers(await testStorage());
  const clients = await Promise.all(Array.from({ length: 4 }, () => connect()));
  for (const client of clients) await client.event("session.created");
  const workers = [...pids().values()].flat();
  server.signal("SIGTERM");
  for (const client of clients) {
    await client.event("kuku.going_away");
    expect((await client.closed).code).toBe(1012);
  }
  const end = await server.gone;
  expect(server.complaints).toEqual([]);
  expect(end).toEqual([0, null]);
  expect(workers.some(isRunning)).toBe(false);
  const stopped = server.said.filter((line) => line.includes('"msg":"stopped"'));
  expect(stopped).toHaveLength(3);
});
