import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { channel } from "../../src/lib/channel.ts";
import { StageError } from "../../src/lib/errors.ts";
import { Cancelled } from "../../src/lib/scope.ts";
import { joinPcm } from "../../src/pipeline/audio.ts";
import type { EarEvent, EarInput } from "../../src/pipeline/ear-events.ts";
import { listen } from "../../src/pipeline/listen.ts";
import type { Transcriber } from "../../src/pipeline/ports.ts";
import { openDetectors } from "../../src/pipeline/voice-activity.ts";
import {
  atLevel,
  audioInput,
  cut,
  hear,
  msOf,
  only,
  rate,
  recorder,
  recording,
  seededNoise,
  serverVad,
  settings,
  silence,
  sound,
  stream,
  typesOf,
} from "./ears.ts";

const fox = recording("fox-slt");
const mhm = recording("mhm-slt");
const pause = recording("pause-1200ms-rms");
const semantic = (eagerness: "low" | "medium" | "high") =>
  settings({ detection: { type: "semantic_vad", eagerness } });
const pushToTalk = settings({ detection: null });

describe("a turn under server_vad", () => {
  test("[E4] [E5] begins at the onset less the padding, ends by silence, and is heard whole", async () => {
    const { transcriber, heard } = recorder();
    const audio = joinPcm([silence(2000), fox, silence(1500)]);
    const events = await hear(cut(audio), { transcriber });
    expect(typesOf(events)).toEqual(["speech_started", "speech_stopped", "committed", "transcribed"]);
    const [started] = only(events, "speech_started");
    const [committed] = only(events, "committed");
    // The voice's own hiss sets in with the recording, its first sound 180 ms later.
    expect(started!.atMs).toBeGreaterThanOrEqual(2000 - 300);
    expect(started!.atMs).toBeLessThanOrEqual(2000 + 180 - 240);
    const speechEnd = 2000 + 2780;
    expect(committed!.endMs).toBeGreaterThanOrEqual(speechEnd + 500);
    expect(committed!.endMs).toBeLessThan(speechEnd + 500 + 160);
    expect(committed).toMatchObject({ startMs: started!.atMs, cause: "endpoint", utterance: 1 });
    const span = audio.subarray((started!.atMs * rate) / 1000, (committed!.endMs * rate) / 1000);
    expect(heard[0]).toEqual(span);
  });

  test("[E5] the 1.2 s pause makes two turns at 500 ms of silence, counted from 1", async () => {
    const events = await hear(cut(joinPcm([pause, silence(1000)])));
    expect(only(events, "committed").map((event) => event.utterance)).toEqual([1, 2]);
  });

  test("[E5] a longer silence_duration keeps them one", async () => {
    const patient = settings({ detection: { ...serverVad, silenceMs: 2000 } });
    expect(
      only(await hear(cut(joinPcm([pause, silence(2500)])), { settings: patient }), "committed"),
    ).toHaveLength(1);
  });

  test.each([8000, 16_000, 48_000])("[E4] at %i Hz as at 24 kHz", async (other) => {
    const audio = joinPcm([silence(1000), recording("goal-rms"), silence(1000)]);
    const moved = Int16Array.from({ length: (audio.length * other) / rate }, (_, i) => {
      const at = (i * rate) / other;
      const left = audio[Math.floor(at)]!;
      return left + (at % 1) * ((audio[Math.floor(at) + 1] ?? left) - left);
    });
    const [reference] = only(await hear(cut(audio)), "committed");
    const events = await hear(cut(moved), { settings: settings({ rate: other }) });
    expect(typesOf(events)).toEqual(["speech_started", "speech_stopped", "committed", "transcribed"]);
    const [committed] = only(events, "committed");
    expect(Math.abs(committed!.startMs - reference!.startMs)).toBeLessThanOrEqual(100);
    expect(Math.abs(committed!.endMs - reference!.endMs)).toBeLessThanOrEqual(100);
  });

  test("[E5] a hum that goes on behind the speaker does not keep the turn open", async () => {
    const hum = sound(6000, -20, (t) => Math.sin(2 * Math.PI * 100 * t) + Math.sin(2 * Math.PI * 300 * t));
    const audio = joinPcm([fox, silence(4000)]).map(
      (sample, i) => sample + (i > fox.length / 2 ? hum[i]! || 0 : 0),
    );
    const [committed] = only(await hear(cut(audio)), "committed");
    expect(committed!.endMs).toBeLessThan(msOf(fox) + 1500);
  });
});

