import { afterEach, describe, expect, test } from "vitest";
import { type Conversation, openConversation } from "../../src/client/conversation.ts";
import { nodeSocket } from "../../src/client/node/node-socket.ts";
import type { PlayPosition } from "../../src/client/playout.ts";
import { virtualPlayer } from "../../src/client/virtual-player.ts";
import { manualClock } from "../../src/lib/clock.ts";
import { type ScriptServer, scriptServer } from "./script-server.ts";

const closing: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Scene {
  server: ScriptServer;
  conversation: Conversation;
  clock: ReturnType<typeof manualClock>;
  positions: PlayPosition[];
  /** What came out of the player so far, ms. */
  heardMs(): number;
  /** Resolves once the client has taken in everything the server sent so far. */
  settled(): Promise<void>;
  playbacks(): Array<Record<string, unknown>>;
}

async function open(speaks?: string[]): Promise<Scene> {
  const server = await scriptServer(speaks ? { speaks } : {});
  const clock = manualClock();
  const positions: PlayPosition[] = [];
  let marker = 0;
  let heard = 0;
  const seen = new Map<number, () => void>();
  const conversation = await openConversation(server.url, {
    openSocket: nodeSocket(),
    openPlayer: virtualPlayer({
      clock,
      onHeard: (samples) => {
        heard += samples.length;
      },
    }),
    onPosition: (position) => positions.push(position),
    onEvent(event) {
      if (event.type === "rate_limits.updated") seen.get(event.rate_limits[0]?.limit ?? -1)?.();
    },
  });
  closing.push(conversation.close, server.close);
  return {
    server,
    conversation,
    clock,
    positions,
    heardMs: () => heard / 24,
    async settled() {
      const { promise, resolve } = Promise.withResolvers<void>();
      seen.set(++marker, resolve);
      await server.send({ type: "rate_limits.updated", rate_limits: [{ name: "requests", limit: marker }] });
      await promise;
    },
    playbacks: () => server.received.filter((it) => it.type === "kuku.playback"),
  };
}

const second = new Int16Array(24_000).fill(1_000);
/** The coach begins a reply and sends one second of it. */
async function reply({ server, settled }: Scene, number: number, done: string | undefined) {
  const id = `resp_${number}`;
  await server.send({ type: "response.created", response: { id, status: "in_progress" } });
  await server.send({
    type: "response.content_part.added",
    response_id: id,
    item_id: `item_${number}`,
    content_index: 0,
  });
  await server.sendAudio(number, 0, second);
  if (done) await server.send({ type: "response.done", response: { id, status: done } });
  await settled();
}
const started = { type: "input_audio_buffer.speech_started", item_id: "item_u", audio_start_ms: 0 };

