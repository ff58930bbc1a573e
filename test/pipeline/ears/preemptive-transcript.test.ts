import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { type Channel, channel } from "../../../src/lib/channel.ts";
import { StageError } from "../../../src/lib/errors.ts";
import { Cancelled } from "../../../src/lib/scope.ts";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { EarEvent, EarInput, EarSettings } from "../../../src/pipeline/ears/ear-events.ts";
import { listen } from "../../../src/pipeline/ears/listen.ts";
import type { TranscribeOptions, Transcriber, TranscriptEvent } from "../../../src/ports/transcriber.ts";
import {
  audioInput,
  cut,
  hear,
  only,
  rate,
  recording,
  serverVad,
  settings,
  silence,
  typesOf,
} from "./ears.ts";

const fox = recording("fox-slt");
const phrase = joinPcm([silence(300), fox]);
const drafting = (over: Partial<EarSettings> = {}) => settings({ draftAfterMs: 160, ...over });

/** One call of the transcriber: it reads its audio, then answers when it is told to. */
interface Call {
  readonly options: TranscribeOptions;
  readonly pieces: Int16Array[];
  /** Its audio came to its end before anyone told it to stop. */
  ended: boolean;
  answer(outcome: string | Error): void;
}

/** A transcriber whose answers the test gives, call by call: the whole utterance is asked for first, then the draft. */
function asked(how: { readonly streams?: boolean; readonly partial?: string } = {}) {
  const calls: Call[] = [];
  let running = 0;
  const transcriber: Transcriber = {
    name: "asked",
    ...(how.streams && { streams: true }),
    async *transcribe(audio, options): AsyncGenerator<TranscriptEvent> {
      const answered = Promise.withResolvers<string>();
      answered.promise.catch(() => {});
      const call: Call = {
        options,
        pieces: [],
        ended: false,
        answer: (outcome) =>
          outcome instanceof Error ? answered.reject(outcome) : answered.resolve(outcome),
      };
      calls.push(call);
      running++;
      options.signal.addEventListener("abort", () => answered.reject(options.signal.reason), { once: true });
      try {
        for await (const pcm of audio) {
          if (how.partial && call.pieces.length === 0) yield { type: "partial", text: how.partial };
          call.pieces.push(pcm);
        }
        call.ended = !options.signal.aborted;
        yield { type: "final", transcript: { text: await answered.promise, understood: true } };
      } finally {
        running--;
      }
    },
  };
  return { transcriber, calls, running: () => running };
}

