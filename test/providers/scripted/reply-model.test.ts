import { describe, expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import type { Prompt } from "../../../src/ports/prompt.ts";
import type { ReplyDelta } from "../../../src/ports/reply-model.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { collect } from "../../collect.ts";
import { replyModelContract } from "../reply-model-contract.ts";

replyModelContract("scripted", () => scriptedReplyModel());

const prompt: Prompt = {
  instructions: "abcd",
  items: [{ role: "user", text: "abcd" }],
  brief: { kind: "plain" },
  language: "en-US",
  tools: [],
  toolChoice: "auto",
};
const { signal } = new AbortController();
const textOf = (deltas: readonly ReplyDelta[]) =>
  deltas.map((delta) => (delta.type === "text" ? delta.delta : "")).join("");

describe("scriptedReplyModel", () => {
  test("gives its answers in order, and the last again and again", async () => {
    const model = scriptedReplyModel(["one", { text: ["t", "wo"] }]);
    const said = [];
    for (let i = 0; i < 3; i++) said.push(textOf(await collect(model.reply(prompt, { signal }))));
    expect(said).toEqual(["one", "two", "two"]);
  });

  test("asks a function with the prompt and the number of the call", async () => {
    const model = scriptedReplyModel(({ prompt, call }) => `${call} ${prompt.items.length}`);
    await collect(model.reply(prompt, { signal }));
    expect(textOf(await collect(model.reply(prompt, { signal })))).toBe("1 1");
  });

  test("text comes word by word, tool calls after it, usage at the end", async () => {
    const call = { callId: "call_1", name: "note", arguments: "{}" };
    const model = scriptedReplyModel([{ text: "One two.\n", toolCalls: [call] }]);
    expect(await collect(model.reply(prompt, { signal }))).toEqual([
      { type: "text", delta: "One" },
      { type: "text", delta: " two." },
      { type: "text", delta: "\n" },
      { type: "tool_call", ...call },
      { type: "end", usage: { inputTokens: 2, outputTokens: 4 } },
    ]);
  });

  test("waits as scripted, on the clock it was given", async () => {
    const clock = manualClock();
    const model = scriptedReplyModel([{ text: "One two", delayMs: 300, gapMs: 50 }], { clock });
    const at: number[] = [];
    const reading = (async () => {
      for await (const delta of model.reply(prompt, { signal }))
        if (delta.type === "text") at.push(clock.now());
    })();
    await clock.advance(1000);
    await reading;
    expect(at).toEqual([300, 350]);
    expect(clock.pending).toBe(0);
  });

  test("fails before the first delta, or after as many as asked", async () => {
    const model = scriptedReplyModel([
      { text: "One two", fail: "timeout" },
      { text: "One two", fail: "rate_limited", failAfter: 1 },
    ]);
    await expect(collect(model.reply(prompt, { signal }))).rejects.toMatchObject({
      stage: "reply",
      kind: "timeout",
      retryable: true,
    });
    const seen: ReplyDelta[] = [];
    const reading = (async () => {
      for await (const delta of model.reply(prompt, { signal })) seen.push(delta);
    })();
    await expect(reading).rejects.toMatchObject({ kind: "rate_limited" });
    expect(textOf(seen)).toBe("One");
  });

  test("stalls until it is aborted", async () => {
    const stop = new AbortController();
    const stream = scriptedReplyModel([{ text: "One two", stallAfter: 1 }])
      .reply(prompt, { signal: stop.signal })
      [Symbol.asyncIterator]();
    expect((await stream.next()).value).toEqual({ type: "text", delta: "One" });
    const stalled = stream.next();
    stop.abort("enough");
    await expect(stalled).rejects.toBe("enough");
  });

  test("refuses a script without answers", () => {
    expect(() => scriptedReplyModel([])).toThrow(RangeError);
  });
});
