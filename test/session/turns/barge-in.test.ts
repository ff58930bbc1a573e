import { describe, expect, test } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import { scriptedSynthesizer } from "../../../src/providers/scripted/synthesizer.ts";
import { overriding } from "../../support/overriding.ts";
import { recording, sessionUpdate, silence, testSession, userText } from "../../support/session.ts";

const serverVad = sessionUpdate({ audio: { input: { turn_detection: { type: "server_vad" } } } });
const story = "One two three four. Five six seven eight. Nine ten eleven twelve.";

/** A session in the middle of saying the story, at its own pace. */
async function speaking(options = {}) {
  const s = testSession({ replies: [story], speech: { realTime: true, msPerCharacter: 50 }, ...options });
  s.client(serverVad);
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  await s.clock.advance(300);
  return s;
}

test("[B1] speech over a reply: no frame of it leaves after speech_started, and its end says turn_detected", async () => {
  const s = await speaking();
  await s.hear(recording("overwhelmed-slt").subarray(0, 24_000));
  await s.sends("input_audio_buffer.speech_started");
  const done = await s.sends("response.done");
  expect(done.response.status).toBe("cancelled");
  expect(done.response.status_details).toEqual({ type: "cancelled", reason: "turn_detected" });
  await s.clock.advance(10_000);
  const at = s.sent.findIndex((event) => event.type === "input_audio_buffer.speech_started");
  const after = s.sent.slice(at).map((event) => event.type);
  expect(s.sent.slice(0, at).some((event) => event.type === "audio")).toBe(true);
  expect(after).not.toContain("audio");
  expect(after.slice(after.indexOf("response.done") + 1)).not.toContain("response.output_audio.done");
});

test("[B1] speech while the coach still thinks ends that reply too", async () => {
  const s = testSession({ replies: [{ text: "Late.", delayMs: 60_000 }] });
  s.client(serverVad);
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  await s.hear(recording("overwhelmed-slt").subarray(0, 24_000));
  expect((await s.sends("response.done")).response).toMatchObject({ status: "cancelled", output: [] });
});

test("[B1] a reply held up by a slow socket is cut all the same", async () => {
  const s = testSession({ replies: [story] });
  s.client(serverVad);
  s.client(userText("Tell me."));
  const release = s.block();
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  await s.hear(recording("overwhelmed-slt").subarray(0, 24_000));
  await s.sends("response.done");
  const frames = s.sent.filter((event) => event.type === "audio").length;
  release();
  await s.clock.advance(1000);
  expect(s.sent.filter((event) => event.type === "audio").length).toBe(frames);
});

test("[B3] a reply that was sent but still plays: clear, and the item keeps what was heard", async () => {
  const s = testSession({ extended: true, replies: [story], speech: { msPerCharacter: 50 } });
  s.client(
    sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection: { type: "server_vad" } } } }),
  );
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  const { response } = await s.sends("response.done");
  s.client({ type: "kuku.playback", response_id: response.id, played_ms: 1000, state: "playing" });
  await s.hear(recording("overwhelmed-slt").subarray(0, 24_000));
  expect((await s.sends("kuku.playback.clear")).response_id).toBe(response.id);
  const { item_id, audio_end_ms } = await s.sends("conversation.item.truncated");
  // The time since the report counts as played: the speech began within half a second of it.
  expect(audio_end_ms).toBeGreaterThanOrEqual(1000);
  expect(audio_end_ms).toBeLessThan(1500);
  s.client({ type: "conversation.item.retrieve", item_id });
  const { item } = await s.sends("conversation.item.retrieved");
  expect(item).toMatchObject({
    content: [{ transcript: expect.stringMatching(/^One two three four\.( Five)?( six)?$/) }],
  });
});

