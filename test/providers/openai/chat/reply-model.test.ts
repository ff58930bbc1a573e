import { describe, expect, test } from "vitest";
import type { Prompt } from "../../../../src/ports/prompt.ts";
import type { ReplyDelta } from "../../../../src/ports/reply-model.ts";
import type { UsageReport } from "../../../../src/ports/usage.ts";
import { openaiReplyModel } from "../../../../src/providers/openai/chat/reply-model.ts";
import type { ChatAnswer } from "../../../support/upstream/chat.ts";
import { all, openPair } from "../fixtures.ts";
import { outcome, prompt } from "../stages.ts";

const { signal } = new AbortController();
const textOf = (deltas: readonly ReplyDelta[]) =>
  deltas.map((delta) => (delta.type === "text" ? delta.delta : "")).join("");

async function answer(script: string | ChatAnswer, asked: Prompt = prompt): Promise<ReplyDelta[]> {
  const { upstream } = await openPair({ chat: [script] });
  return all(openaiReplyModel({ upstream }).reply(asked, { signal }));
}

test("the reply comes token by token and ends with its usage", async () => {
  const { fake, upstream } = await openPair({ chat: ["What would help?"] });
  const reports: UsageReport[] = [];
  const onUsage = (report: UsageReport) => reports.push(report);
  const model = openaiReplyModel({ upstream, model: "m", temperature: 0.4 });
  const deltas = await all(model.reply(prompt, { signal, maxOutputTokens: 90, onUsage }));
  const usage = { inputTokens: 11, outputTokens: 3 };
  expect(deltas).toEqual([
    { type: "text", delta: "What" },
    { type: "text", delta: " would" },
    { type: "text", delta: " help?" },
    { type: "end", finish: "stop", usage },
  ]);
  expect(reports).toEqual([{ stage: "reply", model: "m", ...usage }]);
  expect((await fake.request(0)).body).toEqual({
    model: "m",
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0.4,
    max_tokens: 90,
    messages: [
      { role: "system", content: "You are a coach." },
      { role: "user", content: "I have too much to do." },
    ],
  });
});

describe("tools", () => {
  const withTools: Prompt = {
    ...prompt,
    tools: [{ name: "end_session", description: "Ends it.", parameters: { type: "object" } }],
    toolChoice: { name: "end_session" },
  };

  test("are offered, and calls come whole", async () => {
    const toolCalls = [
      { id: "call_a", name: "end_session", arguments: '{"why":"done"}' },
      { id: "call_b", name: "end_session", arguments: "" },
    ];
    const { fake, upstream } = await openPair({ chat: [{ text: "Right.", toolCalls }] });
    const deltas = await all(openaiReplyModel({ upstream }).reply(withTools, { signal }));
    expect(deltas.slice(1, -1)).toEqual([
      { type: "tool_call", callId: "call_a", name: "end_session", arguments: '{"why":"done"}' },
      { type: "tool_call", callId: "call_b", name: "end_session", arguments: "{}" },
    ]);
    expect((await fake.request(0)).body).toMatchObject({
      tools: [
        {
          type: "function",
          function: { name: "end_session", description: "Ends it.", parameters: { type: "object" } },
        },
      ],
      tool_choice: { type: "function", function: { name: "end_session" } },
    });
  });

  test("[RF4] one call alone is asked for, and no more where the server does not know how", async () => {
    const refusal = { status: 400, error: { message: "Unknown parameter", param: "parallel_tool_calls" } };
    const { fake, upstream } = await openPair({ chat: [{ text: "Right." }, refusal, { text: "Right." }] });
    const model = openaiReplyModel({ upstream });
    const asked: Prompt = { ...withTools, parallelToolCalls: false };
    for (let i = 0; i < 2; i++) await all(model.reply(asked, { signal }));
    const bodies = fake.requests.map(({ body }) => body);
    expect(bodies.map((body) => (body as Record<string, unknown>).parallel_tool_calls)).toEqual([
      false,
      false,
      undefined,
    ]);
  });

  test("a call cut off by the limit is not made", async () => {
    const toolCalls = [{ id: "call_a", name: "end_session", arguments: '{"why":' }];
    const deltas = await answer({ text: "Right.", toolCalls, finish: "length" }, withTools);
    expect(deltas.map((delta) => delta.type)).toEqual(["text", "end"]);
    expect(deltas.at(-1)).toMatchObject({ incomplete: true });
  });
});

