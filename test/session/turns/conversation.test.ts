import { expect, test } from "vitest";
import { pcmToBytes } from "../../../src/pipeline/audio/pcm.ts";
import { UserTexts } from "../../../src/server/conversations/user-texts.ts";
import { recording, sessionUpdate, testSession, userText } from "../../support/session.ts";

const ids = (s: ReturnType<typeof testSession>) => s.state().entries.map((entry) => entry.item.id);

test("[C1] items stand at the end, after another, or first", async () => {
  const s = testSession();
  s.client(userText("a", "a"));
  s.client(userText("b", "b"));
  s.client({ ...userText("c", "c"), previous_item_id: "a" } as never);
  s.client({ ...userText("d", "d"), previous_item_id: "root" } as never);
  expect(ids(s)).toEqual(["d", "a", "c", "b"]);
  expect(s.of("conversation.item.added").map((event) => event.previous_item_id)).toEqual([
    null,
    "a",
    "a",
    null,
  ]);
});

test.each([
  ["a taken id", userText("again", "a"), "item_create_invalid_item_id", "item.id"],
  [
    "an unknown place",
    { ...userText("x"), previous_item_id: "nowhere" } as never,
    "item_create_invalid_item_id",
    "previous_item_id",
  ],
  [
    "an output without its call",
    {
      type: "conversation.item.create",
      item: { type: "function_call_output", call_id: "call_9", output: "" },
    } as never,
    "invalid_tool_call_id",
    "item.call_id",
  ],
  [
    "audio of half a sample",
    {
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_audio", audio: "AAAA" }] },
    } as never,
    "invalid_audio",
    "item.content[0].audio",
  ],
])("[C1] %s is refused by name", async (_, event, code, param) => {
  const s = testSession();
  s.client(userText("first", "a"));
  s.client(event);
  expect((await s.sends("error")).error).toMatchObject({ code, param });
  expect(ids(s)).toEqual(["a"]);
});

test("[C1] a full conversation takes no more", async () => {
  const s = testSession({ limits: { items: 2 } });
  for (const text of ["a", "b", "c"]) s.client(userText(text, text));
  expect((await s.sends("error")).error.code).toBe("conversation_full");
  expect(ids(s)).toEqual(["a", "b"]);
});

const output = (text: string) => ({
  type: "conversation.item.create",
  event_id: "mine",
  item: { type: "message", role: "assistant", content: [{ type: "output_text", text }] },
});

test.each([
  ["an item", userText("é".repeat(600)), "item", "MAX_ITEM_BYTES"],
  ["the coach's item", output("x".repeat(1200)), "item", "MAX_ITEM_BYTES"],
  [
    "instructions",
    sessionUpdate({ instructions: "x".repeat(2100) }),
    "session.instructions",
    "MAX_INSTRUCTIONS_BYTES",
  ],
  [
    "tools",
    sessionUpdate({ tools: [{ type: "function", name: "f", description: "x".repeat(2100) }] }),
    "session.tools",
    "MAX_INSTRUCTIONS_BYTES",
  ],
])(
  "[IN7] %s that is too long is refused by name, and the session goes on",
  async (_, event, param, setting) => {
    const s = testSession({ limits: { itemBytes: 1024, instructionsBytes: 2048 } });
    s.client({ ...event, event_id: "mine" } as never);
    const { error } = await s.sends("error");
    expect(error).toMatchObject({ code: "message_too_large", param, event_id: "mine" });
    expect(error.message).toContain(setting);
    expect(ids(s)).toEqual([]);
    expect(s.of("session.updated")).toEqual([]);
    s.client(userText("short", "a"));
    expect(ids(s)).toEqual(["a"]);
  },
);

test("[IN7] the audio of an item does not count, and what is too long is refused before it waits for a commit", async () => {
  const s = testSession({ limits: { itemBytes: 1024 }, transcripts: ["from a file"] });
  const audio = Buffer.from(pcmToBytes(recording("mhm-slt"))).toString("base64");
  s.client({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_audio", audio }] },
  });
  expect(ids(s)).toHaveLength(1);
  s.client({ type: "input_audio_buffer.commit" });
  s.client(userText("x".repeat(2000)));
  expect(s.state().deferredEvents).toEqual([]);
  expect(s.of("error").map(({ error }) => error.code)).toEqual(["message_too_large"]);
});

test("[C8] a conversation holds so many bytes of items; one that is deleted makes room", async () => {
  const s = testSession({ limits: { conversationBytes: 2000 } });
  for (const id of ["a", "b", "c"]) s.client(userText("x".repeat(600), id));
  expect((await s.sends("error")).error).toMatchObject({
    code: "conversation_full",
    message: expect.stringContaining("MAX_CONVERSATION_BYTES"),
  });
  expect(ids(s)).toEqual(["a", "b"]);
  s.client({ type: "conversation.item.delete", item_id: "a" });
  s.client(userText("x".repeat(600), "d"));
  expect(ids(s)).toEqual(["b", "d"]);
});

test("[C8] so do all live conversations of a user together", async () => {
  const texts = new UserTexts(2000);
  const [one, two] = [1, 2].map(() => testSession({ userText: texts.open("ann") }));
  const other = testSession({ userText: texts.open("ben") });
  for (const s of [one!, two!, other]) for (const id of ["a", "b"]) s.client(userText("x".repeat(600), id));
  expect([one!, two!, other].map(ids)).toEqual([["a", "b"], [], ["a", "b"]]);
  expect((await two!.sends("error")).error.code).toBe("conversation_full");
  one!.session.end("client_gone");
  two!.client(userText("x".repeat(600), "c"));
  expect(ids(two!)).toEqual(["c"]);
});

test("[C2] audio in an item is transcribed before the reply", async () => {
  const s = testSession({ transcripts: [{ text: "from a file", delayMs: 400 }] });
  const audio = Buffer.from(pcmToBytes(recording("mhm-slt"))).toString("base64");
  s.client({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_audio", audio }] },
  });
  s.client({ type: "response.create" });
  await s.clock.advance(300);
  expect(s.prompts).toEqual([]);
  await s.clock.advance(200);
  await s.sends("response.done");
  expect(s.prompts).toMatchObject([{ items: [{ role: "user", text: "from a file" }] }]);
  expect(JSON.stringify(s.sent)).not.toContain(audio.slice(0, 100));
});

test("[C3] a typed message moves the coach on as speech does", async () => {
  const s = testSession({ extended: true });
  s.client(sessionUpdate({ kuku: { greet: false } }));
  s.client(userText("I want to talk about my week."));
  expect(await s.sends("coach.stage")).toMatchObject({ stage: "topic", round: 1 });
});

test("[C4] retrieve and delete", async () => {
  const s = testSession();
  s.client(userText("a", "a"));
  s.client({ type: "conversation.item.retrieve", item_id: "a" });
  expect((await s.sends("conversation.item.retrieved")).item.id).toBe("a");
  s.client({ type: "conversation.item.delete", item_id: "a" });
  await s.sends("conversation.item.deleted");
  expect(ids(s)).toEqual([]);
  s.client({ type: "conversation.item.delete", item_id: "a", event_id: "d" });
  s.client({ type: "conversation.item.retrieve", item_id: "a", event_id: "r" });
  await s.sends("error", 2);
  expect(s.of("error").map(({ error }) => [error.code, error.param, error.event_id])).toEqual([
    ["item_delete_invalid_item_id", "item_id", "d"],
    ["item_retrieve_invalid_item_id", "item_id", "r"],
  ]);
});
