import { expect, test } from "vitest";
import type { ScriptedReply } from "../../../src/providers/scripted/reply-model.ts";
import { heardText } from "../../../src/session/replies/spoken-text.ts";
import {
  pushToTalk,
  recording,
  sessionUpdate,
  type TestSessionOptions,
  testSession,
  userText,
} from "../../support/session.ts";

test("[R1] a second reply to the conversation is refused while one goes on", async () => {
  const s = testSession({ replies: [{ text: "Slow.", delayMs: 500 }] });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  s.client({ type: "response.create", event_id: "second" });
  expect((await s.sends("error")).error).toMatchObject({
    code: "conversation_already_has_active_response",
    event_id: "second",
  });
  await s.clock.advance(500);
  await s.sends("response.done");
  expect(s.of("response.created").length).toBe(1);
});

test("[R2] a reply waits for the transcript of what was said before it", async () => {
  const s = testSession({ transcripts: [{ text: "late words", delayMs: 800 }] });
  s.client(pushToTalk);
  await s.hear(recording("mhm-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  await s.sends("response.created");
  await s.clock.advance(700);
  expect(s.prompts).toEqual([]);
  await s.clock.advance(200);
  await s.sends("response.done");
  expect(s.prompts).toMatchObject([{ items: [{ text: "late words" }] }]);
});

test("[R3] cancel ends the reply under way, and says so where there is none", async () => {
  const s = testSession({ speech: { realTime: true } });
  s.client(userText("Hello."));
  s.client({ type: "response.cancel", event_id: "early" });
  expect((await s.sends("error")).error).toMatchObject({
    code: "response_cancel_not_active",
    event_id: "early",
  });
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  s.client({ type: "response.cancel" });
  s.client({ type: "response.create" });
  expect((await s.sends("response.done")).response.status_details).toEqual({
    type: "cancelled",
    reason: "client_cancelled",
  });
  await s.clock.advance(20_000);
  expect((await s.sends("response.done", 2)).response.status).toBe("completed");
  expect(s.of("error").length).toBe(1);
});

test("[R4] out-of-band replies run beside the conversation and leave it as it is", async () => {
  const s = testSession({ replies: ["aside", "aside", "main"], speech: { realTime: true } });
  s.client(userText("Hello.", "item_hello"));
  const aside = {
    type: "response.create",
    response: {
      conversation: "none",
      output_modalities: ["text"],
      metadata: { topic: "tags" },
      instructions: "Classify.",
      input: [
        { type: "item_reference", id: "item_hello" },
        { type: "message", role: "user", content: [{ type: "input_text", text: "What is this about?" }] },
      ],
    },
  } as const;
  s.client(aside as never);
  s.client(aside as never);
  s.client({ type: "response.create" });
  await s.clock.advance(20_000);
  await s.sends("response.done", 3);
  const asides = s.of("response.done").filter((done) => done.response.metadata?.topic === "tags");
  expect(asides.map((done) => done.response.output)).toMatchObject([
    [{ content: [{ type: "output_text", text: "aside" }] }],
    [{ content: [{ type: "output_text", text: "aside" }] }],
  ]);
  expect(s.prompts[0]).toMatchObject({
    instructions: "Classify.",
    items: [{ text: "Hello." }, { text: "What is this about?" }],
  });
  expect(s.of("conversation.item.added").length).toBe(2);
  s.client({ type: "response.create" });
  await s.sends("response.created", 4);
  expect(s.of("error")).toEqual([]);
});

test("[R4] an item reference to nowhere is refused", async () => {
  const s = testSession();
  s.client({ type: "response.create", response: { input: [{ type: "item_reference", id: "item_gone" }] } });
  expect((await s.sends("error")).error.param).toBe("response.input[0].id");
});

test("[R5] every response that is created is done exactly once, whatever is thrown at it", async () => {
  const s = testSession({ speech: { realTime: true } });
  s.client(userText("Hello."));
  for (let i = 0; i < 20; i++) {
    s.client({ type: "response.create" });
    if (i % 3 === 0) await s.clock.advance(120 * i);
    s.client({ type: "response.cancel" });
    if (i % 4 === 0) s.client({ type: "output_audio_buffer.clear" });
  }
  await s.clock.advance(60_000);
  const created = s.of("response.created").map((event) => event.response.id);
  const done = s.of("response.done").map((event) => event.response.id);
  expect(created.length).toBe(20);
  expect(done).toEqual(created);
});

const troubles: [string, TestSessionOptions, string][] = [
  ["reply", { replies: [{ fail: "rate_limited" }] }, "provider_rate_limited"],
  [
    "reply, midway",
    { replies: [{ text: "One. Two. Three.", fail: "timeout", failAfter: 2 }] },
    "provider_timeout",
  ],
  ["synthesis", { speech: { fail: "malformed" } }, "provider_malformed"],
];
test.each(troubles)(
  "[R6] a failing %s ends the reply as failed, and the next one works",
  async (_, trouble, code) => {
    const s = testSession({
      ...trouble,
      ...(trouble.replies && { replies: [...trouble.replies, "Better."] }),
    });
    s.client(userText("Hello."));
    s.client({ type: "response.create" });
    const { response } = await s.sends("response.done");
    expect(response.status).toBe("failed");
    expect(response.status_details?.error?.code).toBe(code);
    s.client({ type: "response.create", response: { output_modalities: ["text"] } });
    expect((await s.sends("response.done", 2)).response.status).toBe("completed");
    expect(s.faults).toEqual([]);
  },
);

test("[R7] a reply cut at max_output_tokens is incomplete", async () => {
  const s = testSession({ replies: ["one two three four five"] });
  s.client(userText("Hello."));
  s.client({ type: "response.create", response: { max_output_tokens: 2, output_modalities: ["text"] } });
  const { response } = await s.sends("response.done");
  expect(response.status_details).toEqual({ type: "incomplete", reason: "max_output_tokens" });
  expect(response.output).toMatchObject([{ status: "incomplete", content: [{ text: "one two" }] }]);
  expect(response.usage?.output_tokens).toBe(2);
});

test("[R7] a reply that the model's filter cut is incomplete, and says so", async () => {
  const s = testSession({ replies: [{ text: "one two", finish: "content_filter" }] });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  const { response } = await s.sends("response.done");
  expect(response.status_details).toEqual({ type: "incomplete", reason: "content_filter" });
});

test("[R5] a written reply comes in the reference's order", async () => {
  const s = testSession({ replies: ["Hello there."] });
  s.client(sessionUpdate({ output_modalities: ["text"] }));
  s.client(userText("Hello."));
  const from = s.sent.length;
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.types(from)).toEqual([
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
  ]);
});

test("[R5] a function call goes out whole and its output comes back into the prompt", async () => {
  const call = { callId: "call_7", name: "get_time", arguments: '{"zone":"UTC"}' };
  const s = testSession({ replies: [{ toolCalls: [call] }, "It is noon."] });
  s.client(sessionUpdate({ tools: [{ type: "function", name: "get_time" }] }));
  s.client(userText("What time is it?"));
  s.client({ type: "response.create" });
  const { response } = await s.sends("response.done");
  expect(response.output).toMatchObject([{ type: "function_call", call_id: "call_7", name: "get_time" }]);
  expect(s.of("response.function_call_arguments.done")[0]?.arguments).toBe(call.arguments);
  s.client({
    type: "conversation.item.create",
    item: { type: "function_call_output", call_id: "call_7", output: "12:00" },
  });
  s.client({ type: "response.create" });
  await s.sends("response.done", 2);
  expect(s.prompts[1]).toMatchObject({
    items: [
      { role: "user" },
      { role: "tool_call", name: "get_time" },
      { role: "tool_result", output: "12:00" },
    ],
  });
});

test.each([
  ["the session", { parallel_tool_calls: false }, {}],
  ["the response", {}, { parallel_tool_calls: false }],
])(
  "[RF4] one function is called at most where %s says so, whatever the model does",
  async (_who, session, response) => {
    const calls = ["a", "b"].map((callId) => ({ callId, name: "get_time", arguments: "{}" }));
    const s = testSession({ replies: [{ text: "One moment.", toolCalls: calls }] });
    s.client(sessionUpdate({ tools: [{ type: "function", name: "get_time" }], ...session }));
    s.client(userText("What time is it?"));
    s.client({ type: "response.create", response });
    const done = await s.sends("response.done");
    expect(done.response.output.filter(({ type }) => type === "function_call")).toMatchObject([
      { call_id: "a" },
    ]);
    expect(s.prompts).toMatchObject([{ parallelToolCalls: false }]);
  },
);

test("audio frames of a response are numbered and placed without gaps", async () => {
  const s = testSession({ replies: ["One two three. Four five six."] });
  for (const turn of [1, 2]) {
    s.client(userText("Hello."));
    s.client({ type: "response.create" });
    await s.sends("response.done", turn);
  }
  for (const number of [1, 2]) {
    let next = 0;
    for (const event of s.sent) {
      if (event.type !== "audio" || event.audio.responseNumber !== number) continue;
      expect(event.audio.startSample).toBe(next);
      next += event.audio.bytes.length / 2;
    }
    expect(next).toBeGreaterThan(24_000);
  }
});

test("[B4] heard text: whole words only, nothing at 0, everything at the end", () => {
  const pieces = [
    { text: "One two. ", startMs: 0, endMs: 1000, words: [] },
    {
      text: "It is 21 now.",
      startMs: 1000,
      endMs: 3000,
      words: [
        { text: "it", startMs: 1000, endMs: 1200 },
        { text: "is", startMs: 1200, endMs: 1500 },
        { text: "twenty", startMs: 1500, endMs: 2000 },
        { text: "one", startMs: 2000, endMs: 2300 },
        { text: "now", startMs: 2300, endMs: 3000 },
      ],
    },
  ];
  expect(heardText(pieces, 0)).toBe("");
  expect(heardText(pieces, 499)).toBe("");
  expect(heardText(pieces, 500)).toBe("One");
  expect(heardText(pieces, 1000)).toBe("One two.");
  expect(heardText(pieces, 1500)).toBe("One two. It");
  expect(heardText(pieces, 3000)).toBe("One two. It is 21 now.");
  expect(heardText(pieces, 9999)).toBe("One two. It is 21 now.");
});

test("[R8] the first output of a reply to a spoken turn is followed by where its time went", async () => {
  const s = testSession({
    extended: true,
    transcripts: [{ text: "Hello.", delayMs: 120 }],
    replies: [{ text: "Hi.", delayMs: 200 }],
    speech: { delayMs: 150 },
  });
  s.client(sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection: null } } }));
  await s.hear(recording("mhm-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  const { item_id } = await s.sends("input_audio_buffer.committed");
  await s.clock.advance(1000);
  expect(await s.sends("kuku.latency")).toMatchObject({
    item_id,
    transcript_ms: 120,
    first_token_ms: 320,
    first_audio_ms: 470,
  });
  expect(s.sent[s.sent.findIndex((event) => event.type === "kuku.latency") - 1]?.type).toBe("audio");
});

