import { expect, test } from "vitest";
import { manualClock } from "../../src/lib/clock.ts";
import { joinPcm } from "../../src/pipeline/audio/pcm.ts";
import type { SpeechChunk, SynthesizeOptions, Synthesizer } from "../../src/ports/synthesizer.ts";
import type { UsageReport } from "../../src/ports/usage.ts";
import { cachePhrases } from "../../src/providers/phrase-cache.ts";
import { type ScriptedSpeech, scriptedSynthesizer } from "../../src/providers/scripted/synthesizer.ts";
import { synthesizerContract } from "./synthesizer-contract.ts";

const scripted = () => scriptedSynthesizer([{}], { voices: ["scripted", "another"] });
/** Marks every call as fixed. */
const always = (synthesizer: Synthesizer): Synthesizer => ({
  ...synthesizer,
  synthesize: (text, call) => synthesizer.synthesize(text, { ...call, fixed: true }),
});
synthesizerContract("phrase cache, passing through", () => ({
  synthesizer: cachePhrases(scripted(), 1 << 20),
}));
synthesizerContract("phrase cache, fixed phrases", () => ({
  synthesizer: always(cachePhrases(scripted(), 1 << 20)),
}));

const options = (more: Partial<SynthesizeOptions> = {}): SynthesizeOptions => ({
  voice: "scripted",
  speed: 1,
  language: "en-US",
  rate: 24_000,
  signal: new AbortController().signal,
  fixed: true,
  ...more,
});

test("[PV6] a phrase that was said otherwise is told to each who waits for it, and is made anew for the next", async () => {
  let made = 0;
  const inner = scripted();
  const otherwise: Synthesizer = {
    ...inner,
    async *synthesize(text, call) {
      const first = made++ === 0;
      yield* inner.synthesize(text, call);
      if (first) call.onDeparture?.("Something else.");
    },
  };
  const cache = cachePhrases(otherwise, 1 << 20);
  const say = async () => {
    const said: string[] = [];
    for await (const _ of cache.synthesize("Hello.", options({ onDeparture: (words) => said.push(words) })));
    return said;
  };
  expect(await Promise.all([say(), say()])).toEqual([["Something else."], ["Something else."]]);
  expect(await say()).toEqual([]);
  expect(await say()).toEqual([]);
  expect(made).toBe(2);
});

/** A cache over a script, and what it was asked to make. */
function open(script: readonly ScriptedSpeech[] = [{}], maxBytes = 16 << 20) {
  const clock = manualClock();
  const inner = scriptedSynthesizer(script, { clock, voices: ["scripted", "another"] });
  const made: string[] = [];
  const given: SpeechChunk[] = [];
  let ended = 0;
  const cache = cachePhrases(
    {
      ...inner,
      async *synthesize(text, call) {
        made.push(text);
        try {
          for await (const chunk of inner.synthesize(text, call)) {
            given.push(chunk);
            yield chunk;
          }
        } finally {
          ended++;
        }
      },
    },
    maxBytes,
  );
  const say = async (text: string, more: Partial<SynthesizeOptions> = {}) => {
    const chunks: SpeechChunk[] = [];
    for await (const chunk of cache.synthesize(text, options(more))) chunks.push(chunk);
    return chunks;
  };
  return { cache, clock, say, made, given, ended: () => ended };
}

test("a fixed phrase is made once, and comes again sample for sample, with its words; others are made each time", async () => {
  const { say, made } = open();
  const first = await say("Hello there.");
  expect(first.length).toBeGreaterThan(3);
  expect(first.flatMap((chunk) => chunk.words ?? []).map((word) => word.text)).toEqual(["Hello", "there."]);
  expect(await say("Hello there.")).toEqual(first);
  expect(made).toEqual(["Hello there."]);
  await say("Hello there.", { fixed: false });
  await say("Hello there.", { fixed: false });
  expect(made.length).toBe(3);
});

test.each<[string, Partial<SynthesizeOptions>]>([
  ["voice", { voice: "another" }],
  ["pace", { speed: 1.5 }],
  ["language", { language: "fr-FR" }],
  ["rate", { rate: 16_000 }],
])("another %s is another phrase", async (_, more) => {
  const { say, made } = open();
  await say("Hello.");
  await say("Hello.", more);
  expect(made.length).toBe(2);
});

