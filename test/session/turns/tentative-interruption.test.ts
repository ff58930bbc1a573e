import { expect, test } from "vitest";
import type { ClientEvent } from "../../../src/protocol/client-events.ts";
import {
  recording,
  sessionUpdate,
  silence,
  type TestSessionOptions,
  testSession,
  userText,
} from "../../support/session.ts";

const story = "One two three four. Five six seven eight. Nine ten eleven twelve. Thirteen fourteen fifteen.";
/** The voice does not speak the three spaces between its sentences. */
const storyMs = (story.length - 3) * 50;

/** A `kuku.v1` session in the middle of saying the story at its own pace, some way beyond the echo guard. */
async function speaking(
  options: Pick<TestSessionOptions, "extended" | "engines"> & { transcripts?: string[]; after?: number } = {},
) {
  const { extended = true, after = 1200, transcripts, engines } = options;
  const s = testSession({
    extended,
    replies: [story],
    speech: { realTime: true, msPerCharacter: 50 },
    ...(transcripts && { transcripts }),
    ...(engines && { engines }),
  });
  const kuku = extended ? { kuku: { greet: false } } : {};
  s.client(sessionUpdate({ ...kuku, audio: { input: { turn_detection: { type: "server_vad" } } } }));
  s.client(userText("Tell me."));
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  await s.clock.advance(after);
  return s;
}

/** Audio of the story that was sent. */
const sentMs = (s: Awaited<ReturnType<typeof speaking>>) =>
  s.sent.reduce(
    (sum, event) =>
      sum + (event.type === "audio" && event.audio.responseNumber === 1 ? event.audio.bytes.length / 48 : 0),
    0,
  );

test("[B6][B7] mhm over a reply: it is held, goes on, and every sample of it is sent", async () => {
  const s = await speaking({ transcripts: ["Mhm."] });
  await s.hear(recording("mhm-slt"));
  await s.hear(silence(1000));
  await s.clock.advance(10_000);
  expect((await s.sends("response.done")).response.status).toBe("completed");
  expect(sentMs(s)).toBeCloseTo(storyMs, 0);
  expect(s.types().filter((type) => type.startsWith("kuku.playback"))).toEqual([
    "kuku.playback.pause",
    "kuku.playback.resume",
  ]);
  expect(s.types().filter((type) => type.startsWith("input_audio_buffer"))).toEqual([]);
  expect(s.of("response.created").length).toBe(1);
});

test("[B6] while it is held no audio leaves", async () => {
  const s = await speaking();
  await s.hear(recording("mhm-slt").subarray(0, 14_400));
  await s.sends("kuku.playback.pause");
  const held = sentMs(s);
  await s.hear(recording("mhm-slt").subarray(4_800, 14_400));
  expect(sentMs(s)).toBe(held);
});

test.each([true, false])(
  "[B6] speech over a reply (kuku.v1: %s): told and cut once it is known",
  async (extended) => {
    const s = await speaking({ extended });
    await s.hear(recording("overwhelmed-slt").subarray(0, 48_000));
    await s.sends("input_audio_buffer.speech_started");
    expect((await s.sends("response.done")).response.status_details).toEqual({
      type: "cancelled",
      reason: "turn_detected",
    });
    const at = s.sent.findIndex((event) => event.type === "input_audio_buffer.speech_started");
    await s.clock.advance(10_000);
    expect(s.sent.slice(at).some((event) => event.type === "audio")).toBe(false);
    expect(s.of("kuku.playback.pause").length).toBe(extended ? 1 : 0);
  },
);

/** The holds and their ends, by response, as a client is told them. */
const holds = (s: Awaited<ReturnType<typeof speaking>>) =>
  s.sent.flatMap((event) =>
    event.type === "kuku.playback.pause" ||
    event.type === "kuku.playback.resume" ||
    event.type === "kuku.playback.clear"
      ? [`${event.type} ${event.response_id}`]
      : [],
  );

test.each(["cut", "resumed"])(
  "[B9] a client that never reports is told how its hold ends: %s",
  async (how) => {
    const s = await speaking({ transcripts: ["Mhm."] });
    const { id } = (await s.sends("response.created")).response;
    await s.hear(how === "cut" ? recording("overwhelmed-slt").subarray(0, 48_000) : recording("mhm-slt"));
    await s.hear(silence(1000));
    const end = how === "cut" ? "clear" : "resume";
    await s.sends(`kuku.playback.${end}`);
    expect(holds(s)).toEqual([`kuku.playback.pause ${id}`, `kuku.playback.${end} ${id}`]);
  },
);

test.each<[string, ClientEvent[]]>([
  ["input_audio_buffer.clear", [{ type: "input_audio_buffer.clear" }]],
  ["response.cancel", [{ type: "response.cancel" }]],
  ["output_audio_buffer.clear", [{ type: "output_audio_buffer.clear" }]],
  ["a change to push to talk", [sessionUpdate({ audio: { input: { turn_detection: null } } })]],
])(
  "[B9] %s while a reply is held: the hold ends, and nothing of what is to be heard is lost",
  async (_, says) => {
    const s = await speaking({ transcripts: ["Mhm."] });
    const { id } = (await s.sends("response.created")).response;
    await s.hear(recording("mhm-slt").subarray(0, 14_400));
    await s.sends("kuku.playback.pause");
    for (const event of says) s.client(event);
    await s.sends("kuku.playback.resume");
    await s.clock.advance(20_000);
    const { status } = (await s.sends("response.done")).response;
    if (status === "completed") expect(sentMs(s)).toBeCloseTo(storyMs, 0);
    else expect(status).toBe("cancelled");
    expect(holds(s)).toEqual([`kuku.playback.pause ${id}`, `kuku.playback.resume ${id}`]);
  },
);

