/** What every ReplyModel keeps to, whoever answers. */
import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import type { Brief } from "../../src/ports/brief.ts";
import type { Prompt } from "../../src/ports/prompt.ts";
import type { ReplyDelta, ReplyModel, ReplyOptions } from "../../src/ports/reply-model.ts";

const briefs: readonly Brief[] = [
  { kind: "plain" },
  { kind: "greeting", persona: "kuku" },
  { kind: "greeting", persona: "reader", sentence: "The quick brown fox jumps over the lazy dog." },
  { kind: "coaching", stage: "topic", round: 1, understood: false },
  {
    kind: "drill",
    sentence: "The quick brown fox.",
    outcome: "not_heard",
    next: "The quick brown fox.",
  },
];

const promptFor = (brief: Brief): Prompt => ({
  instructions: "You are a coach.",
  items: brief.kind === "greeting" ? [] : [{ role: "user", text: "I have too much to do." }],
  brief,
  language: "en-US",
  tools: [],
  toolChoice: "auto",
});

async function collect(model: ReplyModel, brief: Brief, options: ReplyOptions): Promise<ReplyDelta[]> {
  const deltas: ReplyDelta[] = [];
  for await (const delta of model.reply(promptFor(brief), options)) deltas.push(delta);
  return deltas;
}

const textOf = (deltas: readonly ReplyDelta[]) =>
  deltas.map((delta) => (delta.type === "text" ? delta.delta : "")).join("");

/** Runs the suite on the model that `open` gives. */
export function replyModelContract(name: string, open: () => ReplyModel | Promise<ReplyModel>): void {
  describe(`ReplyModel contract: ${name}`, () => {
    test.each(briefs.map((brief) => [`${brief.kind}`, brief] as const))(
      "answers a %s brief: text, then exactly one end",
      async (_, brief) => {
        const deltas = await collect(await open(), brief, { signal: new AbortController().signal });
        expect(textOf(deltas).trim()).not.toBe("");
        expect(deltas.filter((delta) => delta.type === "text" && delta.delta === "")).toEqual([]);
        expect(deltas.filter((delta) => delta.type === "end")).toHaveLength(1);
        expect(deltas.at(-1)).toMatchObject({ type: "end" });
        expect(deltas.at(-1)).not.toMatchObject({ incomplete: true });
      },
    );

    test("stops at maxOutputTokens and says that it is incomplete", async () => {
      const model = await open();
      const { signal } = new AbortController();
      const whole = textOf(await collect(model, { kind: "plain" }, { signal }));
      const cut = await collect(model, { kind: "plain" }, { signal, maxOutputTokens: 2 });
      expect(cut.at(-1)).toMatchObject({ type: "end", incomplete: true });
      expect(textOf(cut).length).toBeLessThan(whole.length);
    });

    test("called with an aborted signal, rejects with its reason", async () => {
      const model = await open();
      const stop = new AbortController();
      stop.abort("barge in");
      await expect(collect(model, { kind: "plain" }, { signal: stop.signal })).rejects.toBe("barge in");
    });

    test("aborted on the way, rejects with the reason and says no more", async () => {
      const model = await open();
      const stop = new AbortController();
      const seen: ReplyDelta[] = [];
      const reading = (async () => {
        for await (const delta of model.reply(promptFor({ kind: "plain" }), { signal: stop.signal })) {
          seen.push(delta);
          stop.abort("barge in");
        }
      })();
      await expect(reading).rejects.toBe("barge in");
      expect(seen).toHaveLength(1);
    });

    test("leaves no listener on the signal", async () => {
      const model = await open();
      const { signal } = new AbortController();
      await collect(model, { kind: "plain" }, { signal });
      for await (const _ of model.reply(promptFor({ kind: "plain" }), { signal })) break;
      expect(getEventListeners(signal, "abort")).toHaveLength(0);
    });

    test("replies made at once do not mix", async () => {
      const model = await open();
      const { signal } = new AbortController();
      const replies = await Promise.all(briefs.map((brief) => collect(model, brief, { signal })));
      for (const deltas of replies) {
        expect(deltas.filter((delta) => delta.type === "end")).toHaveLength(1);
        expect(textOf(deltas).trim()).not.toBe("");
      }
    });
  });
}
