import { getEventListeners } from "node:events";
import { beforeEach, describe, expect, test } from "vitest";
import { channel } from "../../../src/lib/channel.ts";
import { StageError } from "../../../src/lib/errors.ts";
import { Cancelled } from "../../../src/lib/scope.ts";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { EarEvent, EarInput } from "../../../src/pipeline/ears/ear-events.ts";
import { listen } from "../../../src/pipeline/ears/listen.ts";
import { openDetectors } from "../../../src/pipeline/voice-activity/voice-activity.ts";
import type { Transcriber } from "../../../src/ports/transcriber.ts";
import {
  audioInput,
  cut,
  hear,
  msOf,
  only,
  rate,
  recorder,
  recording,
  serverVad,
  settings,
  silence,
  stream,
  typesOf,
} from "./ears.ts";

let detectorsBefore = 0;
beforeEach(() => {
  detectorsBefore = openDetectors();
});

const fox = recording("fox-slt");
const pushToTalk = settings({ detection: null });

describe("limits and failures", () => {
  test.each([
    ["detection", settings({ measureDelivery: true, detection: { ...serverVad, silenceMs: 1500 } })],
    ["push to talk", { ...pushToTalk, measureDelivery: true }],
  ])(
    "[E11] under %s what goes beyond the longest utterance is the next one, without a gap",
    async (_, with_) => {
      const { transcriber, heard } = recorder();
      const audio = joinPcm(Array.from({ length: 5 }, () => joinPcm([fox, silence(300)])));
      const inputs: EarInput[] = [...cut(audio, [4801, 77]), { type: "commit" }];
      const events = await hear(inputs, { settings: with_, transcriber, maxUtteranceMs: 4000 });
      const committed = only(events, "committed");
      expect(committed.map(({ cause }) => cause)).toEqual([
        ...Array(committed.length - 1).fill("rollover"),
        "client",
      ]);
      expect(committed.length).toBeGreaterThan(3);
      const all = joinPcm(heard);
      const from = audio.length - all.length;
      expect(from / rate).toBeLessThan(with_.detection ? 0.3 : 1 / rate);
      expect(all).toEqual(audio.subarray(from));
      for (const [k, { startMs, endMs }] of committed.entries()) {
        expect(startMs).toBe(committed[k - 1]?.endMs ?? Math.round((from * 1000) / rate));
        expect(Math.abs(endMs - startMs - msOf(heard[k]!))).toBeLessThanOrEqual(1);
      }
      expect(only(events, "transcribed").map(({ utterance }) => utterance)).toEqual(
        committed.map(({ utterance }) => utterance),
      );
      const last = only(events, "transcribed").at(-1)!;
      expect(last.turnDelivery!.speechMs).toBeGreaterThan(3 * last.delivery!.speechMs);
      expect(only(events, "delivery_live").at(-1)!.delivery.speechMs).toBeGreaterThan(4 * 3000);
    },
  );

  test("[E11] the parts meet in a silence where there is one near the bound, however the audio is cut", async () => {
    const audio = joinPcm([fox, silence(400), fox, fox]);
    const silent = [fox.length, fox.length + 0.4 * rate];
    for (const sizes of [[480], [audio.length], [1, 4799]]) {
      const { transcriber, heard } = recorder();
      const inputs: EarInput[] = [...cut(audio, sizes), { type: "commit" }];
      await hear(inputs, { settings: pushToTalk, transcriber, maxUtteranceMs: 4000 });
      expect(heard[0]!.length).toBeGreaterThan(silent[0]!);
      expect(heard[0]!.length).toBeLessThan(silent[1]!);
    }
  });

  test("[E11][E18] an utterance that ends at the bound in a pause has its own transcript, not that of its draft", async () => {
    const { transcriber, heard } = recorder();
    const audio = joinPcm([fox, silence(700), fox, silence(3000)]);
    const drafting = settings({ draftAfterMs: 200, detection: { ...serverVad, silenceMs: 2000 } });
    const events = await hear(cut(audio), { settings: drafting, transcriber, maxUtteranceMs: 4000 });
    const told = only(events, "transcribed").map(({ transcript }) => Number(transcript.text));
    const sealed = only(events, "committed").filter(({ cause }) => cause === "rollover");
    expect(sealed.length).toBe(2);
    for (const [k, { startMs, endMs }] of sealed.entries())
      expect(Math.abs((told[k]! * 1000) / rate - (endMs - startMs))).toBeLessThanOrEqual(1);
    expect(heard.length).toBeGreaterThan(told.length);
  });

  test("[E11] a transcriber that reads nothing until the end still hears all of it", async () => {
    let total = 0;
    const late: Transcriber = {
      name: "late",
      async *transcribe(audio, { signal }) {
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve());
          release.push(resolve);
        });
        for await (const pcm of audio) total += pcm.length;
        yield { type: "final", transcript: { text: "", understood: false } };
      },
    };
    const release: Array<() => void> = [];
    function* inputs(): Generator<EarInput> {
      yield* cut(silence(59_000));
      yield { type: "commit" };
      for (const go of release) go();
    }
    await hear(inputs(), { settings: pushToTalk, transcriber: late });
    expect(total).toBe(59 * rate);
  });

  test("[E12] a transcript comes while the next utterance is heard, and after its own commit", async () => {
    const inputs = channel<EarInput>(1e6);
    const go = Promise.withResolvers<void>();
    const slow: Transcriber = {
      name: "slow",
      async *transcribe(audio) {
        for await (const _ of audio);
        await go.promise;
        yield { type: "partial", text: "late" };
        yield { type: "final", transcript: { text: "late", understood: true } };
      },
    };
    const early: Transcriber = {
      name: "early",
      async *transcribe() {
        yield { type: "final", transcript: { text: "early", understood: true } };
      },
    };
    let turn = 0;
    const transcriber: Transcriber = {
      name: "both",
      transcribe: (audio, options) => (turn++ === 0 ? slow : early).transcribe(audio, options),
    };
    const events: EarEvent[] = [];
    const options = { settings: pushToTalk, transcriber, signal: new AbortController().signal };
    inputs.push(audioInput(silence(100)));
    inputs.push({ type: "commit" });
    inputs.push(audioInput(silence(100)));
    inputs.push({ type: "commit" });
    for await (const event of listen(inputs, options)) {
      events.push(event);
      if (event.type === "transcribed" && event.utterance === 2) go.resolve();
      if (event.type === "transcribed" && event.utterance === 1) inputs.close();
    }
    expect(events.map((event) => `${event.type} ${"utterance" in event && event.utterance}`)).toEqual([
      ...["committed 1", "committed 2", "transcribed 2", "partial 1", "transcribed 1"],
    ]);
  });

  test("[E12] a transcriber that is done before the speaker is: its transcript waits for the commit", async () => {
    const inputs = channel<EarInput>(1e6);
    const final = Promise.withResolvers<void>();
    const hasty: Transcriber = {
      name: "hasty",
      async *transcribe() {
        try {
          yield { type: "final", transcript: { text: "", understood: false } };
        } finally {
          final.resolve();
        }
      },
    };
    const events: EarEvent[] = [];
    const options = { settings: pushToTalk, transcriber: hasty, signal: new AbortController().signal };
    const listening = (async () => {
      for await (const event of listen(inputs, options)) events.push(event);
    })();
    inputs.push(audioInput(silence(100)));
    await final.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
    inputs.push({ type: "commit" });
    inputs.close();
    await listening;
    expect(typesOf(events)).toEqual(["committed", "transcribed"]);
  });

  test("[E11] events that nobody takes stop the ears from taking input in, at a limit", async () => {
    const inputs = channel<EarInput>(1e6);
    for (let i = 0; i < 2000; i++) inputs.push({ type: "commit" });
    inputs.close();
    const signal = new AbortController().signal;
    const ears = listen(inputs, { settings: pushToTalk, transcriber: recorder().transcriber, signal });
    await ears.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(inputs.size).toBeGreaterThan(1500);
    let count = 1;
    for await (const event of ears) count += event.type === "commit_empty" ? 1 : 0;
    expect(count).toBe(2000);
  });

  const failing: Array<[string, Transcriber["transcribe"], StageError["kind"]]> = [
    [
      "its own error",
      async function* () {
        yield* [];
        throw new StageError("transcribe", "rate_limited");
      },
      "rate_limited",
    ],
    [
      "any other error",
      () => {
        throw new TypeError("boom");
      },
      "unavailable",
    ],
    ["no final", async function* () {}, "malformed"],
  ];
  test.each(failing)(
    "[E13] a transcriber that fails with %s: an event after the commit, and the ears go on",
    async (_, transcribe, kind) => {
      const inputs: EarInput[] = [];
      for (let i = 0; i < 2; i++) inputs.push(...cut(silence(100)), { type: "commit" });
      const events = await hear(inputs, {
        settings: pushToTalk,
        transcriber: { name: "failing", transcribe },
      });
      expect(typesOf(events).filter((type) => type === "committed")).toHaveLength(2);
      const failed = only(events, "failed");
      expect(failed.map((event) => event.utterance).sort()).toEqual([1, 2]);
      for (const { error } of failed)
        expect(error).toMatchObject({ name: "StageError", stage: "transcribe", kind });
      for (const utterance of [1, 2]) {
        const own = events.filter((event) => "utterance" in event && event.utterance === utterance);
        expect(typesOf(own)).toEqual(["committed", "failed"]);
      }
    },
  );
});