test("a text too long to be a phrase passes through", async () => {
  const { say, made } = open();
  const long = "So. ".repeat(101);
  await say(long);
  await say(long);
  expect(made.length).toBe(2);
});

test("memory stays within its bound: the phrase said longest ago goes first, one too large is not kept", async () => {
  const seconds = (await open().say("Twelve chars")).reduce((sum, { pcm }) => sum + pcm.length, 0) / 24_000;
  // Three phrases of that length and what hangs on them fit, four do not.
  const { say, made } = open([{}], 3 * seconds * 48_000 + 8000);
  const texts = ["Twelve char1", "Twelve char2", "Twelve char3"];
  for (const text of texts) await say(text);
  await say("Twelve char1");
  await say("Twelve char4");
  expect(made.length).toBe(4);
  await say("Twelve char1");
  await say("Twelve char3");
  await say("Twelve char4");
  expect(made.length).toBe(4);
  await say("Twelve char2");
  expect(made.length).toBe(5);
  const large = "One sentence that is much longer than all of the others are, taken together.";
  await say(large);
  await say(large);
  expect(made.length).toBe(7);
  await say("Twelve char2");
  expect(made.length).toBe(7);
});

test("what is kept holds no more than its samples, whatever buffer they came in", async () => {
  const { say, given } = open();
  for (const { pcm } of await say("Hello there.")) expect(pcm.buffer.byteLength).toBe(pcm.byteLength);
  expect(given.some(({ pcm }) => pcm.buffer.byteLength > pcm.byteLength)).toBe(true);
});

test("a cancelled phrase is not kept, and its synthesis ends at once", async () => {
  const { cache, say, made, ended } = open([{ stallAfter: 2 }, {}]);
  const stop = new AbortController();
  const chunks = cache.synthesize("Hello there.", options({ signal: stop.signal }))[Symbol.asyncIterator]();
  await chunks.next();
  await chunks.next();
  const waiting = chunks.next();
  stop.abort("barge in");
  await expect(waiting).rejects.toBe("barge in");
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended()).toBe(1);
  expect((await say("Hello there.")).length).toBeGreaterThan(2);
  expect(made.length).toBe(2);
});

test("a failed phrase is not kept", async () => {
  const { say, made } = open([{ fail: "unavailable", failAfter: 2 }, {}]);
  await expect(say("Hello there.")).rejects.toMatchObject({ kind: "unavailable" });
  expect((await say("Hello there.")).length).toBeGreaterThan(2);
  expect(made.length).toBe(2);
});

test("calls at the same time share one synthesis; one that is cancelled takes nothing from the others", async () => {
  const { cache, clock, say, made, ended } = open([{ delayMs: 100, gapMs: 100 }]);
  const stop = new AbortController();
  const cancelled = say("Hello there.", { signal: stop.signal });
  cancelled.catch(() => {});
  const first = say("Hello there.");
  const second = say("Hello there.");
  await clock.advance(250);
  stop.abort("barge in");
  await expect(cancelled).rejects.toBe("barge in");
  await clock.advance(5000);
  expect(await first).toEqual(await second);
  expect(joinPcm((await first).map(({ pcm }) => pcm)).length).toBe(12 * 60 * 24);
  expect(made).toEqual(["Hello there."]);
  expect(ended()).toBe(1);
  expect(clock.pending).toBe(0);
  // A failure is everyone's, also of those who are a few chunks behind.
  const broken = open([{ fail: "timeout", failAfter: 2 }]);
  const slow = broken.cache.synthesize("Hello there.", options())[Symbol.asyncIterator]();
  await slow.next();
  await expect(broken.say("Hello there.")).rejects.toMatchObject({ kind: "timeout" });
  expect((await slow.next()).done).toBe(false);
  await expect(slow.next()).rejects.toMatchObject({ kind: "timeout" });
  expect(cache.voices).toEqual(["scripted", "another"]);
});

test("what is kept is used for nothing", async () => {
  const reports: UsageReport[] = [];
  const onUsage = (report: UsageReport) => reports.push(report);
  const { say } = open([{ usage: { characters: 6 } }]);
  await say("Hello.", { onUsage });
  await say("Hello.", { onUsage });
  expect(reports).toEqual([{ stage: "synthesize", model: "scripted", characters: 6 }]);
});
