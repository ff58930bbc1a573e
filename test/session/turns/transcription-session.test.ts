/** Sessions of type `transcription`: what is said is transcribed and measured, and nobody answers. */
import { expect, test } from "vitest";
import { StageError } from "../../../src/lib/errors.ts";
import { testJournal } from "../../support/journal.ts";
import { recording, silence, type TestSessionOptions, testSession, userText } from "../../support/session.ts";

const transcribing = (options: TestSessionOptions = {}) => {
  const calls: string[] = [];
  const s = testSession({
    type: "transcription",
    ...options,
    engines: {
      replyModel: {
        name: "counted",
        callsTools: false,
        answersJson: true,
        reply() {
          calls.push("reply");
          throw new StageError("reply", "unavailable");
        },
      },
      synthesizer: {
        name: "counted",
        voices: ["marin"],
        synthesize() {
          calls.push("synthesize");
          throw new StageError("synthesize", "unavailable");
        },
      } as never,
      ...options.engines,
    },
  });
  return { ...s, calls };
};

const update = (session: object) =>
  ({ type: "session.update", session: { type: "transcription", ...session } }) as never;
const speak = async (s: { hear(pcm: Int16Array): Promise<void> }, name = "fox-slt") => {
  await s.hear(recording(name));
  await s.hear(silence(1500));
};

test("[TX1][TX2] a plain client is told utterances and transcripts, and nothing answers them", async () => {
  const s = transcribing({ transcripts: ["The quick brown fox."] });
  expect(s.sent[0]).toEqual({
    type: "session.created",
    event_id: expect.any(String),
    session: {
      type: "transcription",
      object: "realtime.transcription_session",
      id: s.session.id,
      expires_at: 3600,
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24000 },
          transcription: { model: "scripted" },
          turn_detection: {
            type: "server_vad",
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 500,
          },
        },
      },
    },
  });
  await speak(s);
  const completed = await s.sends("conversation.item.input_audio_transcription.completed");
  await s.clock.advance(10_000);
  expect(s.types().filter((type) => !type.endsWith(".delta"))).toEqual([
    "session.created",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.completed",
  ]);
  expect(completed).toMatchObject({
    item_id: s.of("input_audio_buffer.committed")[0]?.item_id,
    content_index: 0,
    transcript: "The quick brown fox.",
    usage: { type: "duration", seconds: expect.any(Number) },
  });
  expect(completed).not.toHaveProperty("kuku");
  expect(s.calls).toEqual([]);
});

test("[TX1] words are told while they are said, before there is an item", async () => {
  const s = transcribing({ transcripts: [{ text: "One two three.", partials: ["One", "One two"] }] });
  await s.hear(recording("fox-slt"));
  await s.sends("conversation.item.input_audio_transcription.delta", 2);
  expect(s.of("input_audio_buffer.committed")).toEqual([]);
});

test("[TX1][TX5] with kuku.v1 delivery and word times come beside the transcript: no greeting, no stage, no reply", async () => {
  const words = [
    { text: "The", startMs: 300, endMs: 400 },
    { text: "fox.", startMs: 400, endMs: 900 },
  ];
  const s = transcribing({
    extended: true,
    resume: { token: "secret", graceMs: 60_000 },
    transcripts: [{ text: "The fox.", words }],
  });
  await s.clock.advance(5_000);
  await speak(s);
  const completed = await s.sends("conversation.item.input_audio_transcription.completed");
  expect(completed.kuku).toEqual({
    understood: true,
    words: [
      { text: "The", start_ms: 300, end_ms: 400 },
      { text: "fox.", start_ms: 400, end_ms: 900 },
    ],
  });
  await s.clock.advance(10_000);
  const deliveries = s.of("coach.delivery");
  expect(deliveries.filter(({ final }) => !final).length).toBeGreaterThan(1);
  expect(deliveries.at(-1)).toMatchObject({ final: true, item_id: completed.item_id, word_count: 2 });
  expect(new Set(s.types())).toEqual(
    new Set([
      "session.created",
      "kuku.resumable",
      "input_audio_buffer.speech_started",
      "coach.delivery",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.item.input_audio_transcription.completed",
    ]),
  );
  expect(s.calls).toEqual([]);
});

test("[TX1] words of crisis, commands and a drill's persona change nothing: nobody coaches", async () => {
  const s = transcribing({ extended: true, persona: "reader", transcripts: ["I want to kill myself."] });
  await speak(s);
  await s.sends("conversation.item.input_audio_transcription.completed");
  s.client(userText("next"));
  await s.sends("conversation.item.done", 2);
  await s.clock.advance(10_000);
  expect(s.types().filter((type) => /^(coach\.(?!delivery)|response|error)/.test(type))).toEqual([]);
  expect(s.calls).toEqual([]);
});

