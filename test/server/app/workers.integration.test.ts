/** A server of two workers: one port, one server to whoever asks. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { programEnv } from "../../support/program-env.ts";
import { testDataDir, testStorage } from "../../support/test-database.ts";
import { scriptedEngines } from "../../web/serve.ts";
import { startWorkers } from "./workers.ts";

/** Both databases. */
const storages = [
  ["a PostgreSQL", testStorage],
  ["the embedded database", async () => ({ DATA_DIR: testDataDir() })],
] as const;

test.each(storages)(
  "[WK1] with %s: both workers get sessions; health, metrics and the nodes are those of both",
  async (_, storage) => {
    const { server, url, nodes, connect, metric } = await startWorkers(await storage());
    const clients = await Promise.all(Array.from({ length: 6 }, () => connect()));
    const ids = await Promise.all(
      clients.map(async (client) => (await client.event("session.created")).session.id),
    );
    expect(new Set(ids).size).toBe(6);
    await expect.poll(async () => (await nodes()).map(({ sessions }) => sessions)).toEqual([3, 3]);
    expect(await server.health()).toMatchObject({ status: "healthy", checks: { workers: { status: "up" } } });
    // Whichever of them is asked.
    for (let asked = 0; asked < 4; asked++) {
      expect(await metric("kuku_connections")).toBe(6);
      expect(await metric("kuku_store_failing")).toBe(0);
    }
    // What is answered on the connections of one is heard by all of them.
    for (const client of clients) await client.roundTrip();
    expect(server.said.filter((line) => line.includes('"msg":"listening"'))).toHaveLength(1);
    const workers = server.said.flatMap((line) => /"worker":(\d)/.exec(line)?.[1] ?? []);
    expect(new Set(workers)).toEqual(new Set(["1", "2"]));
    expect(await (await fetch(`${url}/nowhere`)).json()).toMatchObject({ success: false });
  },
);

test("[WK2] a worker that is drained gets no connections; its sessions go on at the other one", async () => {
  const { nodes, api, connect, url } = await startWorkers(await testStorage());
  const clients = await Promise.all(Array.from({ length: 4 }, () => connect()));
  const known = await Promise.all(
    clients.map(async (client) => {
      const { session } = await client.event("session.created");
      const { token } = await client.event("kuku.resumable");
      return { client, id: session.id, token };
    }),
  );
  const [{ node: left } = { node: "" }] = await nodes();
  await api(`/api/admin/nodes/${left}/drain`, { method: "POST" });
  const gone = new Set<(typeof known)[number]>();
  for (const each of known) void each.client.closed.then(() => gone.add(each));
  await expect.poll(() => gone.size).toBe(2);
  for (const { id, token } of gone) {
    const client = await connect(`?resume=${token}`);
    expect((await client.event("session.created")).session.id).toBe(id);
  }
  // A node's report about another one is up to a second old.
  await expect
    .poll(async () =>
      (await nodes()).map(({ node, draining, sessions }) => [node === left, draining, sessions]).sort(),
    )
    .toEqual([
      [false, false, 4],
      [true, true, 0],
    ]);
  // Each on a connection of its own; those that are open stay where they are.
  for (let asked = 0; asked < 4; asked++) {
    const asking = get(`${url}/health`, { agent: false });
    const [answer] = (await once(asking, "response")) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(200);
  }
});

test.each(storages)(
  "[WK7] with %s: requests to a session are answered whichever worker they reach",
  async (_, storage) => {
    const { url, api, nodes } = await startWorkers(await storage());
    const post = (path: string, body: object) =>
      // A connection each, so that both workers are asked.
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", connection: "close" },
        body: JSON.stringify(body),
      });
    const { sessionId: id } = (await (await post("/api/sessions", {})).json()).data;
    for (let turn = 0; turn < 6; turn++) {
      const answer = await post(`/api/sessions/${id}/messages`, { text: `Message ${turn}.` });
      expect([answer.status, await answer.json()]).toMatchObject([200, { success: true }]);
    }
    const { messages } = await api(`/api/sessions/${id}/messages`);
    expect(messages.filter(({ sender }: { sender: string }) => sender === "user")).toHaveLength(6);
    // A node's report about another one is up to a second old.
    await expect.poll(async () => (await nodes()).map(({ sessions }) => sessions).sort()).toEqual([0, 1]);
  },
);

test("[WK8] what a user makes at one worker is known at the others: personas, with the embedded database", async () => {
  const { url } = await startWorkers({ DATA_DIR: testDataDir() });
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { "content-type": "application/json", connection: "close" };
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    return { status: response.status, ...(await response.json()) };
  };
  const made = await ask("POST", "/api/personas", {
    id: "mine",
    name: "Mine",
    flow: "interview",
    language: "en-US",
    voices: ["default"],
    greets: true,
    turnTaking: "patient",
    questions: { en: ["How do you take a no?"] },
    instructions: "You ask, and react briefly.",
  });
  expect(made).toMatchObject({ success: true });
  for (let asked = 0; asked < 4; asked++) {
    const begun = await ask("POST", "/api/sessions", { persona: "mine" });
    expect(begun).toMatchObject({ success: true, data: { persona: "mine" } });
  }
});

test("[WK3] a start that fails in the workers ends the whole, with one line and code 1", async () => {
  const child = spawn(process.execPath, ["--no-warnings", "src/server/main.ts"], {
    env: {
      ...programEnv,
      ...scriptedEngines,
      ...(await testStorage()),
      WORKERS: "3",
      PORT: "0",
      AUDIO_STORE: "/dev/null/audio",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(said).toMatch(/^AUDIO_STORE: cannot be used: [^\n]+\n$/);
  expect(code).toBe(1);
});
