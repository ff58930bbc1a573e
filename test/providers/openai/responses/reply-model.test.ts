import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readAssessment } from "../../../../src/coach/flow/assessment.ts";
import { assessmentPrompt } from "../../../../src/coach/flow/assessment-prompt.ts";
import { manualClock } from "../../../../src/lib/clock.ts";
import type { Prompt } from "../../../../src/ports/prompt.ts";
import type { ReplyDelta } from "../../../../src/ports/reply-model.ts";
import type { UsageReport } from "../../../../src/ports/usage.ts";
import { openaiResponsesModel } from "../../../../src/providers/openai/responses/reply-model.ts";
import type { ResponsesAnswer } from "../../../support/upstream/responses.ts";
import { all, openPair } from "../fixtures.ts";
import { everythingIn, outcome, prompt } from "../stages.ts";

const key = "sk-proj-Abc123_secret-456";
const { signal } = new AbortController();
const textOf = (deltas: readonly ReplyDelta[]) =>
  deltas.map((delta) => (delta.type === "text" ? delta.delta : "")).join("");

const tools: Prompt["tools"] = [
  {
    name: "look_up",
    description: "Looks up.",
    parameters: { type: "object", properties: { q: { type: "string" } } },
  },
  { name: "end" },
];

describe("[PV9] the Responses API", () => {
  test("is sent the conversation as it is, each call with its result behind it, the note last, and stores nothing", async () => {
    const { fake, upstream } = await openPair({ responses: ["I hear you."] }, { apiKey: key });
    const model = openaiResponsesModel({ upstream, model: "m", temperature: 0.3, reasoningEffort: "low" });
    const asked: Prompt = {
      ...prompt,
      items: [
        { role: "user", text: "Hello." },
        { role: "assistant", text: "Hi." },
        { role: "tool_call", callId: "a", name: "look_up", arguments: '{"q":"x"}' },
        { role: "tool_call", callId: "b", name: "end", arguments: "{}" },
        { role: "tool_result", callId: "a", output: "found" },
        { role: "tool_result", callId: "lost", output: "of a call that is gone" },
      ],
      brief: { kind: "coaching", stage: "goal", round: 2, understood: true },
      tools,
      toolChoice: { name: "end" },
      parallelToolCalls: false,
    };
    const deltas = await all(model.reply(asked, { signal, maxOutputTokens: 100 }));
    const { body, headers } = await fake.request(0);
    expect(headers.authorization).toBe(`Bearer ${key}`);
    expect(body).toEqual({
      model: "m",
      stream: true,
      store: false,
      instructions: "You are a coach.",
      max_output_tokens: 100,
      temperature: 0.3,
      reasoning: { effort: "low" },
      parallel_tool_calls: false,
      input: [
        { role: "user", content: "Hello." },
        { role: "assistant", content: "Hi." },
        { type: "function_call", call_id: "a", name: "look_up", arguments: '{"q":"x"}' },
        { type: "function_call_output", call_id: "a", output: "found" },
        { type: "function_call", call_id: "b", name: "end", arguments: "{}" },
        { type: "function_call_output", call_id: "b", output: "" },
        { role: "system", content: expect.stringMatching(/^Facts for this turn/) },
      ],
      tools: [
        {
          type: "function",
          name: "look_up",
          description: "Looks up.",
          strict: false,
          parameters: tools[0]?.parameters,
        },
        { type: "function", name: "end", strict: false, parameters: { type: "object", properties: {} } },
      ],
      tool_choice: { type: "function", name: "end" },
    });
    expect(textOf(deltas)).toBe("I hear you.");
    expect(deltas.at(-1)).toEqual({
      type: "end",
      finish: "stop",
      usage: { inputTokens: 11, cachedInputTokens: 4, outputTokens: 3 },
    });
  });

  test("functions are called whole, behind the text", async () => {
    const toolCalls = [
      { id: "a", name: "look_up", arguments: '{"q":"x"}' },
      { id: "b", name: "end", arguments: "" },
    ];
    const { upstream } = await openPair({ responses: [{ text: "One moment.", toolCalls }] });
    const deltas = await all(openaiResponsesModel({ upstream }).reply({ ...prompt, tools }, { signal }));
    expect(deltas.filter((delta) => delta.type !== "text")).toEqual([
      { type: "tool_call", callId: "a", name: "look_up", arguments: '{"q":"x"}' },
      { type: "tool_call", callId: "b", name: "end", arguments: "{}" },
      { type: "end", finish: "tool_calls", usage: expect.anything() },
    ]);
  });

  test("an assessment is asked for in its form, which its reader takes", async () => {
    const answer = { stage: "goal", topic: "Work", actions: [{ text: "Call Ann", when: null }] };
    const { fake, upstream } = await openPair({ responses: [JSON.stringify(answer)] });
    const asked = assessmentPrompt(
      { flow: "drill", language: "en-US" } as Parameters<typeof assessmentPrompt>[0],
      [{ role: "user", text: "I want less work." }],
    );
    const deltas = await all(openaiResponsesModel({ upstream }).reply(asked, { signal }));
    expect(readAssessment(textOf(deltas))).toMatchObject({ stage: "goal", actions: [{ text: "Call Ann" }] });
    const { text } = (await fake.request(0)).body as { text: { format: { schema: object } } };
    expect(text).toMatchObject({
      format: { type: "json_schema", name: "assessment", strict: false, schema: { type: "object" } },
    });
    const form = z.fromJSONSchema(text.format.schema as Parameters<typeof z.fromJSONSchema>[0]);
    expect(form.safeParse(answer).success).toBe(true);
    expect(form.safeParse({ ...answer, stage: "later" }).success).toBe(false);
  });

  test.each([
    ["the limit", { text: "One two three four.", incomplete: "max_output_tokens" }, "length"],
    ["the filter", { text: "One two", incomplete: "content_filter" }, "content_filter"],
    ["a refusal", { refusal: "I cannot help with that." }, "content_filter"],
    ["a reason that is new", { text: "One two", incomplete: "sunset" }, "unknown"],
  ] as [string, ResponsesAnswer, string][])(
    "%s ends it as incomplete; no refusal is said",
    async (_, answer, finish) => {
      const { upstream } = await openPair({ responses: [answer] });
      const deltas = await all(openaiResponsesModel({ upstream }).reply(prompt, { signal }));
      expect(deltas.at(-1)).toMatchObject({ type: "end", incomplete: true, finish });
      expect(textOf(deltas)).toBe(answer.text ?? "");
    },
  );

  test("a field that is refused is left out from then on; a limit under the least is raised to it", async () => {
    const refuse = (param: string) => ({
      status: 400,
      error: { message: `Unsupported parameter: ${param}`, param, code: "unsupported_parameter" },
    });
    const { fake, upstream } = await openPair({
      responses: ({ request }) => {
        if ("temperature" in request.body) return refuse("temperature");
        if (Number(request.body.max_output_tokens) < 16) return refuse("max_output_tokens");
        return "Fine.";
      },
    });
    const model = openaiResponsesModel({ upstream, temperature: 1 });
    for (let i = 0; i < 2; i++)
      expect(textOf(await all(model.reply(prompt, { signal, maxOutputTokens: 2 })))).toBe("Fine.");
    expect(fake.requests).toHaveLength(4);
    expect(fake.requests.at(-1)?.body).toMatchObject({ max_output_tokens: 16 });
  });

  test.each([
    ["a key that is refused", { status: 401 }, "rejected"],
    ["a rate limit", { status: 429 }, "rate_limited"],
    ["a server that is down", { status: 503 }, "unavailable"],
    ["a failed response", { failed: { code: "server_error", message: `Sorry, ${key}` } }, "unavailable"],
    [
      "a rate limit told inside",
      { failed: { code: "rate_limit_exceeded", message: "slow" } },
      "rate_limited",
    ],
    ["an error event", { text: "One", errorEvent: { code: "invalid_prompt", message: key } }, "rejected"],
    ["a stream cut on the way", { text: "One two three.", cutAfter: 2 }, "unavailable"],
    ["a stream that ends too early", { text: "One two three.", endAfter: 2 }, "unavailable"],
    ["nothing said and nothing called", { text: "" }, "malformed"],
    ["a page", { garbage: "<html>", headers: { "content-type": "text/html" } }, "malformed"],
  ] as [string, ResponsesAnswer, string][])("%s", async (_, answer, kind) => {
    const { upstream } = await openPair({ responses: [answer] }, { apiKey: key });
    const { error } = await outcome(openaiResponsesModel({ upstream }).reply(prompt, { signal }));
    expect(error).toMatchObject({ name: "StageError", stage: "reply", kind });
    expect(everythingIn(error)).not.toContain("Abc123");
  });

  test("a stall is a timeout; an abort closes the request, which is told as an estimate", async () => {
    const clock = manualClock();
    const { fake, upstream } = await openPair(
      { responses: [{ text: "One two.", stallAfter: 1 }] },
      {},
      clock,
    );
    const running = outcome(openaiResponsesModel({ upstream }).reply(prompt, { signal }));
    await fake.request(0);
    while (clock.pending === 0) await clock.advance(0);
    for (let waited = 0; waited < 12; waited++) await clock.advance(1000);
    expect((await running).error).toMatchObject({ kind: "timeout" });
    const stop = new AbortController();
    const reports: UsageReport[] = [];
    const onUsage = (report: UsageReport) => reports.push(report);
    const reading = (async () => {
      for await (const _ of openaiResponsesModel({ upstream }).reply(prompt, {
        signal: stop.signal,
        onUsage,
      }))
        stop.abort("barge in");
    })();
    await expect(reading).rejects.toBe("barge in");
    await fake.quiet();
    expect(await (await fake.request(1)).ended).toBe("closed_by_client");
    expect(reports).toMatchObject([{ stage: "reply", estimated: true, inputTokens: expect.any(Number) }]);
  });
});