describe("a conversation", () => {
  test("reports what is heard of a reply, to its end", async () => {
    const scene = await open();
    await reply(scene, 1, "completed");
    await scene.clock.advance(1_100);
    await scene.server.until((it) => it.state === "ended");
    const playbacks = scene.playbacks();
    expect(playbacks[0]).toEqual({
      type: "kuku.playback",
      response_id: "resp_1",
      played_ms: 0,
      state: "playing",
    });
    expect(playbacks.at(-1)).toEqual({
      type: "kuku.playback",
      response_id: "resp_1",
      played_ms: 1_000,
      state: "ended",
    });
    expect(playbacks.length).toBeGreaterThan(4);
  });

  test("falls silent as the user speaks, and says how much was heard", async () => {
    const scene = await open();
    await reply(scene, 1, undefined);
    await scene.clock.advance(400);
    await scene.server.send(started);
    await scene.settled();
    expect(scene.positions.at(-1)).toMatchObject({ responseNumber: 1, state: "cleared" });
    expect(await scene.server.until((it) => it.state === "ended")).toEqual({
      type: "kuku.playback",
      response_id: "resp_1",
      played_ms: 400,
      state: "ended",
    });
    expect(scene.server.received.some((it) => it.type === "conversation.item.truncate")).toBe(false);
  });

  test("on a plain Realtime connection it says so by truncating the item", async () => {
    const scene = await open(["realtime"]);
    const audio = Buffer.from(second.buffer).toString("base64");
    await scene.server.send({ type: "response.created", response: { id: "resp_1" } });
    await scene.server.send({
      type: "response.content_part.added",
      response_id: "resp_1",
      item_id: "item_1",
      content_index: 0,
    });
    await scene.server.send({ type: "response.output_audio.delta", response_id: "resp_1", delta: audio });
    await scene.settled();
    await scene.clock.advance(400);
    await scene.server.send(started);
    await scene.settled();
    expect(scene.positions.at(-1)).toMatchObject({ responseNumber: 1, state: "cleared" });
    expect(await scene.server.until((it) => it.type === "conversation.item.truncate")).toEqual({
      type: "conversation.item.truncate",
      item_id: "item_1",
      content_index: 0,
      audio_end_ms: 400,
    });
  });

  test("nothing more of an interrupted reply is played, and the next one is", async () => {
    const scene = await open();
    await reply(scene, 1, undefined);
    await scene.clock.advance(400);
    await scene.server.send(started);
    await scene.server.sendAudio(1, 24_000, second);
    await scene.server.send({ type: "response.done", response: { id: "resp_1", status: "cancelled" } });
    await reply(scene, 2, "completed");
    await scene.clock.advance(2_000);
    expect(scene.positions.at(-1)).toMatchObject({
      responseNumber: 2,
      playedSamples: 24_000,
      state: "ended",
    });
    const first = scene.positions.filter((it) => it.responseNumber === 1);
    expect(Math.max(...first.map((it) => it.playedSamples))).toBe(9_600);
  });

  test("speech after a reply was heard to its end truncates nothing", async () => {
    const scene = await open();
    await reply(scene, 1, "completed");
    await scene.clock.advance(1_100);
    await scene.server.send(started);
    await scene.settled();
    scene.conversation.commit();
    await scene.server.until((it) => it.type === "input_audio_buffer.commit");
    expect(scene.server.received.some((it) => it.type === "conversation.item.truncate")).toBe(false);
  });

  test("interrupt cancels a reply under way; of one that is only still heard it cuts the rest", async () => {
    const scene = await open();
    await reply(scene, 1, undefined);
    await scene.clock.advance(200);
    scene.conversation.interrupt();
    await scene.server.until((it) => it.type === "conversation.item.truncate");
    expect(scene.server.received.some((it) => it.type === "response.cancel")).toBe(true);

    const other = await open();
    await reply(other, 1, "completed");
    await other.clock.advance(200);
    other.conversation.interrupt();
    await other.server.until((it) => it.type === "conversation.item.truncate");
    expect(other.server.received.some((it) => it.type === "response.cancel")).toBe(false);
  });

  test("the server may hold a reply back and let it go on", async () => {
    const scene = await open();
    await reply(scene, 1, "completed");
    await scene.clock.advance(200);
    await scene.server.send({ type: "kuku.playback.pause", response_id: "resp_1" });
    await scene.settled();
    await scene.clock.advance(3_000);
    expect(scene.positions.at(-1)).toMatchObject({ state: "paused", playedSamples: 4_800 });
    await scene.server.send({ type: "kuku.playback.resume", response_id: "resp_1" });
    await scene.settled();
    await scene.clock.advance(1_000);
    expect(scene.positions.at(-1)).toMatchObject({ state: "ended", playedSamples: 24_000 });
  });

  test("a reply that was held back and then cut leaves the next one to be heard, every sample of it", async () => {
    const scene = await open();
    await reply(scene, 1, undefined);
    await scene.clock.advance(200);
    await scene.server.send({ type: "kuku.playback.pause", response_id: "resp_1" });
    await scene.settled();
    await scene.clock.advance(400);
    await scene.server.send(started);
    await scene.server.send({ type: "response.done", response: { id: "resp_1", status: "cancelled" } });
    await scene.server.send({ type: "kuku.playback.clear", response_id: "resp_1" });
    await scene.settled();
    await scene.clock.advance(3_000);
    const before = scene.heardMs();
    expect(before).toBe(200);
    await reply(scene, 2, "completed");
    await scene.clock.advance(1_500);
    expect(scene.heardMs() - before).toBe(1_000);
    const reported = scene.playbacks().map((it) => [it.response_id, it.state]);
    expect(reported).not.toContainEqual(["resp_2", "paused"]);
    await scene.server.until((it) => it.response_id === "resp_2" && it.state === "ended");
  });

  test("what came of a reply before its server was lost is heard out, and its rest behind it", async () => {
    const scene = await open();
    await reply(scene, 1, undefined);
    await scene.clock.advance(200);
    await scene.server.send({ type: "kuku.playback.pause", response_id: "resp_1" });
    await scene.server.send({ type: "kuku.resumed", complete: false, input_audio_ms: 0 });
    await reply(scene, 2, "completed");
    await scene.clock.advance(2_500);
    const over = scene.positions.filter((it) => it.state === "ended");
    expect(over.map((it) => [it.responseNumber, it.playedSamples])).toEqual([
      [1, 24_000],
      [2, 24_000],
    ]);
    // The new server knows nothing of the first.
    const reported = scene.playbacks().map((it) => [it.response_id, it.state]);
    expect(reported).toContainEqual(["resp_2", "ended"]);
    expect(reported).not.toContainEqual(["resp_1", "ended"]);
  });

  test("on a plain Realtime connection it reports nothing that the protocol does not have", async () => {
    const scene = await open(["realtime"]);
    const audio = Buffer.from(second.buffer).toString("base64");
    await scene.server.send({ type: "response.created", response: { id: "resp_1" } });
    await scene.server.send({ type: "response.output_audio.delta", response_id: "resp_1", delta: audio });
    await scene.settled();
    await scene.clock.advance(500);
    scene.conversation.commit();
    await scene.server.until((it) => it.type === "input_audio_buffer.commit");
    expect(scene.playbacks()).toEqual([]);
    expect(scene.positions.at(-1)).toMatchObject({ state: "playing" });
  });

  test("closed, the player holds no timer", async () => {
    const scene = await open();
    await reply(scene, 1, undefined);
    scene.conversation.close();
    await scene.conversation.closed;
    expect(scene.clock.pending).toBe(0);
  });
});
