import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { type ReplyStreamOptions, reply } from "../../../src/pipeline/mouth/reply.ts";
import type { ReplyEvent } from "../../../src/pipeline/mouth/reply-events.ts";
import type { Prompt } from "../../../src/ports/prompt.ts";
import type { Synthesizer } from "../../../src/ports/synthesizer.ts";
import { type ScriptedReply, scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { type ScriptedSpeech, scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { collect } from "../../collect.ts";

const prompt: Prompt = {
  instructions: "",
  items: [],
  brief: { kind: "plain" },
  language: "en-US",
  tools: [],
  toolChoice: "auto",
};
const RATE = 24_000;
const clock = manualClock();

function options(
  answer: string | ScriptedReply,
  speech?: ScriptedSpeech | readonly ScriptedSpeech[] | Synthesizer,
  signal: AbortSignal = new AbortController().signal,
): ReplyStreamOptions {
  const model = scriptedReplyModel([answer], { clock });
  const base = { model, clock, voice: "scripted", speed: 1, rate: RATE, language: "en-US", signal };
  if (speech === undefined) return base;
  if ("synthesize" in speech) return { ...base, synthesizer: speech };
  const script = Array.isArray(speech) ? speech : [speech];
  return { ...base, synthesizer: scriptedSynthesizer(script, { clock }) };
}

/** Reads until the stream ends or fails; what came, and the failure. */
async function readOut(stream: AsyncIterable<ReplyEvent>) {
  const events: ReplyEvent[] = [];
  try {
    for await (const event of stream) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}
const textOf = (events: readonly ReplyEvent[]) =>
  events.map((event) => (event.type === "transcript" || event.type === "text" ? event.delta : "")).join("");
const samplesOf = (events: readonly ReplyEvent[]) =>
  events.reduce((sum, event) => sum + (event.type === "audio" ? event.pcm.length : 0), 0);
const outline = (events: readonly ReplyEvent[]) =>
  events
    .map((event) => event.type)
    .filter((type, i, all) => type !== all[i - 1])
    .join(" ");

/** A synthesizer that notes what it was asked for and when it was told to stop. */
function watched(speech: ScriptedSpeech = {}) {
  const inner = scriptedSynthesizer([speech], { clock });
  const asked: string[] = [];
  const stopped: string[] = [];
  const synthesizer: Synthesizer = {
    ...inner,
    synthesize(text, options) {
      asked.push(text);
      options.signal.addEventListener("abort", () => stopped.push(text));
      return inner.synthesize(text, options);
    },
  };
  return { synthesizer, asked, stopped };
}

describe("a spoken reply", () => {
  test("[PV6] a sentence that was said otherwise is followed by what was said, before the next begins", async () => {
    const inner = scriptedSynthesizer([{}], { clock });
    const synthesizer: Synthesizer = {
      ...inner,
      async *synthesize(text, call) {
        yield* inner.synthesize(text, call);
        if (text.startsWith("One")) call.onDeparture?.("One was there.");
      },
    };
    const { events } = await readOut(reply(prompt, options("One is here. Two is there.", synthesizer)));
    expect(outline(events)).toBe("transcript audio departure transcript audio end");
    expect(events).toContainEqual({ type: "departure", said: "One was there." });
  });

  test("[PV6] what a voice says otherwise is known while the sentence goes on, its words timed within the reply", async () => {
    const inner = scriptedSynthesizer([{}], { clock });
    const words = [{ text: "Two", startMs: 100, endMs: 200 }];
    const synthesizer: Synthesizer = {
      ...inner,
      async *synthesize(text, call) {
        if (text.startsWith("Two")) call.onDeparture?.("Two", words);
        yield* inner.synthesize(text, call);
        if (text.startsWith("Two")) call.onDeparture?.(text);
      },
    };
    const seen: unknown[] = [];
    let reading: unknown;
    for await (const event of reply(prompt, options("One is here. Two is there.", synthesizer))) {
      if (event.type === "transcript") reading = event.reading;
      if (event.type === "audio") seen.push(structuredClone(reading));
      expect(event.type).not.toBe("departure");
    }
    const startMs = "One is here.".length * 60;
    expect(seen[0]).toEqual({});
    expect(seen).toContainEqual({
      said: "Two",
      words: [{ text: "Two", startMs: startMs + 100, endMs: startMs + 200 }],
    });
    expect(reading).toEqual({ said: "Two is there.", samples: "Two is there.".length * 60 * (RATE / 1000) });
  });

  test("gives each sentence's text and then its audio, and one end", async () => {
    const { events, error } = await readOut(reply(prompt, options("One is here. Two is there.", {})));
    expect(error).toBeUndefined();
    expect(outline(events)).toBe("transcript audio transcript audio end");
    expect(textOf(events)).toBe("One is here. Two is there.");
    expect(events.at(-1)).toMatchObject({ type: "end", incomplete: false, usage: { outputTokens: 6 } });
  });

  test("speaks what can be spoken, and passes the text on as it was written", async () => {
    const { synthesizer, asked } = watched();
    const text = "**Good.** 🎉\n\n```\ncode\n```\nSee [this](https://x.example).";
    const { events } = await readOut(reply(prompt, options(text, synthesizer)));
    expect(asked).toEqual(["Good.", "See this."]);
    expect(textOf(events)).toBe(text);
  });

  test("no frame is longer than 200 ms and none of the audio is lost", async () => {
    const text = "A sentence of some length is spoken here.";
    const { events } = await readOut(reply(prompt, options(text, { chunkMs: 730 })));
    for (const event of events)
      if (event.type === "audio") expect(event.pcm.length).toBeLessThanOrEqual(RATE / 5);
    expect(samplesOf(events)).toBe(Math.round((text.length * 60 * RATE) / 1000));
  });

  test("words are timed from the start of the reply and lie in the frame that carries them", async () => {
    const { events } = await readOut(
      reply(prompt, options("One is here now. Two is there.", { chunkMs: 500 })),
    );
    let position = 0;
    const words: string[] = [];
    for (const event of events) {
      if (event.type !== "audio") continue;
      const startMs = (position / RATE) * 1000;
      position += event.pcm.length;
      for (const word of event.words ?? []) {
        words.push(word.text);
        expect(word.startMs).toBeGreaterThanOrEqual(startMs);
        expect(word.startMs).toBeLessThan((position / RATE) * 1000);
      }
    }
    expect(words.join(" ")).toBe("One is here now. Two is there.");
  });

  test("tool calls come in their place, and the model's limit is passed on", async () => {
    const call = { callId: "call_1", name: "note", arguments: "{}" };
    const { events } = await readOut(reply(prompt, options({ text: "Noted", toolCalls: [call] }, {})));
    expect(outline(events)).toBe("transcript audio tool_call end");
    const cut = await readOut(reply(prompt, { ...options("One two three", {}), maxOutputTokens: 2 }));
    expect(textOf(cut.events)).toBe("One two");
    expect(cut.events.at(-1)).toMatchObject({ type: "end", incomplete: true });
  });

  test("says when the model's first delta came, once", async () => {
    let calls = 0;
    await collect(reply(prompt, { ...options("One two.", {}), onFirstDelta: () => calls++ }));
    await collect(reply(prompt, { ...options("One two."), onFirstDelta: () => calls++ }));
    expect(calls).toBe(2);
  });

  test("makes one sentence ahead of the one being read, and no more", async () => {
    const { synthesizer, asked } = watched();
    const stream = reply(prompt, options("One is. Two is. Three is. Four is.", synthesizer))[
      Symbol.asyncIterator
    ]();
    expect((await stream.next()).value).toMatchObject({ type: "transcript", delta: "One is." });
    await clock.advance(0);
    expect(asked).toEqual(["One is.", "Two is."]);
    let event = await stream.next();
    while (event.value.type === "audio") event = await stream.next();
    expect(event.value).toMatchObject({ type: "transcript", delta: " Two is." });
    await clock.advance(0);
    expect(asked).toEqual(["One is.", "Two is.", "Three is."]);
    await stream.return?.();
  });

  test("holds at most 10 s of audio that nobody reads", async () => {
    let made = 0;
    const endless: Synthesizer = {
      name: "endless",
      voices: ["scripted"],
      async *synthesize() {
        for (;;) {
          made += 0.1;
          yield { pcm: new Int16Array(RATE / 10) };
        }
      },
    };
    const stream = reply(prompt, options("On and on", endless))[Symbol.asyncIterator]();
    await stream.next();
    for (let i = 0; i < 5; i++) await clock.advance(0);
    expect(made).toBeGreaterThan(9);
    expect(made).toBeLessThan(11);
    await stream.return?.();
  });

  test("begins to speak before the model has finished", async () => {
    const clock = manualClock();
    const model = scriptedReplyModel([{ text: "Good to see you, Ana, on this day.", gapMs: 100 }], { clock });
    const synthesizer = scriptedSynthesizer();
    let firstAudioAt: number | undefined;
    const reading = (async () => {
      for await (const event of reply(prompt, { ...options(""), model, synthesizer }))
        if (event.type === "audio") firstAudioAt ??= clock.now();
    })();
    await clock.advance(5000);
    await reading;
    expect(firstAudioAt).toBe(400); // "Good to see you," is whole when " Ana," comes
  });
});

describe("a model that pauses", () => {
  test("[R11] is spoken up to its last whole sentence, after 300 ms, and goes on where it was", async () => {
    const { synthesizer, asked } = watched();
    const text = ["Well then.", " What", " is next?"];
    const { signal } = new AbortController();
    const reading = readOut(reply(prompt, options({ text, gapMs: 400 }, synthesizer, signal)));
    await clock.advance(299);
    expect(asked).toEqual([]);
    await clock.advance(1);
    expect(asked).toEqual(["Well then."]);
    await clock.advance(400);
    expect(asked).toEqual(["Well then."]);
    await clock.advance(100);
    const { events, error } = await reading;
    expect(error).toBeUndefined();
    expect(asked).toEqual(["Well then.", "What is next?"]);
    expect(textOf(events)).toBe("Well then. What is next?");
    expect([clock.pending, getEventListeners(signal, "abort").length]).toEqual([0, 0]);
  });

  test("[R11] and is then left or aborted, leaves no timer, whether it listens or not", async () => {
    for (const leave of ["return", "abort"] as const) {
      const stop = new AbortController();
      const deaf = new AbortController().signal;
      const model = scriptedReplyModel([{ text: "Well then. What", stallAfter: 2 }], { clock });
      const stream = reply(prompt, {
        ...options("", {}, stop.signal),
        model: { ...model, reply: (asked, call) => model.reply(asked, { ...call, signal: deaf }) },
      })[Symbol.asyncIterator]();
      const first = stream.next();
      await clock.advance(300);
      expect((await first).value).toMatchObject({ type: "transcript", delta: "Well then." });
      if (leave === "abort") stop.abort(new Error("barge_in"));
      else await stream.return?.();
      await clock.advance(0);
      expect(clock.pending).toBe(0);
    }
  });
});

describe("a written reply", () => {
  test("passes the model's text on as it comes", async () => {
    const call = { callId: "call_1", name: "note", arguments: "{}" };
    const events = await collect(reply(prompt, options({ text: ["a", "b "], toolCalls: [call] })));
    expect(events).toEqual([
      { type: "text", delta: "a" },
      { type: "text", delta: "b " },
      { type: "tool_call", ...call },
      { type: "end", incomplete: false, usage: { inputTokens: 0, outputTokens: 3 } },
    ]);
  });
});

describe("a reply's failures", () => {
  test("the synthesizer's comes after the audio made before it, and cancels the model", async () => {
    const speech = [{}, { fail: "unavailable" as const, failAfter: 1 }];
    const answer = { text: "One is here. Two is there. Three.", stallAfter: 7 };
    const { events, error } = await readOut(reply(prompt, options(answer, speech)));
    expect(error).toMatchObject({ name: "StageError", stage: "synthesize", kind: "unavailable" });
    expect(textOf(events)).toBe("One is here. Two is there.");
    expect(samplesOf(events)).toBe(Math.round(("One is here.".length * 60 * RATE) / 1000) + RATE / 10);
  });

  test("the model's comes after the sentences it finished", async () => {
    const answer: ScriptedReply = { text: "One is here. Two is", fail: "timeout", failAfter: 5 };
    const { events, error } = await readOut(reply(prompt, options(answer, {})));
    expect(error).toMatchObject({ name: "StageError", stage: "reply", kind: "timeout" });
    expect(textOf(events)).toBe("One is here.");
    expect(samplesOf(events)).toBeGreaterThan(0);
  });

  test("[R11] the model's comes after a last sentence that it finished, and without the words behind it", async () => {
    for (const text of ["One is here. Two is there.", "One is here. Two is there. And th"]) {
      const answer = { text, fail: "timeout", failAfter: text.split(" ").length } as const;
      const { events, error } = await readOut(reply(prompt, options(answer, {})));
      expect(error).toMatchObject({ kind: "timeout" });
      expect(textOf(events)).toBe("One is here. Two is there.");
    }
  });

  test("a model that stops without an end answered nonsense", async () => {
    const model = { name: "broken", callsTools: false, async *reply() {} };
    for (const speech of [undefined, {}]) {
      const { error } = await readOut(reply(prompt, { ...options("", speech), model }));
      expect(error).toMatchObject({ stage: "reply", kind: "malformed" });
    }
  });
});

describe("an aborted reply", () => {
  const cases: ReadonlyArray<readonly [string, ScriptedReply, ScriptedSpeech | undefined]> = [
    ["while the model thinks", { text: "One.", stallAfter: 0 }, {}],
    ["while the synthesizer is silent", { text: "One." }, { stallAfter: 0 }],
    ["between two frames", { text: "One is here. Two is there." }, { stallAfter: 1 }],
    ["as text alone", { text: "One is", stallAfter: 1 }, undefined],
  ];
  test.each(cases)("ends at once %s, and leaves nothing behind", async (_, answer, speech) => {
    const stop = new AbortController();
    const reading = readOut(reply(prompt, options(answer, speech, stop.signal)));
    await clock.advance(0);
    stop.abort("barge in");
    expect((await reading).error).toBe("barge in");
    expect(getEventListeners(stop.signal, "abort")).toHaveLength(0);
    expect(clock.pending).toBe(0);
  });

  test("drops audio that was made and not read", async () => {
    const stop = new AbortController();
    const stream = reply(prompt, options("One is here.", {}, stop.signal))[Symbol.asyncIterator]();
    await stream.next();
    await clock.advance(0);
    stop.abort("barge in");
    await expect(stream.next()).rejects.toBe("barge in");
  });

  test("does not wait for providers that do not listen", async () => {
    const stop = new AbortController();
    const never = new Promise<never>(() => {});
    const deaf = { [Symbol.asyncIterator]: () => ({ next: () => never, return: () => never }) };
    const synthesizer = { name: "deaf", voices: ["scripted"], synthesize: () => deaf };
    const reading = readOut(reply(prompt, options("One.", synthesizer, stop.signal)));
    await clock.advance(0);
    stop.abort("barge in");
    expect((await reading).error).toBe("barge in");
  });

  test("tells the synthesizer, also when the reader just leaves", async () => {
    const { synthesizer, stopped } = watched({ stallAfter: 1 });
    const { signal } = new AbortController();
    for await (const event of reply(prompt, options("One is here.", synthesizer, signal)))
      if (event.type === "audio") break;
    expect(stopped).toEqual(["One is here."]);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("leaves no listener after a reply read to its end, nor after a failed one", async () => {
    const { signal } = new AbortController();
    for (const speech of [undefined, {}, { fail: "timeout" as const }])
      await readOut(reply(prompt, options("One is here.", speech, signal)));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("called with an aborted signal, asks no provider", async () => {
    const stop = new AbortController();
    stop.abort("gone");
    const { synthesizer, asked } = watched();
    for (const speech of [undefined, synthesizer])
      expect((await readOut(reply(prompt, options("One.", speech, stop.signal)))).error).toBe("gone");
    expect(asked).toEqual([]);
  });
});

test("law: however the model's text is cut into deltas, the transcript and the audio are the same", async () => {
  const text = "Well, thank you for that, Ana. Dr. Who is 3.5 m tall! 🎉 What **next**?\n- one\n- two";
  const whole = await collect(reply(prompt, options({ text: [text] }, {})));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1 }), async (sizes) => {
      const deltas: string[] = [];
      for (let at = 0, i = 0; at < text.length; at += sizes[i++ % sizes.length] as number)
        deltas.push(text.slice(at, at + (sizes[i % sizes.length] as number)));
      const events = await collect(reply(prompt, options({ text: deltas }, {})));
      expect(events.slice(0, -1)).toEqual(whole.slice(0, -1));
    }),
    { numRuns: 30 },
  );
});