describe("endings", () => {
  test.each<[string, ChatAnswer, string]>([
    ["a filtered reply", { text: "Well", finish: "content_filter" }, "Well"],
    ["one filtered before its first word", { text: "", finish: "content_filter" }, ""],
    ["a refusal", { text: "", refusal: "I cannot help with that." }, ""],
    ["a refusal in the middle", { text: "Well,", refusal: "I cannot help with that." }, "Well,"],
  ])("[PV3] %s is incomplete, and a refusal's words are not said", async (_, script, said) => {
    const deltas = await answer(script);
    expect(textOf(deltas)).toBe(said);
    expect(deltas.at(-1)).toMatchObject({ type: "end", incomplete: true, finish: "content_filter" });
  });

  test.each<[string, ChatAnswer]>([
    ["no text and no call", { text: "" }],
    ["white space", { text: [" ", "\n"] }],
    ["thinking alone", { text: ["<think>Hm.", "</think>"] }],
  ])("[R12] %s is no reply", async (_, script) => {
    await expect(answer(script)).rejects.toMatchObject({ kind: "malformed" });
  });

  test("a stream that ends in good order before the reply does is a failure", async () => {
    await expect(answer({ text: "one two three", endAfter: 3 })).rejects.toMatchObject({
      kind: "unavailable",
    });
  });

  test("a connection lost after the last word costs the usage alone", async () => {
    // Three words, the finish; then the cut.
    const deltas = await answer({ text: "one two three", cutAfter: 4 });
    expect(textOf(deltas)).toBe("one two three");
    expect(deltas.at(-1)).toEqual({ type: "end", finish: "stop" });
  });

  test.each([
    ["stop", "stop", false],
    ["length", "length", true],
    ["MAX_TOKENS", "length", true],
    ["content_filter", "content_filter", true],
    ["SAFETY", "content_filter", true],
    ["tool_calls", "tool_calls", false],
    ["end_turn", "stop", false],
    ["because", "unknown", false],
    ["constructor", "unknown", false],
  ])("[PV3] finish_reason %j is told as %s", async (finish, told, incomplete) => {
    const end = (await answer({ text: "Well.", finish })).at(-1);
    expect(end).toMatchObject({ type: "end", finish: told });
    expect(end?.type === "end" && (end.incomplete ?? false)).toBe(incomplete);
  });

  test.each(["error", "insufficient_system_resource"])("[PV3] %j is a failure", async (finish) => {
    await expect(answer({ text: "Well", finish })).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("content that is no plain text", () => {
  test.each<[string, readonly unknown[], string]>([
    [
      "parts",
      [
        [{ type: "text", text: "Hello" }],
        [
          { type: "text", text: " there" },
          { type: "text", text: "." },
        ],
      ],
      "Hello there.",
    ],
    [
      "parts without a type, or alone",
      [[{ text: "Hello" }], { type: "output_text", text: " there." }],
      "Hello there.",
    ],
    ["strings in a list", [["Hello", " there."]], "Hello there."],
    [
      "thinking beside the text",
      [
        [{ type: "thinking", thinking: [{ type: "text", text: "Hm." }] }],
        [
          { type: "thinking", text: "Hm." },
          { type: "image_url", image_url: {} },
          { type: "text", text: "Hello." },
        ],
      ],
      "Hello.",
    ],
    ["nonsense", [42, null, {}, [null, 7, {}], "Hello."], "Hello."],
  ])("[PV3] %s: what is text is said, and nothing else", async (_, text, said) => {
    const deltas = await answer({ text });
    expect(textOf(deltas)).toBe(said);
    for (const delta of deltas) if (delta.type === "text") expect(typeof delta.delta).toBe("string");
  });

  test("[PV3] arguments that come as an object are JSON text", async () => {
    const call = { id: "call_a", name: "end_session", arguments: { why: "done" } as unknown as string };
    const deltas = await answer({ text: "", toolCalls: [call] });
    expect(deltas[0]).toMatchObject({ type: "tool_call", arguments: '{"why":"done"}' });
  });
});

describe("a field the server does not know", () => {
  test.each([
    ["stream_options", "stream_options", { include_usage: true }, undefined],
    ["temperature", "temperature", 0.4, undefined],
  ])("%s is left out, and that is remembered", async (param, field, first, later) => {
    const { fake, upstream } = await openPair({
      chat: ({ request }) =>
        request.body[field] === undefined
          ? { text: "Fine." }
          : { status: 400, error: { message: `Unsupported parameter: '${param}'`, param } },
    });
    const model = openaiReplyModel({ upstream, temperature: 0.4 });
    for (let i = 0; i < 2; i++) expect(textOf(await all(model.reply(prompt, { signal })))).toBe("Fine.");
    expect(fake.requests.map((request) => request.body[field])).toEqual([first, later, later]);
  });

  test("the older name of the limit becomes the newer one", async () => {
    const { fake, upstream } = await openPair({
      chat: ({ request }) =>
        request.body.max_tokens === undefined
          ? { text: "one two three" }
          : { status: 400, error: { message: "'max_tokens' is not supported: use 'max_completion_tokens'" } },
    });
    const deltas = await all(openaiReplyModel({ upstream }).reply(prompt, { signal, maxOutputTokens: 2 }));
    expect(deltas.at(-1)).toMatchObject({ incomplete: true });
    expect(fake.requests).toHaveLength(2);
  });

  test("any other refusal stays one", async () => {
    const { fake, upstream } = await openPair({
      chat: [{ status: 400, error: { message: "no such model" } }],
    });
    const { error } = await outcome(openaiReplyModel({ upstream }).reply(prompt, { signal }));
    expect(error).toMatchObject({ kind: "rejected" });
    expect(fake.requests).toHaveLength(1);
  });
});

describe("a model that thinks aloud", () => {
  test.each([
    ["in one delta", ["<think>Let me see.</think>\n\nHello", " there."], "Hello there."],
    ["its marks cut", ["\n<th", "ink>Let <b> me </thi", "nk>", "\nHello", " there."], "Hello there."],
    ["not at all", ["<thanks> Hello", " there."], "<thanks> Hello there."],
    ["only later", ["Hello <think>there</think>."], "Hello <think>there</think>."],
    ["nearly", ["<thi"], "<thi"],
  ])("%s", async (_, text, said) => {
    expect(textOf(await answer({ text }))).toBe(said);
  });
});