describe("a turn under semantic_vad", () => {
  test("[E6] the thinking pause is one turn for a patient coach", async () => {
    const events = await hear(cut(joinPcm([pause, silence(9000)])), { settings: semantic("low") });
    expect(only(events, "committed")).toHaveLength(1);
    expect(only(events, "speech_started")).toHaveLength(1);
  });

  test("[E6] the more eager, the sooner", async () => {
    const audio = joinPcm([fox, silence(9000)]);
    const ends = await Promise.all(
      (["low", "medium", "high"] as const).map(async (eagerness) => {
        const [committed] = only(await hear(cut(audio), { settings: semantic(eagerness) }), "committed");
        return committed!.endMs;
      }),
    );
    expect(ends[0]).toBeGreaterThan(ends[1]! + 500);
    expect(ends[1]).toBeGreaterThan(ends[2]! + 200);
  });

  test("[E6] words that hang in the air are waited for", async () => {
    const saying = (text: string): Transcriber => ({
      name: "saying",
      async *transcribe(audio) {
        yield { type: "partial", text };
        for await (const _ of audio);
        yield { type: "final", transcript: { text, understood: true } };
      },
    });
    const end = async (text: string) => {
      const transcriber = saying(text);
      const inputs = joinPcm([fox, silence(5000)]);
      const [committed] = only(
        await hear(cut(inputs), { settings: semantic("medium"), transcriber }),
        "committed",
      );
      return committed!.endMs;
    };
    expect(await end("the fox and")).toBeGreaterThan((await end("the lazy dog.")) + 1500);
  });
});

describe("push to talk", () => {
  test("[E7] opens with the first chunk, closes with commit alone, and analyses nothing", async () => {
    const { transcriber, heard } = recorder();
    const audio = joinPcm([fox, silence(3000), mhm]);
    const inputs: EarInput[] = [...cut(audio), { type: "commit", eventId: "event_7" }];
    const events = await hear(inputs, { settings: pushToTalk, transcriber });
    expect(typesOf(events)).toEqual(["committed", "transcribed"]);
    expect(events[0]).toEqual({
      type: "committed",
      utterance: 1,
      startMs: 0,
      endMs: Math.round(msOf(audio)),
      cause: "client",
      eventId: "event_7",
    });
    expect(heard).toEqual([audio]);
  });

  test("[E7] works at any rate", async () => {
    const inputs: EarInput[] = [audioInput(new Int16Array(22_050)), { type: "commit" }];
    const [committed] = only(
      await hear(inputs, { settings: settings({ detection: null, rate: 22_050 }) }),
      "committed",
    );
    expect(committed).toMatchObject({ startMs: 0, endMs: 1000 });
  });

  test("[E8] a commit with nothing buffered says so", async () => {
    for (const with_ of [pushToTalk, settings()])
      expect(await hear([{ type: "commit", eventId: "e" }], { settings: with_ })).toEqual([
        { type: "commit_empty", eventId: "e" },
      ]);
  });
});

describe("commit and clear under detection", () => {
  const middle = Math.round(fox.length / 2);

  test("[E8] a commit ends the open utterance where it stands; the rest is a turn of its own", async () => {
    const { transcriber, heard } = recorder();
    const inputs: EarInput[] = [
      ...cut(fox.subarray(0, middle)),
      { type: "commit" },
      ...cut(joinPcm([fox.subarray(middle), silence(1000)])),
    ];
    const events = await hear(inputs, { transcriber });
    const told = typesOf(events).filter((type) => type !== "transcribed");
    expect(told).toEqual([
      ...["speech_started", "speech_stopped", "committed"],
      ...["speech_started", "speech_stopped", "committed"],
    ]);
    expect(only(events, "committed").map((event) => event.cause)).toEqual(["client", "endpoint"]);
    expect(only(events, "committed")[0]!.endMs).toBe(Math.round(msOf(fox.subarray(0, middle))));
    expect(joinPcm(heard).subarray(0, fox.length)).toEqual(fox);
  });

  test("[E8] without an open utterance it commits what is kept from before", async () => {
    const { transcriber, heard } = recorder();
    const noise = seededNoise(3);
    const room = sound(3010, -50, noise);
    const events = await hear([...cut(room), { type: "commit", cause: "idle_timeout" }], { transcriber });
    expect(typesOf(events)).toEqual(["committed", "transcribed"]);
    expect(events[0]).toMatchObject({ startMs: 3010 - 800, endMs: 3010, cause: "idle_timeout" });
    expect(heard[0]).toEqual(room.subarray(-heard[0]!.length));
  });

  test("[E9] clear throws the utterance away: no commit, no transcript, and the transcriber is told to stop", async () => {
    const recorded = recorder();
    const inputs: EarInput[] = [
      ...cut(fox.subarray(0, middle)),
      { type: "clear", eventId: "e" },
      ...cut(silence(2000)),
    ];
    const events = await hear(inputs, { transcriber: recorded.transcriber });
    expect(typesOf(events)).toEqual(["speech_started", "cleared"]);
    expect(events[1]).toEqual({ type: "cleared", utterance: 1, eventId: "e" });
    expect(recorded.asked[0]!.signal.aborted).toBe(true);
    expect(recorded.running).toBe(0);
  });

  test("[E9] clear forgets what was kept from before", async () => {
    const inputs: EarInput[] = [...cut(silence(500)), { type: "clear" }, { type: "commit" }];
    expect(await hear(inputs)).toEqual([{ type: "cleared" }, { type: "commit_empty" }]);
  });
});