const kukuSession = sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection: null } } });

test.each<[string, TestSessionOptions]>([
  ["the transcriber", { transcripts: [{ fail: "timeout" }] }],
  ["the reply model", { replies: [{ fail: "timeout" }] }],
  ["the reply model, midway", { replies: [{ text: "One. Two. Three.", fail: "timeout", failAfter: 2 }] }],
])("[R9] %s fails: one error, and an apology is heard", async (_, trouble) => {
  const s = testSession({ extended: true, ...trouble });
  s.client(kukuSession);
  await s.hear(recording("mhm-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  const { response } = await s.sends("response.done", 2);
  expect(s.of("response.done")[0]?.response.status).toBe("failed");
  expect(response.output).toMatchObject([{ content: [{ transcript: expect.stringContaining("Sorry") }] }]);
  expect(s.of("error").map(({ error }) => error.code)).toEqual(["provider_timeout"]);
  expect(s.sent.findLastIndex((event) => event.type === "audio")).toBeGreaterThan(
    s.sent.findIndex((event) => event.type === "error"),
  );
  await s.clock.advance(60_000);
  expect(s.of("response.created").length).toBe(2);
});

test("[R11] the sentence before a model's pause is heard in that pause", async () => {
  const s = testSession({ replies: [{ text: "That is a start. What next", stallAfter: 4 }] });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.clock.advance(1_000);
  expect(s.of("response.output_audio_transcript.delta").map(({ delta }) => delta)).toEqual([
    "That is a start.",
  ]);
  expect(s.types()).toContain("audio");
});

test.each<[string, ScriptedReply]>([
  ["nothing", { text: "" }],
  ["white space", { text: [" ", "\n"] }],
  ["what no voice says", { text: "🙂" }],
])("[R12] a model that answers %s has failed, and an apology is heard", async (_, answer) => {
  const s = testSession({ extended: true, replies: [answer, "Better."] });
  s.client(kukuSession);
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  const { response } = await s.sends("response.done", 2);
  expect(s.of("response.done")[0]?.response.status_details).toMatchObject({
    type: "failed",
    error: { code: "provider_malformed" },
  });
  expect(response.output).toMatchObject([{ content: [{ transcript: expect.stringContaining("Sorry") }] }]);
  s.client({ type: "response.create" });
  expect((await s.sends("response.done", 3)).response.status).toBe("completed");
});

test("[R12] a written reply that is empty has failed; one that calls a function has not", async () => {
  const call = { callId: "call_1", name: "note", arguments: "{}" };
  const s = testSession({ replies: [{ text: " " }, { toolCalls: [call] }] });
  s.client(sessionUpdate({ output_modalities: ["text"] }));
  s.client(userText("Hello."));
  for (const status of ["failed", "completed"]) {
    s.client({ type: "response.create" });
    const { response } = await s.sends("response.done", status === "failed" ? 1 : 2);
    expect(response.status).toBe(status);
  }
});

test.each<[string, ScriptedReply, string, string]>([
  ["refuses", { text: "", finish: "content_filter" }, "content_filter", "Sorry, I can't answer that."],
  ["spends its tokens on nothing", { text: "", finish: "length" }, "max_output_tokens", "Sorry, I lost"],
])("[R12] a model that %s is told as that, and an apology is heard", async (_, answer, reason, apology) => {
  const s = testSession({ extended: true, replies: [answer] });
  s.client(kukuSession);
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  const { response } = await s.sends("response.done", 2);
  expect(s.of("response.done")[0]?.response).toMatchObject({
    status: "incomplete",
    status_details: { type: "incomplete", reason },
    output: [],
  });
  expect(response.output).toMatchObject([{ content: [{ transcript: expect.stringContaining(apology) }] }]);
  expect(s.types()).toContain("audio");
  await s.clock.advance(60_000);
  expect(s.of("response.created").length).toBe(2);
  expect(s.of("error")).toEqual([]);
});

test("[R12] a plain client is told of a refusal, and nothing more is said", async () => {
  const s = testSession({ replies: [{ text: "", finish: "content_filter" }] });
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  expect((await s.sends("response.done")).response.status_details).toEqual({
    type: "incomplete",
    reason: "content_filter",
  });
  await s.clock.advance(60_000);
  expect(s.of("response.created").length).toBe(1);
});

test("[R9] a voice that fails is not apologised for by voice, nor an apology by another", async () => {
  const s = testSession({ extended: true, speech: { fail: "unavailable" } });
  s.client(kukuSession);
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.sends("error");
  await s.clock.advance(60_000);
  expect(s.of("response.created").length).toBe(1);
  const both = testSession({
    extended: true,
    replies: [{ fail: "timeout" }],
    speech: { fail: "unavailable" },
  });
  both.client(kukuSession);
  both.client(userText("Hello."));
  both.client({ type: "response.create" });
  await both.sends("error", 2);
  await both.clock.advance(60_000);
  expect(both.of("response.created").length).toBe(2);
});
