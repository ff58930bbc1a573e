import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StageError, type StageErrorKind } from "../../../src/lib/errors.ts";
import type { ReplyDelta, ReplyModel } from "../../../src/ports/reply-model.ts";
import type { TranscriptEvent } from "../../../src/ports/transcriber.ts";
import { UpstreamFailure } from "../../../src/providers/openai/upstream-failure.ts";
import type { CircuitChange } from "../../../src/providers/resilient/circuit-breaker.ts";
import type { FailedAttempt } from "../../../src/providers/resilient/failover.ts";
import {
  type ResilienceOptions,
  resilientReplyModel,
  resilientSynthesizer,
  resilientTranscriber,
} from "../../../src/providers/resilient/resilient-providers.ts";
import { type ScriptedReply, scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { pieces, prompt, ramp } from "../openai/stages.ts";

// The library keeps its own clock: here time is moved for it too.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const never = new AbortController().signal;

/** A model that counts its calls. */
function counted(script: readonly (string | ScriptedReply)[]) {
  const model = scriptedReplyModel(script);
  let calls = 0;
  let open = 0;
  const reply: ReplyModel["reply"] = async function* (asked, options) {
    calls++;
    open++;
    try {
      yield* model.reply(asked, options);
    } finally {
      open--;
    }
  };
  return { model: { ...model, reply }, calls: () => calls, open: () => open };
}

/** Fails each time, as an upstream that asks for a rest would. */
function limited(retryAfterMs: number, times: number, text: string) {
  let calls = 0;
  const model = scriptedReplyModel([text]);
  const reply: ReplyModel["reply"] = async function* (asked, options) {
    if (calls++ < times)
      throw new StageError("reply", "rate_limited", {
        cause: new UpstreamFailure("slow down", { retryAfterMs }),
      });
    yield* model.reply(asked, options);
  };
  return { model: { ...model, reply }, calls: () => calls };
}

async function collect(model: ReplyModel, signal = never) {
  const deltas: ReplyDelta[] = [];
  let error: unknown;
  try {
    for await (const delta of model.reply(prompt, { signal })) deltas.push(delta);
  } catch (thrown) {
    error = thrown;
  }
  const text = deltas.map((delta) => (delta.type === "text" ? delta.delta : "")).join("");
  return { text, error };
}

/** Lets time run until it is done. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  let done = false;
  promise.then(
    () => (done = true),
    () => (done = true),
  );
  while (!done) await vi.advanceTimersByTimeAsync(10);
  return promise;
}

const run = (model: ReplyModel) => settled(collect(model));
const resilient = (model: ReplyModel, options?: ResilienceOptions) => resilientReplyModel([model], options);

describe("trying again", () => {
  test("a failure that may pass is tried again after a moment, and the listener hears one reply", async () => {
    const { model, calls } = counted([{ fail: "unavailable" }, "Here I am."]);
    const failures: FailedAttempt[] = [];
    const result = await run(resilient(model, { onFailure: (attempt) => failures.push(attempt) }));
    expect(result).toEqual({ text: "Here I am.", error: undefined });
    expect(calls()).toBe(2);
    expect(failures).toMatchObject([
      { stage: "reply", provider: "scripted", error: { kind: "unavailable" } },
    ]);
  });

  test("once, unless told otherwise; then the failure is told", async () => {
    const once = counted([{ fail: "unavailable" }]);
    expect((await run(resilient(once.model))).error).toMatchObject({ kind: "unavailable" });
    expect(once.calls()).toBe(2);
    const thrice = counted([{ fail: "unavailable" }]);
    await run(resilient(thrice.model, { retries: 3 }));
    expect(thrice.calls()).toBe(4);
  });

  test.each<StageErrorKind>(["rejected", "malformed", "unsupported", "timeout"])(
    "what is %s is not tried again",
    async (fail) => {
      const { model, calls } = counted([{ fail }, "Never."]);
      expect(await run(resilient(model))).toMatchObject({ text: "", error: { kind: fail } });
      expect(calls()).toBe(1);
    },
  );

  test("never once something was said", async () => {
    const { model, calls } = counted([
      { text: "One two three.", fail: "unavailable", failAfter: 2 },
      "Never.",
    ]);
    const other = counted(["Never."]);
    const result = await run(resilientReplyModel([model, other.model]));
    expect(result).toMatchObject({ text: "One two", error: { kind: "unavailable" } });
    expect(calls()).toBe(1);
    expect(other.calls()).toBe(0);
  });

  test("a short Retry-After is kept to; a long one is not waited for", async () => {
    const short = limited(1200, 1, "Back.");
    const reading = collect(resilient(short.model));
    await vi.advanceTimersByTimeAsync(1199);
    expect(short.calls()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(short.calls()).toBe(2);
    expect((await reading).text).toBe("Back.");
    const long = limited(2001, 1, "Never.");
    expect((await run(resilient(long.model))).error).toMatchObject({ kind: "rate_limited" });
    expect(long.calls()).toBe(1);
  });

  test("an abort while it waits rejects at once, and nobody is asked again", async () => {
    const { model, calls } = counted([{ fail: "unavailable" }, "Never."]);
    const stop = new AbortController();
    const reading = collect(resilient(model), stop.signal);
    await vi.advanceTimersByTimeAsync(10);
    stop.abort("barge in");
    expect((await reading).error).toBe("barge in");
    await vi.advanceTimersByTimeAsync(1000);
    expect(calls()).toBe(1);
  });
});

describe("standing in", () => {
  test.each<StageErrorKind>(["unavailable", "timeout", "rejected", "malformed", "rate_limited"])(
    "a provider that fails as %s is stood in for",
    async (fail) => {
      const result = await run(
        resilientReplyModel([counted([{ fail }]).model, scriptedReplyModel(["I stand in."])]),
      );
      expect(result).toEqual({ text: "I stand in.", error: undefined });
    },
  );

  test("one after another; when all fail, the last one's failure is told", async () => {
    const names: string[] = [];
    const providers = ["a", "b", "c"].map((name) => ({ ...scriptedReplyModel([{ fail: "timeout" }]), name }));
    const [first, ...rest] = providers as [ReplyModel, ...ReplyModel[]];
    const model = resilientReplyModel([first, ...rest], {
      onFailure: ({ provider }) => names.push(provider),
    });
    expect((await run(model)).error).toMatchObject({ kind: "timeout" });
    expect(names).toEqual(["a", "b", "c"]);
  });

  test("a stand-in hears the utterance from its beginning, and words shown before are replaced", async () => {
    let heard = 0;
    const second = scriptedTranscriber(["All of it."]);
    const counting = {
      ...second,
      transcribe: ((audio, options) =>
        second.transcribe(
          (async function* () {
            for await (const piece of audio) {
              heard += piece.length;
              yield piece;
            }
          })(),
          options,
        )) as typeof second.transcribe,
    };
    const first = scriptedTranscriber([{ partials: ["Ah"], fail: "unavailable" }]);
    const events: TranscriptEvent[] = [];
    const hearing = (async () => {
      const transcriber = resilientTranscriber([first, counting]);
      const options = { rate: 16_000, language: "en-US", signal: never };
      for await (const event of transcriber.transcribe(pieces(ramp), options)) events.push(event);
    })();
    await settled(hearing);
    expect(events.map((event) => (event.type === "partial" ? event.text : event.transcript.text))).toEqual([
      "Ah",
      "Ah",
      "All of it.",
    ]);
    expect(heard).toBe(ramp.length);
  });

  test("a stand-in voice that has not the voice asked for uses its own", async () => {
    const voices: string[] = [];
    const first = scriptedSynthesizer([{ fail: "timeout" }], { voices: ["alloy"] });
    const second = scriptedSynthesizer(
      ({ options }) => {
        voices.push(options.voice);
        return {};
      },
      { voices: ["klatt"] },
    );
    const options = { voice: "alloy", speed: 1, language: "en-US", rate: 24_000, signal: never };
    for await (const _ of resilientSynthesizer([first, second]).synthesize("Hello.", options));
    expect(voices).toEqual(["klatt"]);
  });

  test("a stand-in that calls no tools is offered none", async () => {
    const offered: number[] = [];
    const plain: ReplyModel = {
      ...scriptedReplyModel(({ prompt: asked }) => {
        offered.push(asked.tools.length);
        return "Hm.";
      }),
      callsTools: false,
    };
    const model = resilientReplyModel([scriptedReplyModel([{ fail: "timeout" }]), plain]);
    const asked = { ...prompt, tools: [{ name: "end_session" }], toolChoice: "required" as const };
    for await (const _ of model.reply(asked, { signal: never }));
    expect(offered).toEqual([0]);
  });
});

describe("the circuit", () => {
  const options = { retries: 0, breakAfter: 3, breakMs: 5000 };

  test("opens after failures in a row: then nobody is asked, until it is time for one trial", async () => {
    const script = [...Array(3).fill({ fail: "timeout" }), "Back.", "Again."];
    const { model, calls } = counted(script);
    const changes: CircuitChange[] = [];
    const guarded = resilient(model, { ...options, onCircuit: (change) => changes.push(change) });
    for (let i = 0; i < 3; i++) expect((await run(guarded)).error).toMatchObject({ kind: "timeout" });
    expect((await run(guarded)).error).toMatchObject({ kind: "unavailable", retryable: false });
    expect(calls()).toBe(3);
    await vi.advanceTimersByTimeAsync(5000);
    expect((await run(guarded)).text).toBe("Back.");
    expect((await run(guarded)).text).toBe("Again.");
    const told = { stage: "reply", provider: "scripted" };
    const states = ["open", "half_open", "closed"];
    expect(changes).toEqual(states.map((state) => ({ ...told, state })));
  });

  test("the stand-in answers while it is open, and while one call tries", async () => {
    const script: ScriptedReply[] = [...Array(3).fill({ fail: "timeout" }), { text: "Slow.", delayMs: 1000 }];
    const { model, calls } = counted(script);
    const guarded = resilientReplyModel([model, scriptedReplyModel(["I stand in."])], options);
    for (let i = 0; i < 4; i++) expect((await run(guarded)).text).toBe("I stand in.");
    expect(calls()).toBe(3);
    await vi.advanceTimersByTimeAsync(5000);
    const trial = collect(guarded);
    await vi.advanceTimersByTimeAsync(500);
    expect((await run(guarded)).text).toBe("I stand in.");
    expect((await settled(trial)).text).toBe("Slow.");
    expect(calls()).toBe(4);
  });

  test("[PV1] a trial that is cancelled before its first word leaves the trial to the next caller", async () => {
    const script: ScriptedReply[] = [
      ...Array(3).fill({ fail: "timeout" }),
      { text: "Slow.", delayMs: 1000 },
      { text: "Back." },
    ];
    const { model, calls } = counted(script);
    const guarded = resilient(model, options);
    for (let i = 0; i < 3; i++) await run(guarded);
    await vi.advanceTimersByTimeAsync(5000);
    const stop = new AbortController();
    const trial = collect(guarded, stop.signal);
    await vi.advanceTimersByTimeAsync(500);
    stop.abort("barge in");
    expect((await trial).error).toBe("barge in");
    expect((await run(guarded)).text).toBe("Back.");
    expect(calls()).toBe(5);
  });

  test("[PV1] a trial that answers and then fails opens it again at once", async () => {
    const script: ScriptedReply[] = [
      ...Array(3).fill({ fail: "timeout" }),
      { text: "One two.", fail: "unavailable", failAfter: 1 },
    ];
    const { model, calls } = counted(script);
    const guarded = resilient(model, options);
    for (let i = 0; i < 3; i++) await run(guarded);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await run(guarded)).toMatchObject({ text: "One", error: { kind: "unavailable" } });
    expect((await run(guarded)).error).toMatchObject({ retryable: false });
    expect(calls()).toBe(4);
  });

  test("failures after the first word count, refusals and barge-ins do not", async () => {
    const midway = counted([{ text: "One two.", fail: "unavailable", failAfter: 1 }]);
    const guarded = resilient(midway.model, options);
    for (let i = 0; i < 4; i++) await run(guarded);
    expect(midway.calls()).toBe(3);
    const refused = counted([{ fail: "rejected" }]);
    const other = resilient(refused.model, options);
    for (let i = 0; i < 5; i++) await run(other);
    expect(refused.calls()).toBe(5);
    const stalled = counted([{ stallAfter: 0 }]);
    const third = resilient(stalled.model, options);
    for (let i = 0; i < 5; i++) {
      const stop = new AbortController();
      const reading = collect(third, stop.signal);
      await vi.advanceTimersByTimeAsync(1);
      stop.abort("barge in");
      await reading;
    }
    await vi.advanceTimersByTimeAsync(1);
    expect(stalled.calls()).toBe(5);
    expect(stalled.open()).toBe(0);
  });
});

test("a reader that leaves ends the attempt under way", async () => {
  const { model, open } = counted([{ text: "One two three.", stallAfter: 2 }]);
  for await (const _ of resilient(model).reply(prompt, { signal: never })) break;
  await vi.advanceTimersByTimeAsync(1);
  expect(open()).toBe(0);
});
