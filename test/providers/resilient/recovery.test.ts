/** [PV1] Providers that were down and are well again, over real HTTP and sockets, the time moved by hand. */
import { afterEach, describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../src/lib/clock.ts";
import { StageError } from "../../../src/lib/errors.ts";
import { openaiReplyModel } from "../../../src/providers/openai/chat/reply-model.ts";
import { openaiSynthesizer } from "../../../src/providers/openai/speech/synthesizer.ts";
import { openaiRealtimeTranscriber } from "../../../src/providers/openai/transcription/realtime-transcriber.ts";
import { openaiTranscriber } from "../../../src/providers/openai/transcription/transcriber.ts";
import { openUpstream as connectUpstream, type Upstream } from "../../../src/providers/openai/upstream.ts";
import { CircuitOpen } from "../../../src/providers/resilient/circuit-breaker.ts";
import { hedged } from "../../../src/providers/resilient/hedging.ts";
import {
  type ResilienceOptions,
  resilientReplyModel,
  resilientSynthesizer,
  resilientTranscriber,
} from "../../../src/providers/resilient/resilient-providers.ts";
import { scriptedReplyModel } from "../../../src/providers/scripted/reply-model.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { type FakeUpstream, openUpstream } from "../../support/upstream/upstream.ts";
import { pieces, prompt, ramp } from "../openai/stages.ts";

type Health = "down" | "well" | "silent";
type Ask = (signal: AbortSignal) => AsyncIterable<unknown>;

interface Case {
  readonly name: string;
  /** The stage over one upstream, behind those that are rejected each time where `first` says so. */
  open(upstream: Upstream, options: ResilienceOptions & { clock: ManualClock }, standingIn: boolean): Ask;
}

const hearing = { rate: 16_000, language: "en-US" };
const speaking = { voice: "alloy", speed: 1, language: "en-US", rate: 24_000 };
const gone = { fail: "rejected" } as const;

const cases: readonly Case[] = [
  {
    name: "transcriber",
    open(upstream, options, standingIn) {
      const own = openaiTranscriber({ upstream });
      const all = standingIn ? ([scriptedTranscriber([gone]), own] as const) : ([own] as const);
      const transcriber = resilientTranscriber(all, options);
      return (signal) => transcriber.transcribe(pieces(ramp), { ...hearing, signal });
    },
  },
  {
    name: "transcriber over the Realtime socket",
    open(upstream, options, standingIn) {
      const own = openaiRealtimeTranscriber({ upstream });
      const all = standingIn ? ([scriptedTranscriber([gone]), own] as const) : ([own] as const);
      const transcriber = resilientTranscriber(all, options);
      return (signal) => transcriber.transcribe(pieces(ramp), { ...hearing, signal });
    },
  },
  {
    name: "reply model",
    open(upstream, options, standingIn) {
      const own = openaiReplyModel({ upstream });
      const all = standingIn ? ([scriptedReplyModel([gone]), own] as const) : ([own] as const);
      const model = resilientReplyModel(all, options);
      return (signal) => model.reply(prompt, { signal });
    },
  },
  {
    name: "hedged reply model",
    open(upstream, options, standingIn) {
      const own = hedged(openaiReplyModel({ upstream }), { afterMs: 400, clock: options.clock });
      const all = standingIn ? ([scriptedReplyModel([gone]), own] as const) : ([own] as const);
      const model = resilientReplyModel(all, options);
      return (signal) => model.reply(prompt, { signal });
    },
  },
  {
    name: "voice",
    open(upstream, options, standingIn) {
      const own = openaiSynthesizer({ upstream });
      const first = scriptedSynthesizer([gone], { voices: ["alloy"] });
      const all = standingIn ? ([first, own] as const) : ([own] as const);
      const voice = resilientSynthesizer(all, options);
      return (signal) => voice.synthesize("One two three four five.", { ...speaking, signal });
    },
  },
];

/** How a reader leaves a call that the upstream answers. Each resolves with whether it got something. */
const ways: Readonly<Record<string, (ask: Ask) => Promise<boolean>>> = {
  async "reads to the end"(ask) {
    let given = 0;
    for await (const _ of ask(new AbortController().signal)) given++;
    return given > 0;
  },
  async "stops at the answer"(ask) {
    for await (const event of ask(new AbortController().signal)) if (isAnswer(event)) return true;
    return false;
  },
  async "aborts once it has the answer"(ask) {
    const life = new AbortController();
    let answered = false;
    try {
      for await (const event of ask(life.signal)) {
        if (!isAnswer(event)) continue;
        answered = true;
        life.abort(new Error("barge-in"));
      }
    } catch (error) {
      if (error !== life.signal.reason) throw error;
    }
    return answered;
  },
};
/** Partials of a transcript are no answer yet; everything else that comes is one. */
const isAnswer = (event: unknown) => (event as { type?: string }).type !== "partial";

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An upstream whose health is in the test's hand, and the stage over it. */
async function open({ open: openStage }: Case, standingIn = false) {
  const state: { health: Health } = { health: "well" };
  const staging = () =>
    state.health === "down" ? { status: 503 } : state.health === "silent" ? { stallAfter: -1 } : {};
  const fake = await openUpstream({
    transcriptions: () => ({ text: "one two three", ...staging() }),
    chat: () => ({ text: "One two three.", ...staging() }),
    speech: staging,
    realtime: () => ({ text: "one two three", stalls: state.health === "silent", ...staging() }),
  });
  closers.push(() => fake.close());
  const clock = manualClock();
  // Longer than a circuit stays open: what ends a call here is the test.
  const timeouts = { firstByteMs: 60_000, stallMs: 60_000 };
  const upstream = connectUpstream({ baseUrl: fake.baseUrl, timeouts }, clock);
  closers.push(() => upstream.close());
  const states: string[] = [];
  const onCircuit = ({ provider, state: circuit }: { provider: string; state: string }) => {
    if (provider.startsWith("openai")) states.push(circuit);
  };
  const ask = openStage(upstream, { retries: 0, clock, onCircuit }, standingIn);
  return { fake, clock, ask, states, set: (health: Health) => (state.health = health) };
}

/** One call read to its end: "served", or why it was not. */
async function served(ask: Ask): Promise<"served" | "failed" | "not asked"> {
  try {
    await ways["reads to the end"]?.(ask);
    return "served";
  } catch (error) {
    if (!(error instanceof StageError)) throw error;
    return error.cause instanceof CircuitOpen ? "not asked" : "failed";
  }
}

async function failTimes(ask: Ask, times: number) {
  for (let i = 0; i < times; i++) expect(await served(ask)).toBe("failed");
}

/** A call that is cancelled once the upstream has its request, before anything came back. */
async function cancelEarly(ask: Ask, fake: FakeUpstream) {
  const life = new AbortController();
  const reading = (async () => {
    for await (const event of ask(life.signal)) expect(isAnswer(event)).toBe(false);
  })();
  reading.catch(() => {});
  await fake.request(fake.requests.length);
  const reason = new Error("barge-in");
  life.abort(reason);
  await expect(reading).rejects.toBe(reason);
}

describe.each(cases)("$name", (stage) => {
  describe.each([
    ["on its own", false],
    ["standing in", true],
  ])("%s", (_, standingIn) => {
    test.each(Object.entries(ways))(
      "[PV1] down five times, then well: served, the reader %s",
      async (...at) => {
        const [, leave] = at;
        const { clock, ask, states, set } = await open(stage, standingIn);
        set("down");
        await failTimes(ask, 5);
        set("well");
        expect(await served(ask)).toBe("not asked");
        await clock.advance(10_000);
        for (let i = 0; i < 4; i++) expect(await leave(ask)).toBe(true);
        expect(states).toEqual(["open", "half_open", "closed"]);
      },
    );
  });

  test.each(Object.entries(ways))(
    "[PV1] an answer is a success: failures around it are not in a row, the reader %s",
    async (...at) => {
      const [, leave] = at;
      const { ask, states, set } = await open(stage);
      for (let round = 0; round < 3; round++) {
        set("down");
        await failTimes(ask, 4);
        set("well");
        expect(await leave(ask)).toBe(true);
      }
      expect(states).toEqual([]);
    },
  );

  test("[PV1] a call cancelled before anything came is no success: failures around it are in a row", async () => {
    const { fake, ask, states, set } = await open(stage);
    set("down");
    await failTimes(ask, 4);
    set("silent");
    for (let i = 0; i < 6; i++) await cancelEarly(ask, fake);
    expect(states).toEqual([]);
    set("down");
    await failTimes(ask, 1);
    expect(states).toEqual(["open"]);
  });

  test("[PV1] a trial cancelled before anything came leaves the next caller the trial, at once", async () => {
    const { fake, clock, ask, states, set } = await open(stage);
    set("down");
    await failTimes(ask, 5);
    await clock.advance(10_000);
    set("silent");
    for (let i = 0; i < 3; i++) await cancelEarly(ask, fake);
    set("well");
    for (let i = 0; i < 3; i++) expect(await served(ask)).toBe("served");
    expect(states).toEqual(["open", "half_open", "closed"]);
  });

  test("[PV1] a trial that the upstream leaves without an answer lets another one in after the half-open time", async () => {
    const { fake, clock, ask, set } = await open(stage);
    set("down");
    await failTimes(ask, 5);
    await clock.advance(10_000);
    set("silent");
    const life = new AbortController();
    const hanging = (async () => {
      for await (const _ of ask(life.signal));
    })();
    hanging.catch(() => {});
    await fake.request(fake.requests.length);
    await clock.advance(9_999);
    expect(await served(ask)).toBe("not asked");
    await clock.advance(1);
    set("well");
    for (let i = 0; i < 3; i++) expect(await served(ask)).toBe("served");
    life.abort(new Error("over"));
  });
});

test("[PV1] an utterance still being said is no trial: others are served meanwhile", async () => {
  const { clock, set, fake } = await open(cases[0] as Case);
  const upstream = connectUpstream({ baseUrl: fake.baseUrl }, clock);
  closers.push(() => upstream.close());
  const transcriber = resilientTranscriber([openaiTranscriber({ upstream })], { retries: 0, clock });
  const ask: Ask = (signal) => transcriber.transcribe(pieces(ramp), { ...hearing, signal });
  set("down");
  await failTimes(ask, 5);
  await clock.advance(10_000);
  set("well");
  const spoken = Promise.withResolvers<void>();
  const slow = served((signal) =>
    transcriber.transcribe(
      (async function* () {
        yield* pieces(ramp);
        await spoken.promise;
      })(),
      { ...hearing, signal },
    ),
  );
  await clock.advance(0);
  expect(await served(ask)).toBe("served");
  spoken.resolve();
  expect(await slow).toBe("served");
});

test("[PV1] a kept phrase is said while the voice is away, and is no sign that it is well", async () => {
  const { clock, set, fake } = await open(cases[4] as Case);
  const upstream = connectUpstream({ baseUrl: fake.baseUrl }, clock);
  closers.push(() => upstream.close());
  const states: string[] = [];
  const voice = resilientSynthesizer([openaiSynthesizer({ upstream })], {
    retries: 0,
    clock,
    phraseCacheBytes: 1 << 20,
    onCircuit: ({ state }) => states.push(state),
  });
  const say =
    (text: string, fixed: boolean): Ask =>
    (signal) =>
      voice.synthesize(text, { ...speaking, signal, fixed });
  expect(await served(say("Sorry.", true))).toBe("served");
  set("down");
  for (let i = 0; i < 5; i++) {
    expect(await served(say("Hello.", false))).toBe("failed");
    expect(await served(say("Sorry.", true))).toBe("served");
  }
  expect(states).toEqual(["open"]);
  await clock.advance(10_000);
  expect(await served(say("Sorry.", true))).toBe("served");
  expect(states).toEqual(["open"]);
});