test("[B7] a short word that is no backchannel is a turn after all", async () => {
  const s = await speaking({ transcripts: ["Stop."] });
  await s.hear(recording("mhm-slt"));
  await s.hear(silence(1000));
  await s.sends("response.done");
  expect(s.types().filter((type) => type.startsWith("input_audio_buffer"))).toEqual([
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
  ]);
  await s.sends("response.created", 2);
  await s.clock.advance(10_000);
  expect(s.prompts[1]).toMatchObject({ items: [{}, { role: "assistant" }, { role: "user", text: "Stop." }] });
});

test("[B8] right after a reply began nothing is held, and speech still interrupts", async () => {
  const s = await speaking({ transcripts: ["Mhm.", "Wait."], after: 100 });
  await s.hear(recording("mhm-slt").subarray(0, 12_000));
  expect(s.of("kuku.playback.pause")).toEqual([]);
  const speech = await speaking({ after: 0 });
  await speech.hear(recording("overwhelmed-slt").subarray(0, 36_000));
  await speech.sends("input_audio_buffer.speech_started");
  expect((await speech.sends("response.done")).response.status).toBe("cancelled");
});

test("[B7] fifty backchannels in a row cost the reply nothing", async () => {
  const s = await speaking({ transcripts: ["Yeah."] });
  for (let i = 0; i < 50 && s.of("response.done").length === 0; i++) {
    await s.hear(recording("mhm-slt"));
    await s.hear(silence(700));
  }
  await s.sends("response.done");
  expect(sentMs(s)).toBeCloseTo(storyMs, 0);
  expect(s.of("response.done")[0]?.response.status).toBe("completed");
});

test("[B6] a sound that goes on without becoming speech holds the reply for 1.2 s, no longer", async () => {
  const s = await speaking();
  await s.hear(recording("mhm-slt").subarray(0, 14_400));
  await s.sends("kuku.playback.pause");
  const held = sentMs(s);
  await s.clock.advance(1300);
  expect((await s.sends("kuku.playback.resume")).response_id).toBe(s.of("response.created")[0]?.response.id);
  await s.clock.advance(500);
  expect(sentMs(s)).toBeGreaterThan(held);
});

test("[B6] a client that never reports the end of its playback does not keep the coach speaking", async () => {
  const s = await speaking();
  const { id } = (await s.sends("response.created")).response;
  s.client({ type: "kuku.playback", response_id: id as string, played_ms: 1200, state: "playing" });
  await s.clock.advance(60_000);
  await s.sends("response.done");
  await s.hear(recording("mhm-slt"));
  await s.sends("input_audio_buffer.speech_started");
  expect(s.of("kuku.playback.pause")).toEqual([]);
});

test("[B7] an mhm that outlasts the reply is an answer to it", async () => {
  const s = await speaking({ transcripts: ["Mhm."], after: 0 });
  await s.clock.advance(storyMs - 200);
  await s.hear(recording("mhm-slt").subarray(0, 9_600));
  await s.clock.advance(10_000);
  await s.sends("response.done");
  await s.hear(recording("mhm-slt").subarray(9_600));
  await s.hear(silence(1000));
  expect(s.types().filter((type) => type.startsWith("input_audio_buffer"))).toEqual([
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
  ]);
  await s.sends("response.created", 2);
});

test("[B7] a commit in the middle of a doubt makes the turn, told from its beginning", async () => {
  const s = await speaking();
  await s.hear(recording("mhm-slt").subarray(0, 14_400));
  await s.sends("kuku.playback.pause");
  s.client({ type: "input_audio_buffer.commit" });
  await s.sends("input_audio_buffer.committed");
  expect(s.types().filter((type) => type.startsWith("input_audio_buffer"))).toEqual([
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
  ]);
});

test("[B7] nothing is told of a backchannel, not even its words as they come in late", async () => {
  let say = (_text: string) => {};
  let finish = () => {};
  const s = await speaking({
    engines: {
      transcriber: {
        name: "late",
        async *transcribe(audio) {
          for await (const _ of audio);
          yield {
            type: "partial",
            text: await new Promise<string>((resolve) => {
              say = resolve;
            }),
          };
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          yield { type: "final", transcript: { text: "Mhm.", understood: true } };
        },
      },
    },
  });
  await s.hear(recording("mhm-slt"));
  await s.hear(silence(1000));
  say("Mhm");
  await s.clock.advance(10);
  finish();
  await s.clock.advance(10_000);
  await s.sends("response.done");
  expect(s.types().filter((type) => /transcription|input_audio_buffer/.test(type))).toEqual([]);
});