describe("configure", () => {
  test("[E10] a new rate ends the utterance there; time goes on without a jump", async () => {
    const inputs: EarInput[] = [
      audioInput(new Int16Array(24_000)),
      { type: "configure", settings: settings({ detection: null, rate: 8000 }) },
      audioInput(new Int16Array(4000)),
      { type: "commit" },
    ];
    const { transcriber, asked } = recorder();
    const events = await hear(inputs, { settings: pushToTalk, transcriber });
    expect(only(events, "committed")).toMatchObject([
      { utterance: 1, startMs: 0, endMs: 1000, cause: "endpoint" },
      { utterance: 2, startMs: 1000, endMs: 1500, cause: "client" },
    ]);
    expect(asked.map((options) => options.rate)).toEqual([24_000, 8000]);
  });

  test("[E10] from push to talk to detection and back, each from where it stands", async () => {
    const inputs: EarInput[] = [
      ...cut(fox),
      { type: "configure", settings: settings() },
      ...cut(joinPcm([fox, silence(1000)])),
      { type: "configure", settings: pushToTalk },
      ...cut(fox),
    ];
    const events = await hear(inputs, { settings: pushToTalk });
    expect(only(events, "committed").map((event) => event.utterance)).toEqual([1, 2]);
    expect(only(events, "speech_started").map((event) => event.utterance)).toEqual([2]);
    expect(openDetectors()).toBe(0);
  });

  test("[E10] a shorter silence takes effect within the open utterance", async () => {
    const patient = settings({ detection: { ...serverVad, silenceMs: 5000 } });
    const inputs: EarInput[] = [
      ...cut(joinPcm([fox, silence(300)])),
      {
        type: "configure",
        settings: settings({ detection: { ...serverVad, silenceMs: 700, prefixPaddingMs: 100 } }),
      },
      ...cut(silence(2000)),
    ];
    const [committed] = only(await hear(inputs, { settings: patient }), "committed");
    expect(committed!.endMs).toBeLessThan(msOf(fox) + 1000);
  });

  test("[E10] a lower threshold lets a faint voice through that was none before", async () => {
    const strict = settings({ detection: { ...serverVad, threshold: 1 } });
    const faint = joinPcm([atLevel(recording("goal-rms"), -52), silence(1000)]);
    const change: EarInput = {
      type: "configure",
      settings: settings({ detection: { ...serverVad, threshold: 0 } }),
    };
    const events = await hear([...cut(faint), change, ...cut(faint)], { settings: strict });
    expect(only(events, "speech_started")).toHaveLength(1);
    expect(only(events, "committed")[0]!.startMs).toBeGreaterThan(msOf(faint) - 300);
  });

  test("[E10] what was kept from before the turn outlives a change of padding", async () => {
    const wider: EarInput = {
      type: "configure",
      settings: settings({ detection: { ...serverVad, prefixPaddingMs: 400 } }),
    };
    const events = await hear([...cut(silence(1000)), wider, ...cut(joinPcm([fox, silence(1000)]))]);
    expect(only(events, "speech_started")[0]!.atMs).toBeLessThan(1000);
  });

  test("[E10] push to talk in the middle of a turn: what was said until then is heard to the last sample", async () => {
    const { transcriber, heard } = recorder();
    const begun = fox.subarray(0, 30_011);
    await hear([...cut(begun), { type: "configure", settings: pushToTalk }], { transcriber });
    expect(heard[0]!.subarray(-5000)).toEqual(begun.subarray(-5000));
  });

  test("[E10] what the transcriber is told is what held when the utterance began", async () => {
    const { transcriber, asked } = recorder();
    const expectation = { kind: "reading", text: "the lazy dog" } as const;
    const next = settings({ detection: null, language: "fr-FR", hint: "Kuku", expectation });
    const inputs: EarInput[] = [
      audioInput(silence(100)),
      { type: "commit" },
      { type: "configure", settings: next },
    ];
    await hear([...inputs, audioInput(silence(100)), { type: "commit" }], {
      settings: pushToTalk,
      transcriber,
    });
    expect(asked).toMatchObject([{ language: "en-US" }, { language: "fr-FR", hint: "Kuku", expectation }]);
    expect(asked[0]).not.toHaveProperty("expectation");
  });

  test("a rate that voice activity cannot be judged at is refused", async () => {
    await expect(hear([], { settings: settings({ rate: 22_050 }) })).rejects.toThrow(RangeError);
  });
});