test("[TX1] response.create is refused by an error that says why", async () => {
  const s = transcribing();
  s.client({ type: "response.create", event_id: "r1" });
  s.client({ type: "response.create", event_id: "r2", response: { conversation: "none" } });
  await s.sends("error", 2);
  for (const [i, { error }] of s.of("error").entries())
    expect(error).toMatchObject({
      code: "unsupported_value",
      message: expect.stringContaining("transcription session, which has no replies"),
      event_id: `r${i + 1}`,
    });
  expect(s.calls).toEqual([]);
});

test("[TX2] manual commits: an utterance ends where the client says so, and audio in an item is transcribed", async () => {
  const s = transcribing({ extended: true, transcripts: ["One.", "Two."] });
  s.client(update({ audio: { input: { turn_detection: null, format: { type: "audio/pcmu" } } } }));
  expect((await s.sends("session.updated")).session.audio.input).toMatchObject({
    turn_detection: null,
    format: { type: "audio/pcmu" },
  });
  s.session.receiveAudio(new Uint8Array(8000).fill(0x7f));
  s.client({ type: "input_audio_buffer.commit" });
  const { transcript, usage } = await s.sends("conversation.item.input_audio_transcription.completed");
  expect([transcript, usage.seconds]).toEqual(["One.", 1]);
  const audio = Buffer.alloc(8000, 0x7f).toString("base64");
  s.client({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_audio", audio }] },
  });
  await s.sends("conversation.item.input_audio_transcription.completed", 2);
  expect(s.of("error")).toEqual([]);
});

test("[TX2][S11] settings of replies are accepted in turn detection, untold, and logged once", async () => {
  const s = transcribing();
  const turn_detection = {
    type: "server_vad",
    create_response: true,
    interrupt_response: true,
    idle_timeout_ms: 5000,
  };
  s.client(
    update({ audio: { input: { turn_detection, noise_reduction: { type: "near_field" } } }, include: [] }),
  );
  const { session } = await s.sends("session.updated");
  expect(session.audio.input.turn_detection).toEqual({
    type: "server_vad",
    threshold: 0.5,
    prefix_padding_ms: 300,
    silence_duration_ms: 500,
  });
  expect(s.told("settings accepted but not followed")).toEqual([
    {
      params: [
        "session.include",
        "session.audio.input.noise_reduction",
        "session.audio.input.turn_detection.create_response",
        "session.audio.input.turn_detection.interrupt_response",
        "session.audio.input.turn_detection.idle_timeout_ms",
      ],
    },
  ]);
  await speak(s);
  await s.sends("conversation.item.input_audio_transcription.completed");
  await s.clock.advance(60_000);
  expect(s.of("input_audio_buffer.timeout_triggered")).toEqual([]);
  expect(s.calls).toEqual([]);
});

test.each([
  ["transcription", "realtime"],
  ["realtime", "transcription"],
] as const)(
  "[TX3] a %s session refuses to become a %s session, by the reference's words",
  async (type, other) => {
    const s = testSession({ type });
    s.client({ type: "session.update", event_id: "u1", session: { type: other } });
    expect((await s.sends("error")).error).toMatchObject({
      type: "invalid_request_error",
      param: "session.type",
      message: expect.stringContaining(
        `Passing a ${other} session update event to a ${type} session is not allowed`,
      ),
      event_id: "u1",
    });
    expect(s.of("session.updated")).toEqual([]);
  },
);

test("[TX2][RF2] a client may send back the session as it was told", async () => {
  const s = transcribing({ extended: true });
  const told = s.of("session.created")[0]!.session;
  s.client({ type: "session.update", session: told });
  expect((await s.sends("session.updated")).session).toEqual(told);
  expect(s.of("error")).toEqual([]);
});

test("[TX3] transcription_session.update is refused in a conversation", async () => {
  const s = testSession();
  s.client({
    type: "transcription_session.update",
    event_id: "u1",
    session: { input_audio_format: "pcm16" },
  });
  expect((await s.sends("error")).error).toMatchObject({ param: "session.type", event_id: "u1" });
});