test("[B4] truncate keeps the words whose audio had ended, in the item and in the next prompt", async () => {
  const s = testSession({ replies: [story, "Next."], speech: { msPerCharacter: 50 } });
  s.client(serverVad);
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  const { response } = await s.sends("response.done");
  const item_id = response.output[0]?.id as string;
  // "One two three four." ends at 950 ms; " Five" (spoken as "Five") ends 200 ms later.
  s.client({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 1160 });
  expect(await s.sends("conversation.item.truncated")).toMatchObject({ item_id, audio_end_ms: 1160 });
  s.client({ type: "response.create" });
  await s.sends("response.done", 2);
  expect(s.prompts[1]).toMatchObject({
    items: [{ text: "Tell me." }, { role: "assistant", text: "One two three four. Five" }],
  });
});

test.each([
  ["beyond its audio", { audio_end_ms: 999_999 }, "audio_end_ms"],
  ["of a second part", { content_index: 1 }, "content_index"],
  ["of an unknown item", { item_id: "item_nowhere" }, "item_id"],
])("[B4] a truncation %s is refused with the field's name", async (_, wrong, param) => {
  const s = testSession({ replies: [story] });
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  const { response } = await s.sends("response.done");
  const item_id = response.output[0]?.id as string;
  s.client({
    type: "conversation.item.truncate",
    event_id: "mine",
    item_id,
    content_index: 0,
    audio_end_ms: 10,
    ...wrong,
  });
  expect((await s.sends("error")).error).toMatchObject({ param, event_id: "mine" });
  expect(s.of("conversation.item.truncated")).toEqual([]);
});

test("[B4] truncating a reply under way cancels it, then cuts its item", async () => {
  const s = await speaking();
  await s.clock.advance(700);
  const item_id = s.of("response.output_item.added")[0]?.item.id as string;
  s.client({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 400 });
  expect((await s.sends("response.done")).response.status_details).toEqual({
    type: "cancelled",
    reason: "client_cancelled",
  });
  await s.sends("conversation.item.truncated");
  s.client({ type: "conversation.item.retrieve", item_id });
  expect((await s.sends("conversation.item.retrieved")).item).toMatchObject({
    content: [{ transcript: "One two" }],
  });
});

test.each([
  ["a client truncates there", false],
  ["a client reports that it has played it", true],
])(
  "[B4] of a sentence that was cut, no word counts that was not sent, though all that was sent was heard: %s",
  async (_, reports) => {
    const s = await speaking(reports ? { extended: true } : {});
    await s.clock.advance(300);
    const item_id = s.of("response.output_item.added")[0]?.item.id as string;
    const response_id = s.of("response.created")[0]?.response.id as string;
    const sentMs = () =>
      s.sent.flatMap((e) => (e.type === "audio" ? [e.audio.samples / 24] : [])).reduce((a, b) => a + b, 0);
    if (reports) s.client({ type: "kuku.playback", response_id, played_ms: sentMs(), state: "playing" });
    s.client({ type: "response.cancel" });
    await s.sends("response.done");
    if (reports) s.client({ type: "output_audio_buffer.clear" });
    else s.client({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: sentMs() });
    await s.sends("conversation.item.truncated");
    s.client({ type: "conversation.item.retrieve", item_id });
    expect((await s.sends("conversation.item.retrieved")).item).toMatchObject({
      content: [{ transcript: expect.stringMatching(/^One two( three)?$/) }],
    });
  },
);

