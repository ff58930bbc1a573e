import { expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { reply } from "../../../src/pipeline/mouth/reply.ts";
import type { UsageReport } from "../../../src/ports/usage.ts";
import { openaiReplyModel } from "../../../src/providers/openai/chat/reply-model.ts";
import { openaiSynthesizer } from "../../../src/providers/openai/speech/synthesizer.ts";
import { openaiRealtimeTranscriber } from "../../../src/providers/openai/transcription/realtime-transcriber.ts";
import { openaiTranscriber } from "../../../src/providers/openai/transcription/transcriber.ts";
import { hedged } from "../../../src/providers/resilient/hedging.ts";
import {
  resilientReplyModel,
  resilientTranscriber,
} from "../../../src/providers/resilient/resilient-providers.ts";
import { all, openPair } from "./fixtures.ts";
import { outcome, pieces, prompt, ramp } from "./stages.ts";

/** Hears of use; `told(n)` resolves with the reports once there are n. */
function listener() {
  const reports: UsageReport[] = [];
  let wake = () => {};
  return {
    reports,
    onUsage(report: UsageReport) {
      reports.push(report);
      wake();
    },
    async told(count: number) {
      while (reports.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return reports;
    },
  };
}
/** As the rule of thumb has it for the prompt of these tests. */
const asked = { inputTokens: expect.any(Number) };

test("a reply that is broken off is told as an estimate of what came, with its price", async () => {
  const { upstream } = await openPair({ chat: [{ text: "one two three", stallAfter: 2 }] });
  const { onUsage, told } = listener();
  const stop = new AbortController();
  const model = openaiReplyModel({ upstream, model: "m", price: { perMillionOutputTokens: 1e6 } });
  const deltas = model.reply(prompt, { signal: stop.signal, onUsage })[Symbol.asyncIterator]();
  await deltas.next();
  await deltas.next();
  const rest = deltas.next();
  stop.abort("barge in");
  await expect(rest).rejects.toBe("barge in");
  // Seven characters came.
  expect(await told(1)).toEqual([
    { stage: "reply", model: "m", ...asked, outputTokens: 2, estimated: true, cost: 2 },
  ]);
});

test("speech that is broken off was asked for in full, and made in part", async () => {
  const { upstream } = await openPair({ speech: [{ stallAfter: 1 }] });
  const { onUsage, told } = listener();
  const stop = new AbortController();
  const call = { voice: "alloy", speed: 1, language: "en-US", rate: 24_000, signal: stop.signal, onUsage };
  const chunks = openaiSynthesizer({ upstream, model: "m" })
    .synthesize("Hello there.", call)
    [Symbol.asyncIterator]();
  const first = await chunks.next();
  const rest = chunks.next();
  stop.abort("barge in");
  await expect(rest).rejects.toBe("barge in");
  const audioSeconds = first.value!.pcm.length / 24_000;
  expect(await told(1)).toEqual([
    { stage: "synthesize", model: "m", characters: 12, audioSeconds, estimated: true },
  ]);
});

test("a transcription given up on counts for the audio that went up; before any went, for nothing", async () => {
  const { upstream, fake } = await openPair({
    transcriptions: [{ text: "never", stallAfter: -1 }],
    realtime: [{ stalls: true }],
  });
  for (const transcriber of [openaiTranscriber({ upstream }), openaiRealtimeTranscriber({ upstream })]) {
    const { onUsage, told } = listener();
    const stop = new AbortController();
    const asked = { rate: 24_000, language: "en-US", signal: stop.signal, onUsage };
    const read = outcome(transcriber.transcribe(pieces(ramp), asked));
    const request = await fake.request(transcriber.streams ? 1 : 0);
    while (transcriber.streams && request.events.at(-1)?.type !== "input_audio_buffer.commit")
      await new Promise((resolve) => setImmediate(resolve));
    stop.abort("gone");
    await read;
    const audioSeconds = ramp.length / 24_000;
    expect(await told(1)).toMatchObject([{ stage: "transcribe", audioSeconds, estimated: true }]);
  }
  const { reports, onUsage } = listener();
  const gone = { rate: 24_000, language: "en-US", signal: AbortSignal.abort("gone"), onUsage };
  await outcome(openaiTranscriber({ upstream }).transcribe(pieces(ramp), gone));
  await outcome(openaiRealtimeTranscriber({ upstream }).transcribe(pieces(ramp), gone));
  expect(reports).toEqual([]);
});

test("a refused request is free; the one that is made in its place counts", async () => {
  const { upstream } = await openPair({
    chat: ({ call }) => (call === 0 ? { status: 500 } : "Fine."),
    transcriptions: ({ call }) => (call === 0 ? { text: "", status: 500 } : "Fine."),
  });
  const { reports, onUsage } = listener();
  const { signal } = new AbortController();
  await all(resilientReplyModel([openaiReplyModel({ upstream })]).reply(prompt, { signal, onUsage }));
  const hear = { rate: 16_000, language: "en-US", signal, onUsage };
  await all(resilientTranscriber([openaiTranscriber({ upstream })]).transcribe(pieces(ramp), hear));
  expect(reports.map(({ stage, estimated }) => [stage, estimated])).toEqual([
    ["reply", undefined],
    ["transcribe", undefined],
  ]);
});

test("a reply that breaks off on the way counts, and so does its second attempt", async () => {
  const { upstream } = await openPair({
    transcriptions: ({ call }) =>
      call === 0 ? { text: "one two three", streams: "deltas", cutAfter: 2 } : "one two three",
  });
  const { reports, onUsage } = listener();
  const { signal } = new AbortController();
  const hear = { rate: 16_000, language: "en-US", signal, onUsage };
  await all(resilientTranscriber([openaiTranscriber({ upstream })]).transcribe(pieces(ramp), hear));
  expect(reports).toMatchObject([{ audioSeconds: 1, estimated: true }, { audioSeconds: 1 }]);
  expect(reports[1]).not.toHaveProperty("estimated");
});

test("of a hedged reply both requests count, the loser as an estimate", async () => {
  const { upstream, fake } = await openPair({
    chat: ({ call }) => (call === 0 ? { text: "Late.", stallAfter: -1 } : "In time."),
  });
  const clock = manualClock();
  const { reports, onUsage, told } = listener();
  const { signal } = new AbortController();
  const model = hedged(openaiReplyModel({ upstream }), { afterMs: 400, clock });
  const reading = all(model.reply(prompt, { signal, onUsage }));
  await fake.request(0);
  await clock.advance(400);
  await reading;
  await told(2);
  const [loser, winner] = [...reports].sort((a, b) => (a.outputTokens ?? 0) - (b.outputTokens ?? 0));
  expect(loser).toMatchObject({ ...asked, outputTokens: 0, estimated: true });
  expect(winner).toMatchObject({ inputTokens: 11, outputTokens: 2 });
});

test("a request that is too late was given up by us, and counts", async () => {
  const clock = manualClock();
  const { upstream, fake } = await openPair({ chat: [{ text: "Late.", stallAfter: -1 }] }, {}, clock);
  const { reports, onUsage } = listener();
  const { signal } = new AbortController();
  const read = outcome(openaiReplyModel({ upstream }).reply(prompt, { signal, onUsage }));
  await fake.request(0);
  await clock.advance(60_000);
  expect((await read).error).toMatchObject({ kind: "timeout" });
  expect(reports).toMatchObject([{ outputTokens: 0, estimated: true }]);
});

test("a server that tells no tokens: they are reckoned", async () => {
  const { upstream } = await openPair({
    chat: ({ request }) =>
      request.body.stream_options === undefined
        ? "Four plus four."
        : { status: 400, error: { message: "Unknown field", param: "stream_options" } },
  });
  const { reports, onUsage } = listener();
  const { signal } = new AbortController();
  const deltas = await all(openaiReplyModel({ upstream }).reply(prompt, { signal, onUsage }));
  expect(reports).toMatchObject([{ ...asked, outputTokens: 4, estimated: true }]);
  expect(deltas.at(-1)).toEqual({ type: "end", finish: "stop" });
});

test("tokens that came from the model's cache are told apart", async () => {
  const { upstream } = await openPair({ chat: [{ text: "Fine.", cachedTokens: 8 }] });
  const { reports, onUsage } = listener();
  const price = { perMillionInputTokens: 1e6, perMillionCachedInputTokens: 1e5 };
  const { signal } = new AbortController();
  await all(openaiReplyModel({ upstream, price }).reply(prompt, { signal, onUsage }));
  expect(reports).toMatchObject([{ inputTokens: 11, cachedInputTokens: 8, cost: expect.closeTo(3.8) }]);
});

test("a spoken reply tells what both stages used, also when it is broken off", async () => {
  const { upstream } = await openPair({
    chat: ["One sentence here. And another."],
    speech: ({ call }) => (call === 0 ? {} : { stallAfter: 1 }),
  });
  const { onUsage, told } = listener();
  const stop = new AbortController();
  const events = reply(prompt, {
    model: openaiReplyModel({ upstream }),
    synthesizer: openaiSynthesizer({ upstream }),
    voice: "alloy",
    speed: 1,
    rate: 24_000,
    language: "en-US",
    clock: manualClock(),
    signal: stop.signal,
    onUsage,
  });
  let sentences = 0;
  for await (const event of events) {
    if (event.type === "transcript") sentences++;
    if (event.type === "audio" && sentences === 2) break;
  }
  stop.abort("barge in");
  const reports = await told(3);
  expect(reports.map(({ stage, estimated }) => `${stage} ${estimated ?? "told"}`).sort()).toEqual([
    "reply told",
    "synthesize told",
    "synthesize true",
  ]);
});