/** Ears whose inputs are given one by one, and whose events can be waited for. */
function live(transcriber: Transcriber, with_: EarSettings = drafting()) {
  const inputs: Channel<EarInput> = channel(1e6);
  const events: EarEvent[] = [];
  const life = new AbortController();
  let wake = () => {};
  const listening = (async () => {
    for await (const event of listen(inputs, { settings: with_, transcriber, signal: life.signal })) {
      events.push(event);
      wake();
    }
  })();
  listening.catch(() => {});
  return {
    events,
    life,
    listening,
    hear(...heard: readonly (Int16Array | EarInput)[]) {
      for (const input of heard)
        for (const one of input instanceof Int16Array ? cut(input) : [input]) inputs.push(one);
    },
    async until(type: EarEvent["type"], count = 1): Promise<void> {
      while (events.filter((event) => event.type === type).length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
    close: () => inputs.close(),
  };
}

const turns = () => new Promise((resolve) => setImmediate(resolve));

describe("a provisional silence", () => {
  const two = joinPcm([recording("pause-1200ms-rms"), silence(1200)]);
  const patient = drafting({ detection: { ...serverVad, silenceMs: 2000 } });

  test("[E17] is said, and taken back when speech goes on, as often as it happens", async () => {
    const { transcriber } = asked();
    const events = await hear([...cut(two), { type: "clear" }], { settings: patient, transcriber });
    const told = events.filter((event) => event.type === "paused" || event.type === "resumed");
    expect(typesOf(told).slice(-3)).toEqual(["paused", "resumed", "paused"]);
    expect(told.length % 2).toBe(1);
    told.forEach((event, i) => {
      expect(event.type).toBe(i % 2 === 0 ? "paused" : "resumed");
    });
    const [paused, resumed] = told.slice(-3) as Extract<EarEvent, { type: "paused" }>[];
    expect(resumed!.atMs - paused!.atMs).toBeGreaterThan(700);
    expect(resumed!.atMs - paused!.atMs).toBeLessThan(1500);
  });

  test("[E17] comes after that much silence, and the endpoint after its own", async () => {
    const events = await hear(cut(joinPcm([phrase, silence(1500)])), { settings: drafting() });
    const paused = only(events, "paused").at(-1)!;
    const [stopped] = only(events, "speech_stopped");
    expect(stopped!.atMs - paused.atMs).toBe(500 - 160);
    expect(stopped!.silenceMs).toBe(500);
  });

  test("[E17] without draftAfterMs, or where the endpoint comes first, there is none", async () => {
    for (const with_ of [settings({ detection: patient.detection }), drafting({ draftAfterMs: 500 })]) {
      const told = typesOf(await hear(cut(two), { settings: with_ }));
      expect(told.filter((type) => ["paused", "resumed", "preemptive_transcript"].includes(type))).toEqual(
        [],
      );
    }
  });

  test("[E17] holds from the next utterance on", async () => {
    const inputs: EarInput[] = [
      ...cut(phrase.subarray(0, 2 * rate)),
      { type: "configure", settings: drafting() },
      ...cut(joinPcm([phrase.subarray(2 * rate), silence(1000), phrase, silence(1000)])),
    ];
    const paused = only(await hear(inputs), "paused");
    expect(new Set(paused.map((event) => event.utterance))).toEqual(new Set([2]));
  });
});

describe("a draft", () => {
  test("[E18] hears the utterance up to the pause, and is the transcript once nothing more comes", async () => {
    const { transcriber, calls } = asked();
    const ears = live(transcriber);
    ears.hear(phrase, silence(280));
    await ears.until("paused");
    await turns();
    expect(calls).toHaveLength(2);
    const [whole, draft] = calls;
    expect(draft!.ended).toBe(true);
    const until = only(ears.events, "paused")[0]!.atMs - only(ears.events, "speech_started")[0]!.atMs;
    expect(joinPcm(draft!.pieces)).toHaveLength((until * rate) / 1000);
    expect(joinPcm(whole!.pieces).subarray(0, (until * rate) / 1000)).toEqual(joinPcm(draft!.pieces));
    draft!.answer("the lazy dog");
    await ears.until("preemptive_transcript");
    ears.hear(silence(800));
    await ears.until("transcribed");
    expect(typesOf(ears.events).slice(-5)).toEqual([
      ...["paused", "preemptive_transcript", "speech_stopped", "committed", "transcribed"],
    ]);
    expect(only(ears.events, "transcribed")[0]!.transcript.text).toBe("the lazy dog");
    expect(whole!.options.signal.aborted).toBe(true);
    expect(whole!.ended).toBe(false);
    ears.close();
    await ears.listening;
  });

  test("[E18] that is not done at the endpoint is waited for, and is not told of before", async () => {
    const { transcriber, calls } = asked();
    const ears = live(transcriber);
    ears.hear(phrase, silence(1200));
    await ears.until("committed");
    await turns();
    expect(calls[0]!.ended).toBe(false);
    calls[1]!.answer("late");
    await ears.until("transcribed");
    expect(typesOf(ears.events)).not.toContain("preemptive_transcript");
    expect(only(ears.events, "transcribed")[0]!.transcript.text).toBe("late");
    ears.close();
    await ears.listening;
  });

  test("[E18] ends when speech goes on; no other is made of that utterance, and the whole of it decides", async () => {
    const { transcriber, calls } = asked();
    const ears = live(transcriber, drafting({ detection: { ...serverVad, silenceMs: 700 } }));
    ears.hear(phrase, silence(400));
    await ears.until("paused");
    await turns();
    calls[1]!.answer("the lazy dog");
    await ears.until("preemptive_transcript");
    ears.hear(phrase.subarray(rate / 2));
    await ears.until("resumed");
    expect(calls[1]!.options.signal.aborted).toBe(true);
    ears.hear(silence(1500));
    await ears.until("committed");
    calls[0]!.answer("all of it");
    await ears.until("transcribed");
    expect(calls).toHaveLength(2);
    expect(only(ears.events, "paused").length).toBeGreaterThan(1);
    expect(only(ears.events, "preemptive_transcript")).toHaveLength(1);
    expect(only(ears.events, "transcribed")[0]!.transcript.text).toBe("all of it");
    ears.close();
    await ears.listening;
  });

  test.each(["before", "after"])("[E18] that fails %s the endpoint is not missed", async (when) => {
    const { transcriber, calls } = asked();
    const ears = live(transcriber);
    ears.hear(phrase, silence(280));
    await ears.until("paused");
    await turns();
    if (when === "before") calls[1]!.answer(new StageError("transcribe", "rate_limited"));
    ears.hear(silence(1000));
    await ears.until("committed");
    if (when === "after") calls[1]!.answer(new Error("gone"));
    calls[0]!.answer("all of it");
    await ears.until("transcribed");
    expect(only(ears.events, "failed")).toEqual([]);
    expect(calls[0]!.ended).toBe(true);
    expect(only(ears.events, "transcribed")[0]!.transcript.text).toBe("all of it");
    ears.close();
    await ears.listening;
  });

  test("[E18] serves a commit within the pause as well, and stands in for a transcription that failed", async () => {
    const { transcriber, calls } = asked();
    const ears = live(transcriber);
    ears.hear(phrase, silence(280));
    await ears.until("paused");
    await turns();
    calls[0]!.answer(new StageError("transcribe", "unavailable"));
    ears.hear({ type: "commit" });
    await ears.until("committed");
    calls[1]!.answer("the lazy dog");
    await ears.until("transcribed");
    expect(only(ears.events, "transcribed")[0]!.transcript.text).toBe("the lazy dog");
    expect(only(ears.events, "speech_stopped")[0]!.silenceMs).toBeGreaterThanOrEqual(160);
    ears.close();
    await ears.listening;
  });

  test("[E18] its last words count for the endpoint", async () => {
    const wait = async (text: string) => {
      const { transcriber, calls } = asked();
      const ears = live(transcriber, drafting({ detection: { type: "semantic_vad", eagerness: "medium" } }));
      ears.hear(phrase, silence(280));
      await ears.until("paused");
      await turns();
      calls[1]!.answer(text);
      await ears.until("preemptive_transcript");
      ears.hear(silence(5000));
      await ears.until("committed");
      ears.close();
      await ears.listening;
      return only(ears.events, "speech_stopped")[0]!.silenceMs;
    };
    expect(await wait("Over the lazy dog and")).toBeGreaterThan((await wait("Over the lazy dog.")) + 1500);
  });

  test("[E19] of a transcriber that streams is the words so far; it is asked but once", async () => {
    const { transcriber, calls } = asked({ streams: true, partial: "over the lazy" });
    const ears = live(transcriber);
    ears.hear(phrase);
    await ears.until("partial");
    ears.hear(silence(1000));
    await ears.until("committed");
    calls[0]!.answer("over the lazy dog");
    await ears.until("transcribed");
    expect(calls).toHaveLength(1);
    expect(only(ears.events, "preemptive_transcript")).toEqual([
      {
        type: "preemptive_transcript",
        utterance: 1,
        transcript: { text: "over the lazy", understood: true },
      },
    ]);
    expect(only(ears.events, "transcribed")[0]!.transcript.text).toBe("over the lazy dog");
    ears.close();
    await ears.listening;
  });

  test("[E18] push to talk makes none", async () => {
    const { transcriber, calls } = asked();
    const ears = live(transcriber, drafting({ detection: null }));
    ears.hear(audioInput(phrase), audioInput(silence(2000)), { type: "commit" });
    await ears.until("committed");
    calls[0]!.answer("all of it");
    await ears.until("transcribed");
    expect(calls).toHaveLength(1);
    ears.close();
    await ears.listening;
  });
});

describe("what ends a draft", () => {
  test.each(["clear", "abort", "inputs end"])(
    "[E9] [E14] %s: both requests are closed, nothing is left",
    async (how) => {
      const { transcriber, calls, running } = asked();
      const ears = live(transcriber);
      ears.hear(phrase, silence(280));
      await ears.until("paused");
      await turns();
      expect(running()).toBe(2);
      if (how === "clear") {
        ears.hear({ type: "clear" });
        await ears.until("cleared");
      } else if (how === "abort") ears.life.abort(new Cancelled("idle"));
      if (how !== "abort") ears.close();
      await ears.listening.catch(() => {});
      await turns();
      expect(calls.map((call) => call.options.signal.aborted)).toEqual([true, true]);
      expect(running()).toBe(0);
      expect(getEventListeners(ears.life.signal, "abort")).toHaveLength(0);
      expect(typesOf(ears.events)).not.toContain("transcribed");
    },
  );

  test("[E14] aborted while a draft is waited for after the endpoint", async () => {
    const { transcriber, running } = asked();
    const ears = live(transcriber);
    ears.hear(phrase, silence(1000));
    await ears.until("committed");
    ears.life.abort(new Cancelled("client_gone"));
    await expect(ears.listening).rejects.toThrow("client_gone");
    await turns();
    expect(running()).toBe(0);
  });
});
