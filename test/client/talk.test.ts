import { afterEach, describe, expect, test } from "vitest";
import { readArguments, type TalkArguments } from "../../src/client/cli/arguments.ts";
import { type Talk, talk } from "../../src/client/cli/talk.ts";
import type { TalkNews } from "../../src/client/cli/watch.ts";
import { nodeSocket } from "../../src/client/node/node-socket.ts";
import type { Recording } from "../../src/client/wav.ts";
import { manualClock } from "../../src/lib/clock.ts";
import type { ScriptServer } from "./script-server.ts";
import { type CoachOptions, replyTone, scriptedCoach, words } from "./scripted-coach.ts";

const servers: ScriptServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

const tone = (rate: number, ms: number): Recording => ({
  rate,
  pcm: Int16Array.from({ length: (rate * ms) / 1000 }, (_, i) => Math.round(9_000 * Math.sin(i / 10))),
});

/** Talks with time moved by hand, 20 ms at a step, for as long as it takes. */
async function run(coach: CoachOptions, flags: string[] = [], recording = tone(24_000, 400)) {
  const server = await scriptedCoach(coach);
  servers.push(server);
  const clock = manualClock();
  const news: TalkNews[] = [];
  const args = readArguments(["talk", "x.wav", "--url", server.url, ...flags]) as TalkArguments;
  let done: Talk | undefined;
  const talking = talk(recording, args, {
    clock,
    openSocket: nodeSocket(),
    tell: (it) => news.push(it),
  }).then((it) => {
    done = it;
    return it;
  });
  while (!done) await clock.advance(20);
  return { ...(await talking), server, news, clock };
}
const audioOf = (server: ScriptServer) =>
  Buffer.concat(server.received.filter((it) => "bytes" in it).map((it) => it.bytes as Buffer));

describe("kuku talk", () => {
  test("speaks a recording and sums up transcript, verdicts, reply and latency", async () => {
    const { result, reply, clock } = await run({}, ["--text", "The lazy fox"]);
    expect(result).toMatchObject({
      type: "result",
      ok: true,
      transcript: "the box",
      understood: true,
      sentence: "The lazy fox",
      outcome: "slipped",
      words,
      accuracy: 1 / 3,
      reply: "I heard box for fox.",
      reply_audio_ms: 500,
      server_latency: { endpoint_ms: 500, first_audio_ms: 530 },
      turns: 1,
      speed: 1,
    });
    expect(result.latency_ms).toBeGreaterThanOrEqual(0);
    expect(result.latency_ms).toBeLessThan(200);
    expect(reply.pcm).toEqual(replyTone);
    expect(clock.pending).toBe(0);
  });

  test("sets the sentence and the language before it speaks, and speaks only after the greeting", async () => {
    const { server, news } = await run({}, ["--text", "The lazy fox", "--language", "en-GB"]);
    expect(server.requests[0]?.url).toBe("/v1/realtime?model=reader");
    expect(server.received[0]).toMatchObject({
      type: "session.update",
      session: { kuku: { drill: { text: "The lazy fox" }, language: "en-GB" } },
    });
    const order = news.flatMap((it) =>
      it.type === "event" ? [it.event.type] : it.type === "spoken" ? ["spoken"] : [],
    );
    expect(order.indexOf("response.done")).toBeLessThan(order.indexOf("spoken"));
  });

  test.each([
    [
      ["--drill", "pairs", "--level", "2", "--focus", "r/l"],
      { kind: "minimal_pairs", level: 2, focus: "r/l" },
    ],
    [["--drill", "pacing", "--text", "So … it is."], { kind: "pacing", text: "So … it is." }],
    [["--focus", "th"], { focus: "th" }],
  ])("asks the reader for %j", async (flags, drill) => {
    const { server } = await run({}, flags);
    expect(server.requests[0]?.url).toBe("/v1/realtime?model=reader");
    expect(server.received[0]).toMatchObject({ session: { kuku: { drill } } });
  });

  test("tells how a word of a pair came out", async () => {
    const task = { kind: "minimal_pairs", words: ["rice", "lice"] };
    const pair = { heard: "lice", clarity: 0.9, said: 1, right: 0, finished: false };
    const told = { type: "coach.drill", sentence: "rice", outcome: "slipped", task, pair, accuracy: 0 };
    const { result } = await run({ tells: [told] }, ["--drill", "pairs"]);
    expect(result).toMatchObject({ ok: true, sentence: "rice", outcome: "slipped", task, pair });
  });

  test("a yes to ending is heard out: the report comes, and the close behind it is no failure", async () => {
    const report = { text: "KEY DISCUSSION POINTS: …", insights: [], actions: [], quotes: [] };
    const care = { type: "coach.care", kind: "abuse", emergency: "112" };
    const tells = [care, { type: "coach.wrap_up", state: "confirmed" }];
    const { result, clock } = await run({ tells, reports: report });
    expect(result).toMatchObject({ ok: true, wrap_up: "confirmed", care: { kind: "abuse" }, report });
    expect(result.report).not.toHaveProperty("type");
    expect(clock.pending).toBe(0);
  });

  test("sends the recording whole, at the pace of a microphone", async () => {
    const recording = tone(24_000, 400);
    const { server, news } = await run({}, [], recording);
    const sent = audioOf(server);
    expect(sent.subarray(0, recording.pcm.byteLength).equals(Buffer.from(recording.pcm.buffer))).toBe(true);
    const spoken = news.filter((it) => it.type === "spoken");
    expect(spoken).toHaveLength(20);
    for (const it of spoken) expect(it.at).toBeGreaterThanOrEqual(it.recordingMs);
  });

  test("--fast takes a quarter of the time", async () => {
    const { news, result } = await run({}, ["--fast"]);
    const last = news.findLast((it) => it.type === "spoken");
    expect(last?.at).toBeLessThanOrEqual(140);
    expect(result).toMatchObject({ ok: true, speed: 4 });
  });

  test("a rate the server does not take is converted; one it takes is left alone", async () => {
    const cd = await run({}, [], tone(44_100, 400));
    expect(cd.result.ok).toBe(true);
    expect(cd.server.received[0]).toMatchObject({
      session: { audio: { input: { format: { rate: 24_000 } } } },
    });
    const phone = await run({}, [], tone(16_000, 400));
    expect(phone.server.received[0]).toMatchObject({
      session: { audio: { input: { format: { rate: 16_000 } } } },
    });
  });

  test("a persona that does not greet is not waited for long", async () => {
    const { result } = await run({ greets: false });
    expect(result.ok).toBe(true);
  });

  test.each<[string, CoachOptions, Recording, string, RegExp]>([
    ["silence", {}, { rate: 24_000, pcm: new Int16Array(9_600) }, "no_speech", /no speech was heard/],
    ["a refused setting", { refuses: "no such language" }, tone(24_000, 400), "refused", /no such language/],
    ["a reply that fails", { failsReply: true }, tone(24_000, 400), "reply_failed", /hoarse/],
    ["a server that stops", { closes: 1012 }, tone(24_000, 400), "closed", /restarted/],
  ])("%s is a failure with its code and words", async (_name, coach, recording, code, message) => {
    const { result, clock } = await run(coach, [], recording);
    expect(result.ok).toBe(false);
    expect(result.error?.code).toBe(code);
    expect(result.error?.message).toMatch(message);
    expect(clock.pending).toBe(0);
  });
});