describe("limits and failures", () => {
  test("[E11] beyond the longest utterance audio is dropped, and said once", async () => {
    const { transcriber, heard } = recorder();
    const audio = sound(3000, -20, (t) => Math.sin(300 * t));
    const options = { settings: pushToTalk, transcriber, maxUtteranceMs: 1005 };
    const events = await hear([...cut(audio), { type: "commit" }], options);
    expect(typesOf(events)).toEqual(["overflow", "committed", "transcribed"]);
    expect(heard[0]).toEqual(audio.subarray(0, Math.round(1.005 * rate)));
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
    expect(openDetectors()).toBe(0);
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
    expect(openDetectors()).toBe(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("[E14] aborted before it began", async () => {
    const signal = AbortSignal.abort(new Cancelled("draining"));
    const ears = listen(stream([]), { settings: settings(), transcriber: recorder().transcriber, signal });
    await expect(ears.next()).rejects.toThrow("draining");
    expect(openDetectors()).toBe(0);
  });
});

describe("laws", () => {
  const phrase = fox.subarray(0, Math.round(1.3 * rate));
  const scene = joinPcm([
    silence(333),
    phrase,
    silence(701),
    recording("tone-220hz-2s").subarray(0, 9000),
    mhm,
    silence(900),
  ]);
  const sizes = fc.array(fc.integer({ min: 24, max: rate }), { minLength: 1, maxLength: 12 });
  const marks = fc.array(fc.tuple(fc.nat(scene.length), fc.constantFrom("commit", "clear", "configure")), {
    maxLength: 3,
  });
  const detections = fc.constantFrom(settings(), semantic("high"), pushToTalk);

  /** The scene with commands at fixed places, cut one way or another. */
  function* script(
    commands: readonly (readonly [number, string])[],
    cuts: readonly number[],
  ): Generator<EarInput> {
    let at = 0;
    for (const [place, command] of [...commands].sort((a, b) => a[0] - b[0])) {
      yield* cut(scene.subarray(at, place), cuts);
      at = place;
      if (command === "configure")
        yield { type: "configure", settings: settings({ detection: { ...serverVad, silenceMs: 300 } }) };
      else yield { type: command as "commit" | "clear" };
    }
    yield* cut(scene.subarray(at), cuts);
    yield { type: "commit" };
  }

  test("[E2] how audio is cut into messages never changes the events, nor a sample of what the transcriber hears", async () => {
    await fc.assert(
      fc.asyncProperty(detections, marks, sizes, async (with_, commands, cuts) => {
        const run = async (how: readonly number[]) => {
          const { transcriber, heard } = recorder();
          const events = await hear(script(commands, how), { settings: with_, transcriber });
          const told = events.filter((event) => event.type !== "transcribed");
          const transcripts = only(events, "transcribed").sort((a, b) => a.utterance - b.utterance);
          return { told, transcripts, heard: transcripts.map((event) => heard[event.utterance - 1]) };
        };
        expect(await run(cuts)).toEqual(await run([480]));
      }),
      { numRuns: 25 },
    );
  });

  test("[E2] down to one millisecond and odd numbers of samples", async () => {
    const run = async (how: readonly number[]) => {
      const { transcriber, heard } = recorder();
      return { events: await hear(script([], how), { transcriber }), heard };
    };
    const whole = await run([scene.length]);
    expect(only(whole.events, "committed")).toHaveLength(3);
    for (const how of [[24], [1, 7, 481]]) {
      const other = await run(how);
      expect(other.heard).toEqual(whole.heard);
      expect(other.events.filter((e) => e.type !== "transcribed")).toEqual(
        whole.events.filter((e) => e.type !== "transcribed"),
      );
    }
  });

  test("[E9] [E12] every started speech is stopped and committed or cleared; every commit has one outcome", async () => {
    await fc.assert(
      fc.asyncProperty(detections, marks, async (with_, commands) => {
        const { transcriber } = recorder(3);
        const events = await hear(script(commands, [960]), { settings: with_, transcriber });
        const numbers = new Set(events.flatMap((event) => ("utterance" in event && event.utterance) || []));
        for (const number of numbers) {
          const own = typesOf(
            events.filter((event) => "utterance" in event && event.utterance === number),
          ).join(" ");
          expect(own).toMatch(
            /^(speech_started )?(partial )*(cleared|(speech_stopped )?committed (partial )*transcribed)$/,
          );
          expect(own.includes("speech_started") || !own.includes("speech_stopped")).toBe(true);
        }
        const spans = only(events, "committed");
        for (let i = 1; i < spans.length; i++)
          expect(spans[i]!.startMs).toBeGreaterThanOrEqual(spans[i - 1]!.endMs);
      }),
      { numRuns: 25 },
    );
  });
});