describe("the end", () => {
  test("[E14] inputs that end throw the open utterance away, and the transcripts under way are waited for", async () => {
    const recorded = recorder();
    const inputs: EarInput[] = [...cut(silence(100)), { type: "commit" }, ...cut(silence(100))];
    const events = await hear(inputs, { settings: pushToTalk, transcriber: recorded.transcriber });
    expect(typesOf(events)).toEqual(["committed", "transcribed"]);
    expect(recorded.running).toBe(0);
  });

  test.each([
    ["detection", settings()],
    ["push to talk", pushToTalk],
  ])("[E14] one abort under %s leaves no task, no listener, no detector", async (_, with_) => {
    const recorded = recorder(2);
    const inputs = channel<EarInput>(1e6);
    const life = new AbortController();
    for (const input of cut(fox)) inputs.push(input);
    const reason = new Cancelled("client_gone");
    const ears = listen(inputs, { settings: with_, transcriber: recorded.transcriber, signal: life.signal });
    const heard: EarEvent[] = [];
    const listening = (async () => {
      for await (const event of ears) {
        heard.push(event);
        if (event.type === "partial") life.abort(reason);
      }
    })();
    await expect(listening).rejects.toBe(reason);
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorded.asked).toHaveLength(1);
    expect(recorded.running).toBe(0);
    expect(openDetectors()).toBe(detectorsBefore);
    expect(getEventListeners(life.signal, "abort")).toHaveLength(0);
    expect(inputs.closed).toBe(true);
  });

  test("[E14] an abort reaches the transcripts of utterances that are over", async () => {
    const life = new AbortController();
    const asked: AbortSignal[] = [];
    const endless: Transcriber = {
      name: "endless",
      async *transcribe(_, { signal }) {
        asked.push(signal);
        await new Promise(() => {});
        yield { type: "partial", text: "never" };
      },
    };
    const inputs = channel<EarInput>(1e6);
    inputs.push(audioInput(silence(100)));
    inputs.push({ type: "commit" });
    const ears = listen(inputs, { settings: pushToTalk, transcriber: endless, signal: life.signal });
    expect((await ears.next()).value).toMatchObject({ type: "committed" });
    const next = ears.next();
    life.abort(new Cancelled("idle"));
    await expect(next).rejects.toThrow("idle");
    expect(asked[0]!.aborted).toBe(true);
  });

  test("[E14] a listener that walks away ends them too", async () => {
    const recorded = recorder();
    const signal = new AbortController().signal;
    for await (const event of listen(stream(cut(fox)), {
      settings: settings(),
      transcriber: recorded.transcriber,
      signal,
    }))
      if (event.type === "speech_started") break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(recorded.running).toBe(0);
    expect(openDetectors()).toBe(detectorsBefore);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("[E14] aborted before it began", async () => {
    const signal = AbortSignal.abort(new Cancelled("draining"));
    const ears = listen(stream([]), { settings: settings(), transcriber: recorder().transcriber, signal });
    await expect(ears.next()).rejects.toThrow("draining");
    expect(openDetectors()).toBe(detectorsBefore);
  });
});