test("[TX6] a client of the beta sets the session in its fields, and is told in its own events", async () => {
  const s = transcribing({ transcripts: ["Hello there."] });
  s.client({
    type: "transcription_session.update",
    session: {
      input_audio_format: "g711_ulaw",
      input_audio_transcription: { model: "gpt-4o-transcribe", language: "fr", prompt: "Kuku" },
      turn_detection: { threshold: 0.4, silence_duration_ms: 350 },
      input_audio_noise_reduction: { type: "near_field" },
      include: ["item.input_audio_transcription.logprobs"],
    },
  });
  expect((await s.sends("transcription_session.updated")).session).toEqual({
    id: s.session.id,
    object: "realtime.transcription_session",
    expires_at: 3600,
    input_audio_format: "g711_ulaw",
    input_audio_transcription: { model: "scripted", language: "fr", prompt: "Kuku" },
    turn_detection: { type: "server_vad", threshold: 0.4, prefix_padding_ms: 300, silence_duration_ms: 350 },
  });
  s.client({
    type: "transcription_session.update",
    session: { input_audio_format: "pcm16", turn_detection: null },
  });
  expect((await s.sends("transcription_session.updated", 2)).session).toMatchObject({
    input_audio_format: "pcm16",
    turn_detection: null,
  });
  await s.hear(recording("fox-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  await s.sends("conversation.item.input_audio_transcription.completed");
  const { item } = await s.sends("conversation.item.created");
  expect(item).toMatchObject({ id: s.of("input_audio_buffer.committed")[0]?.item_id, role: "user" });
  expect(s.of("conversation.item.added")).toEqual([]);
  expect(s.of("conversation.item.done")).toEqual([]);
});

test("[TX4] each utterance is counted, stored with its usage, and told as saved; a failed one too", async () => {
  const journal = testJournal();
  const turns: unknown[] = [];
  const counted = { turns: 0, speechMs: 0 };
  const s = transcribing({
    extended: true,
    kept: { journal: journal.journal, failing: () => false },
    transcripts: ["One two three.", { fail: "unavailable" }],
    meter: {
      add() {},
      addSpeech: (ms) => {
        counted.speechMs += ms;
      },
      addTurn: () => {
        counted.turns++;
      },
      spent: undefined,
      watch: () => () => {},
      levels: () => [{ name: "audio_seconds", limit: 60, remaining: 50, resetSeconds: 9 }],
    },
  });
  s.session.listen({ transcribed: (summary) => turns.push(summary) });
  await speak(s);
  const { item_id } = await s.sends("conversation.item.input_audio_transcription.completed");
  expect((await s.sends("kuku.saved")).item_id).toBe(item_id);
  expect(counted.turns).toBe(1);
  expect(counted.speechMs).toBeGreaterThan(1000);
  expect((await s.sends("kuku.limits")).limits[0]?.remaining).toBe(50);
  expect(turns).toMatchObject([
    {
      itemId: item_id,
      outcome: "completed",
      latency: { endpoint_ms: expect.any(Number), transcript_ms: expect.any(Number) },
    },
  ]);
  expect(journal.of("turn")[0]).toMatchObject({
    turn: { id: item_id, itemId: item_id, status: "completed" },
  });
  await speak(s);
  const failed = await s.sends("conversation.item.input_audio_transcription.failed");
  expect(failed.error.code).toBe("provider_unavailable");
  expect(turns[1]).toMatchObject({ itemId: failed.item_id, outcome: "failed" });
  expect([counted.turns, journal.of("turn").length, journal.of("delivery").length]).toEqual([2, 2, 1]);
  expect(s.closes).toEqual([]);
});

test("[TX4] a quota that is used up ends the session once what was said is transcribed", async () => {
  let spend = (_: "audio") => {};
  const s = transcribing({
    transcripts: [{ text: "One two three.", delayMs: 3000 }],
    meter: {
      add() {},
      addSpeech() {},
      addTurn() {},
      spent: undefined,
      watch(onSpent) {
        spend = onSpent;
        return () => {};
      },
      levels: () => [],
    },
  });
  await s.hear(recording("fox-slt"));
  spend("audio");
  await s.clock.advance(0);
  expect(s.closes).toEqual([]);
  await s.hear(silence(1500));
  await s.clock.advance(5_000);
  const types = s.types();
  expect(types.indexOf("conversation.item.input_audio_transcription.completed")).toBeLessThan(
    types.indexOf("error"),
  );
  expect(s.of("error")[0]?.error.code).toBe("quota_exceeded");
  expect(s.closes.map(({ code }) => code)).toEqual([4007]);
  expect(s.calls).toEqual([]);
});
