/** Audio of items that are asked for, in sessions that are recorded. */
import { expect, test } from "vitest";
import { pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import type { Item } from "../../../src/protocol/items.ts";
import { ItemAudio } from "../../../src/session/outbound/item-audio.ts";
import { ReplayBuffer } from "../../../src/session/outbound/replay-buffer.ts";
import {
  pushToTalk,
  recording,
  sessionUpdate,
  silence,
  type TestSessionOptions,
  testSession,
  userText,
} from "../../support/session.ts";

const record = (on: boolean) => sessionUpdate({ kuku: { greet: false, record: on } });

async function recorded(options: TestSessionOptions = {}) {
  const s = testSession({ extended: true, replies: ["One two three four five."], ...options });
  s.client(record(true));
  await s.sends("session.updated");
  let asked = 0;
  const retrieve = async (item_id: string) => {
    s.client({ type: "conversation.item.retrieve", item_id });
    const { item } = await s.sends("conversation.item.retrieved", ++asked);
    return item;
  };
  return { s, retrieve };
}

function audioOf(item: Item): Buffer | undefined {
  if (item.type !== "message") return undefined;
  const [part] = item.content;
  return part && "audio" in part && part.audio !== undefined ? Buffer.from(part.audio, "base64") : undefined;
}

/** Speaks a turn and answers it: what came in, and the items of both. */
async function turn({ s }: Awaited<ReturnType<typeof recorded>>) {
  s.client(sessionUpdate({ audio: { input: { turn_detection: { type: "server_vad" } } } }));
  await s.sends("session.updated", 2);
  const pcm = Int16Array.from([...recording("fox-slt"), ...silence(1000)]);
  await s.hear(pcm);
  const { item_id } = await s.sends("input_audio_buffer.committed");
  const { response } = await s.sends("response.done");
  return { input: Buffer.from(pcmToBytes(pcm)), heard: item_id, said: response.output[0]!.id };
}

test("[C9] an utterance's audio is what came between its beginning and its end, sample for sample", async () => {
  const t = await recorded();
  const { input, heard } = await turn(t);
  const item = await t.retrieve(heard);
  expect(item).toMatchObject({ content: [{ type: "input_audio", transcript: expect.stringMatching(/./) }] });
  const audio = audioOf(item)!;
  const { audio_start_ms } = await t.s.sends("input_audio_buffer.speech_started");
  const { audio_end_ms } = await t.s.sends("input_audio_buffer.speech_stopped");
  const from = audio_start_ms * 48;
  expect(audio.length).toBeGreaterThan(96_000);
  expect(from + audio.length).toBeLessThanOrEqual(audio_end_ms * 48 + 2);
  expect(audio.equals(input.subarray(from, from + audio.length))).toBe(true);
});

test("[C9] a reply's audio is what was sent of it, and what stands in the conversation has none", async () => {
  const t = await recorded();
  const { said } = await turn(t);
  const sent = t.s.sent.flatMap((each) => (each.type === "audio" ? [each.audio.bytes] : []));
  expect(audioOf(await t.retrieve(said))!.equals(Buffer.concat(sent))).toBe(true);
  expect(t.s.state().entries.map(({ item }) => audioOf(item))).toEqual([undefined, undefined]);
});

test("[C9] of a reply that was cut only what was heard", async () => {
  const t = await recorded();
  const { said } = await turn(t);
  const sent = t.s.sent.flatMap((each) => (each.type === "audio" ? [each.audio.bytes] : []));
  t.s.client({ type: "conversation.item.truncate", item_id: said, content_index: 0, audio_end_ms: 300 });
  await t.s.sends("conversation.item.truncated");
  const audio = audioOf(await t.retrieve(said))!;
  expect(audio.equals(Buffer.concat(sent).subarray(0, 300 * 48))).toBe(true);
});

test("[C9] in push to talk, in the format in which it came", async () => {
  const t = await recorded();
  t.s.client(pushToTalk);
  t.s.client(sessionUpdate({ audio: { input: { format: { type: "audio/pcmu" } } } }));
  await t.s.sends("session.updated", 3);
  const bytes = Uint8Array.from({ length: 8000 }, (_, i) => (i * 7) % 256);
  for (let at = 0; at < bytes.length; at += 160) {
    t.s.session.receiveAudio(bytes.subarray(at, at + 160));
    await t.s.clock.advance(20);
  }
  t.s.client({ type: "input_audio_buffer.commit" });
  const { item_id } = await t.s.sends("input_audio_buffer.committed");
  expect(audioOf(await t.retrieve(item_id))!.equals(Buffer.from(bytes))).toBe(true);
});

test("[C9] nothing where recording was not agreed to, nor once it no longer is, nor of what was typed", async () => {
  const t = await recorded();
  const { heard, said } = await turn(t);
  t.s.client(record(false));
  await t.s.sends("session.updated", 3);
  t.s.client(record(true));
  await t.s.sends("session.updated", 4);
  expect(audioOf(await t.retrieve(heard))).toBeUndefined();
  expect(audioOf(await t.retrieve(said))).toBeUndefined();
  t.s.client(userText("Hello.", "item_typed"));
  expect(audioOf(await t.retrieve("item_typed"))).toBeUndefined();

  const other = testSession({ extended: true, replies: ["One."] });
  other.client(sessionUpdate({ kuku: { greet: false } }));
  other.client(userText("Hello."));
  other.client({ type: "response.create" });
  const item_id = (await other.sends("response.done")).response.output[0]!.id;
  other.client({ type: "conversation.item.retrieve", item_id });
  expect(audioOf((await other.sends("conversation.item.retrieved")).item)).toBeUndefined();
});

test("[C9] four times, and a socket that comes back is not sent it again", async () => {
  const t = await recorded();
  const { said } = await turn(t);
  const lengths = [];
  for (let i = 0; i < 6; i++) lengths.push(audioOf(await t.retrieve(said))?.length ?? 0);
  expect(lengths.map((length) => length > 0)).toEqual([true, true, true, true, false, false]);
  const replay = new ReplayBuffer();
  const [updated] = t.s.of("session.updated");
  replay.add({ type: "event", event: updated! }, false);
  replay.add({ type: "event", event: t.s.of("conversation.item.retrieved")[0]! }, false);
  const kept = JSON.stringify(replay.since(updated!.event_id, undefined));
  expect(kept).toContain(said);
  expect(kept).not.toContain('"audio":"');
});

const event_id = "event_1";
const message = (id: string): Item => ({
  type: "message",
  role: "assistant",
  id,
  object: "realtime.item",
  status: "completed",
  content: [{ type: "output_audio", transcript: "" }],
});

test("[C9] no more than its share of memory: the oldest goes first, whole, and what is longer than all is never in part", async () => {
  const kept = new ItemAudio();
  const t = await recorded();
  kept.event(await t.s.sends("session.updated"));
  const say = (id: string, seconds: number) => {
    const item = message(id);
    kept.event({
      type: "response.output_item.added",
      event_id,
      response_id: "resp_1",
      output_index: 0,
      item,
    });
    for (let i = 0; i < seconds; i++)
      kept.audio({
        responseId: "resp_1",
        itemId: id,
        outputIndex: 0,
        contentIndex: 0,
        responseNumber: 1,
        startSample: i * 24_000,
        samples: 24_000,
        rate: 24_000,
        bytes: new Uint8Array(48_000),
      });
  };
  const length = (id: string) => audioOf(kept.fill(message(id)))?.length;
  say("a", 25);
  say("b", 25);
  say("c", 25);
  expect([length("a"), length("b"), length("c")]).toEqual([undefined, 1_200_000, 1_200_000]);
  say("d", 70);
  expect([length("b"), length("c"), length("d")]).toEqual([undefined, undefined, undefined]);
  // 31 s of input in one piece, or in many.
  kept.heard(new Uint8Array(31 * 48_000), 31_000);
  kept.commit("u", { startMs: 0, endMs: 31_000, width: 2 });
  for (let i = 0; i < 31; i++) kept.heard(new Uint8Array(48_000), 1000);
  kept.commit("v", { startMs: 31_000, endMs: 62_000, width: 2 });
  expect([length("u"), length("v")]).toEqual([undefined, undefined]);
});
