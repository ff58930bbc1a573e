/** A server that is killed between two parts of what it stores of one session. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { eventually } from "../../support/eventually.ts";
import { type Mortal, startMortal } from "../../support/survival-server.ts";
import { testStorage } from "../../support/test-database.ts";
import { type FakeUpstream, openUpstream } from "../../support/upstream/upstream.ts";

type Event = { readonly type: string; readonly [name: string]: unknown };

let storage: { readonly DATABASE_URL: string; readonly DATA_DIR: string };
let upstream: FakeUpstream;
/** How long the reply model thinks, ms. */
let thinkingMs = 600_000;
const clients: pg.Client[] = [];
const connectDatabase = async () => {
  const client = new pg.Client({ connectionString: storage.DATABASE_URL });
  await client.connect();
  clients.push(client);
  return client;
};
beforeAll(async () => {
  storage = await testStorage();
  upstream = await openUpstream({
    chat: () => ({ text: "What would you like to see there?", delayMs: thinkingMs }),
  });
});
afterAll(async () => {
  for (const client of clients) await client.end();
  await upstream.close();
  rmSync(storage.DATA_DIR, { recursive: true, force: true });
});

const start = () =>
  startMortal({
    ...storage,
    OPENAI_BASE_URL: upstream.baseUrl,
    OPENAI_API_KEY: "test-key",
    TRANSCRIBER: "scripted",
    SYNTHESIZER: "scripted",
  });

/** Connects a `kuku.v1` client, which collects all that it is told. */
async function connect({ port }: Mortal, query = "") {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/realtime${query}`, ["kuku.v1"]);
  const events: Event[] = [];
  socket.on("error", () => {});
  socket.on("message", (data, isBinary) => {
    if (!isBinary) events.push(JSON.parse(data.toString()));
  });
  await once(socket, "open");
  const of = (type: string) => events.filter((event) => event.type === type);
  const told = async (type: string, count = 1) => {
    await eventually(() => expect(of(type).length).toBeGreaterThanOrEqual(count));
    return of(type)[count - 1]!;
  };
  return { send: (event: object) => socket.send(JSON.stringify(event)), of, told, socket };
}

const message = (id: string, role: "user" | "system", text: string) => ({
  type: "conversation.item.create",
  item: { id, type: "message", role, content: [{ type: "input_text", text }] },
});

test("[ST15] items and state agree where a server was killed between two parts; the turn that waited is answered once", async () => {
  const [holder, blocker, reader] = [
    await connectDatabase(),
    await connectDatabase(),
    await connectDatabase(),
  ];
  const server = await start();
  const client = await connect(server);
  client.send({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  const { token } = await client.told("kuku.resumable");
  const id = ((await client.told("session.updated")) as { session: { id: string } } & Event).session.id;
  const row = "select snapshot from kuku.sessions where id = $1 and snapshot is not null";
  await eventually(async () => expect((await reader.query(row, [id])).rowCount).toBe(1));

  // Nothing of the session is stored while its row is locked, so that more waits than one part holds.
  await holder.query("begin");
  await holder.query("select from kuku.sessions where id = $1 for no key update", [id]);
  client.send(message("item_first", "system", "Speak of plants alone."));
  const locked =
    "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%kuku.sessions%'";
  await eventually(async () => expect((await reader.query(locked)).rowCount).toBe(1));
  client.send(message("item_turn", "user", "I want to talk about the garden."));
  client.send({ type: "response.create" });
  for (let n = 1; n <= 8; n++) client.send(message(`item_long${n}`, "system", "x".repeat(30_000)));
  await client.told("conversation.item.done", 10);
  // The part with the last of them waits for this one.
  await blocker.query("begin");
  await blocker.query(
    `insert into kuku.items (session_id, id, owner_id, position, role, text, entry, created_at, words)
      values ($1, 'item_long8', '', 0, 'system', '', '{}', 0, '')`,
    [id],
  );
  await holder.query("rollback");
  const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%kuku.items%'";
  await eventually(async () => expect((await reader.query(waiting)).rowCount).toBe(1));
  await server.kill();
  await blocker.query("rollback");
  const items = await reader.query<{ id: string }>(
    "select id from kuku.items where session_id = $1 order by position",
    [id],
  );
  const stored = items.rows.map((item) => item.id);
  expect(stored.slice(0, 3)).toEqual(["item_first", "item_turn", "item_long1"]);
  expect(stored).not.toContain("item_long8");

  thinkingMs = 0;
  const next = await start();
  const again = await connect(next, `?resume=${token}`);
  await again.told("response.done");
  again.send({ type: "conversation.item.retrieve", item_id: "item_turn" });
  await again.told("conversation.item.retrieved");
  expect(again.of("response.created")).toHaveLength(1);
  expect(again.of("response.done")).toMatchObject([{ response: { status: "completed" } }]);
  await eventually(async () => {
    const { rows } = await reader.query(
      `select message_count, snapshot->>'greeting' as greeting, snapshot->'unanswered' as unanswered,
        snapshot->'coach'->'talk'->'round' as round from kuku.sessions where id = $1`,
      [id],
    );
    expect(rows).toEqual([{ message_count: 2, greeting: "done", unanswered: false, round: 1 }]);
  });
  again.socket.terminate();
  await next.kill();
});