test("[PV6][B4] cut in mid-sentence by a voice that has left its text, the item keeps the words that were said, as far as they were heard", async () => {
  const clock = manualClock();
  const inner = scriptedSynthesizer([{ realTime: true, msPerCharacter: 50 }], { clock });
  const said = "Six seven eight nine.";
  const words = ["Six", "seven", "eight", "nine."].map((text, i) => ({
    text,
    startMs: 300 * i,
    endMs: 300 * i + 250,
  }));
  const synthesizer = overriding(inner, {
    synthesize(text, call) {
      call.onDeparture?.(said, words);
      return inner.synthesize(text, call);
    },
  });
  const s = testSession({ clock, extended: true, replies: [story], engines: { synthesizer } });
  s.client(sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection: null } } }));
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  await s.clock.advance(700);
  const item_id = s.of("response.output_item.added")[0]?.item.id as string;
  s.client({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 600 });
  const corrected = await s.sends("kuku.transcript.corrected");
  expect(corrected).toMatchObject({ text: "One two three four.", said });
  expect((await s.sends("response.output_audio_transcript.done")).transcript).toBe(said);
  await s.sends("conversation.item.truncated");
  s.client({ type: "conversation.item.retrieve", item_id });
  expect((await s.sends("conversation.item.retrieved")).item).toMatchObject({
    content: [{ transcript: "Six seven" }],
  });
});

test("[B5] output_audio_buffer.clear silences the coach", async () => {
  const s = await speaking();
  s.client({ type: "output_audio_buffer.clear" });
  expect((await s.sends("response.done")).response.status).toBe("cancelled");
  await s.clock.advance(10_000);
  expect(s.sent.at(-1)?.type).toBe("response.done");
});

test("[B1] a bystander's noise does not cut the coach", async () => {
  const s = await speaking();
  for (const noise of ["noise-pink-3s", "tone-220hz-2s", "silence-3s"]) await s.hear(recording(noise));
  await s.hear(silence(1000));
  expect(s.of("input_audio_buffer.speech_started")).toEqual([]);
  expect((await s.sends("response.done")).response.status).toBe("completed");
});

describe("[RF6] a client that reports its playback", () => {
  const told = (s: ReturnType<typeof testSession>) =>
    s.sent.flatMap((event) => (event.type.startsWith("output_audio_buffer") ? [event] : []));
  const replied = async (extended = true) => {
    const s = testSession({ extended, replies: [story], speech: { msPerCharacter: 50 } });
    const kuku = extended ? { kuku: { greet: false } } : {};
    s.client(sessionUpdate({ ...kuku, audio: { input: { turn_detection: { type: "server_vad" } } } }));
    s.client(userText("Tell me."));
    s.client({ type: "response.create" });
    const { response } = await s.sends("response.done");
    const report = (state: "playing" | "paused" | "ended", played_ms: number) =>
      s.client({ type: "kuku.playback", response_id: response.id, played_ms, state });
    return { s, report, response_id: response.id };
  };

  test("is told once that a reply began to play, and once that it has ended", async () => {
    const { s, report, response_id } = await replied();
    for (const played of [0, 500, 900]) report("playing", played);
    expect(told(s)).toMatchObject([{ type: "output_audio_buffer.started", response_id }]);
    for (const _ of [1, 2]) report("ended", 4000);
    expect(told(s).slice(1)).toMatchObject([{ type: "output_audio_buffer.stopped", response_id }]);
    expect(told(s)).toHaveLength(2);
  });

  test.each(["speech", "output_audio_buffer.clear"])("is told that it was cleared, by %s", async (by) => {
    const { s, report, response_id } = await replied();
    report("playing", 500);
    if (by === "speech") await s.hear(recording("overwhelmed-slt").subarray(0, 24_000));
    else s.client({ type: "output_audio_buffer.clear" });
    await s.sends("output_audio_buffer.cleared");
    // Reports that were on their way start and end nothing.
    report("playing", 600);
    report("ended", 600);
    expect(told(s)).toMatchObject([
      { type: "output_audio_buffer.started", response_id },
      { type: "output_audio_buffer.cleared", response_id },
    ]);
    expect(told(s)).toHaveLength(2);
  });

  test("who reports nothing is told nothing", async () => {
    for (const extended of [true, false]) {
      const { s } = await replied(extended);
      s.client({ type: "output_audio_buffer.clear" });
      await s.hear(recording("overwhelmed-slt").subarray(0, 24_000));
      expect(told(s)).toEqual([]);
    }
  });
});
