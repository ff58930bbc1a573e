import { expect, test } from "vitest";
import {
  pushToTalk,
  recording,
  sessionUpdate,
  silence,
  testSession,
  userText,
} from "../../support/session.ts";

const serverVad = (more = {}) =>
  sessionUpdate({ audio: { input: { turn_detection: { type: "server_vad", ...more } } } });

const replyOrder = [
  "response.output_item.added",
  "conversation.item.added",
  "response.content_part.added",
  "response.output_audio_transcript.delta",
  "audio",
  "response.output_audio.done",
  "response.output_audio_transcript.done",
  "response.content_part.done",
  "conversation.item.done",
  "response.output_item.done",
  "response.done",
];

test("[TT1][R5] a spoken turn: the events of the user's side, then of the reply, in the reference's order", async () => {
  const s = testSession({ replies: ["Hello there."] });
  s.client(serverVad());
  const from = s.sent.length;
  await s.hear(recording("fox-slt"));
  await s.hear(silence(700));
  await s.sends("response.done");
  expect(s.types(from)).toEqual([
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "response.created",
    ...replyOrder,
  ]);
  const { item_id } = await s.sends("input_audio_buffer.committed");
  expect(s.of("input_audio_buffer.speech_started")[0]?.item_id).toBe(item_id);
  expect(s.of("conversation.item.added")[0]?.item.id).toBe(item_id);
});

test("[TT1] create_response false: the turn is committed and nothing is answered", async () => {
  const s = testSession();
  s.client(serverVad({ create_response: false }));
  await s.hear(recording("fox-slt"));
  await s.hear(silence(700));
  await s.sends("input_audio_buffer.committed");
  await s.clock.advance(5_000);
  expect(s.of("response.created")).toEqual([]);
  s.client({ type: "response.create" });
  expect((await s.sends("response.done")).response.status).toBe("completed");
});

test("[TT2][TT3] push to talk: commit makes the item, response.create the reply", async () => {
  const s = testSession();
  s.client(pushToTalk);
  await s.hear(recording("fox-slt"));
  await s.hear(silence(3000));
  expect(s.of("input_audio_buffer.speech_started")).toEqual([]);
  s.client({ type: "input_audio_buffer.commit" });
  await s.sends("input_audio_buffer.committed");
  await s.clock.advance(5_000);
  expect(s.of("response.created")).toEqual([]);
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.prompts).toMatchObject([{ items: [{ role: "user", text: "This is a scripted transcript." }] }]);
});

test("[TT4] commit with nothing to commit says so with the event's id", async () => {
  const s = testSession();
  s.client(pushToTalk);
  s.client({ type: "input_audio_buffer.commit", event_id: "mine" });
  const { error } = await s.sends("error");
  expect(error).toMatchObject({ code: "input_audio_buffer_commit_empty", event_id: "mine" });
});

test("[TT4] a commit of less than 100 ms is refused in the reference's words, and its audio kept", async () => {
  const s = testSession();
  s.client(pushToTalk);
  await s.hear(silence(60));
  s.client({ type: "input_audio_buffer.commit", event_id: "tap" });
  expect((await s.sends("error")).error).toEqual({
    type: "invalid_request_error",
    code: "input_audio_buffer_commit_empty",
    message:
      "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has 60.00ms of audio.",
    param: null,
    event_id: "tap",
  });
  expect(s.of("conversation.item.added")).toEqual([]);
  await s.hear(silence(40));
  s.client({ type: "input_audio_buffer.commit" });
  await s.sends("input_audio_buffer.committed");
  expect(s.of("error").length).toBe(1);
});

test("[TT5] clear throws the open utterance away", async () => {
  const s = testSession();
  s.client(pushToTalk);
  await s.hear(recording("mhm-slt"));
  s.client({ type: "input_audio_buffer.clear" });
  await s.sends("input_audio_buffer.cleared");
  s.client({ type: "input_audio_buffer.commit" });
  expect((await s.sends("error")).error.code).toBe("input_audio_buffer_commit_empty");
  expect(s.of("conversation.item.added")).toEqual([]);
});

test("[TT6][B2] a turn that ends while an uninterruptible reply goes on is answered after it", async () => {
  const s = testSession({ speech: { realTime: true } });
  s.client(serverVad({ interrupt_response: false }));
  s.client(userText("Tell me something long."));
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  await s.hear(recording("mhm-slt"));
  await s.hear(silence(700));
  await s.sends("input_audio_buffer.committed");
  expect(s.of("response.done")).toEqual([]);
  await s.clock.advance(30_000);
  await s.sends("response.done", 2);
  expect(s.of("response.done").map((done) => done.response.status)).toEqual(["completed", "completed"]);
});

test("[TT7] partials come as deltas that add up, the whole with completed", async () => {
  const partials = ["I", "I feel", "eye feel", "I feel well"];
  const s = testSession({
    extended: true,
    transcripts: [{ text: "I feel well.", partials, partialEveryMs: 100 }],
  });
  s.client(sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection: null } } }));
  await s.hear(recording("mhm-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  const done = await s.sends("conversation.item.input_audio_transcription.completed");
  expect(done.transcript).toBe("I feel well.");
  const deltas = s.of("conversation.item.input_audio_transcription.delta");
  expect(deltas.map((each) => each.delta)).toEqual(["I", " feel", " well"]);
  expect(new Set([...deltas, done].map((each) => each.item_id)).size).toBe(1);
});

test("[TT7][S2] a plain client is told transcripts only once it asks", async () => {
  const s = testSession({ transcripts: ["one", "two"] });
  s.client(pushToTalk);
  for (const ask of [false, true]) {
    if (ask) s.client(sessionUpdate({ audio: { input: { transcription: { model: "whisper-1" } } } }));
    await s.hear(recording("mhm-slt"));
    s.client({ type: "input_audio_buffer.commit" });
    s.client({ type: "response.create" });
    await s.sends("response.done", ask ? 2 : 1);
  }
  const told = s.of("conversation.item.input_audio_transcription.completed");
  expect(told.map((each) => each.transcript)).toEqual(["two"]);
});

test("[TT8] a quiet user: after the reply was played and idle_timeout_ms passed, the coach takes the turn", async () => {
  const s = testSession({ replies: ["Ten chars."], speech: { msPerCharacter: 100 } });
  s.client(serverVad({ idle_timeout_ms: 2000 }));
  s.client(userText("Hello."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  await s.clock.advance(2900);
  expect(s.of("input_audio_buffer.timeout_triggered")).toEqual([]);
  await s.clock.advance(200);
  const { item_id } = await s.sends("input_audio_buffer.timeout_triggered");
  expect((await s.sends("input_audio_buffer.committed")).item_id).toBe(item_id);
  await s.sends("response.done", 2);
});

test("[TT9] a transcriber that fails ends the waiting reply; the next turn is as any other", async () => {
  const s = testSession({ transcripts: [{ fail: "unavailable" }, "all well"] });
  s.client(pushToTalk);
  for (const [turn, status] of [
    [1, "failed"],
    [2, "completed"],
  ] as const) {
    await s.hear(recording("mhm-slt"));
    s.client({ type: "input_audio_buffer.commit" });
    s.client({ type: "response.create" });
    expect((await s.sends("response.done", turn)).response.status).toBe(status);
  }
  expect(s.of("response.done")[0]?.response.status_details?.error?.code).toBe("provider_unavailable");
});

test("[IN6][TT11] 30 s of audio in one piece lets others go first; what is said behind it is taken after it", async () => {
  const s = testSession();
  s.client(pushToTalk);
  await s.hear(silence(20));
  const heard = s.session.receiveAudio(new Uint8Array(30 * 48_000));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  expect(heard).toBeInstanceOf(Promise);
  await new Promise((resolve) => setImmediate(resolve));
  expect(s.of("input_audio_buffer.committed")).toEqual([]);
  await heard;
  await s.sends("input_audio_buffer.committed");
  const { response } = await s.sends("response.done");
  expect(response.status).toBe("completed");
  expect(s.of("error")).toEqual([]);
  expect(s.session.receiveAudio(new Uint8Array(960))).toBeUndefined();
});

test("[TT11] events sent in one breath with a commit keep their order", async () => {
  const s = testSession();
  s.client(pushToTalk);
  s.session.receiveAudio(new Uint8Array(9600));
  const from = s.sent.length;
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  s.session.receiveAudio(new Uint8Array(9600));
  s.client({ type: "input_audio_buffer.clear" });
  s.client({ type: "input_audio_buffer.commit" });
  s.client(userText("And this."));
  await s.sends("error");
  await s.sends("conversation.item.done", 3);
  expect(
    s
      .types(from)
      .filter(
        (type) => /committed|cleared|created|^error|item\.added/.test(type) && !/output_item/.test(type),
      ),
  ).toEqual([
    "input_audio_buffer.committed",
    "conversation.item.added",
    "response.created",
    "input_audio_buffer.cleared",
    "error",
    "conversation.item.added",
    // The coach's own, whose reply had to wait for the transcript.
    "conversation.item.added",
  ]);
});

test("[TT12] someone who goes on while the coach still thinks continues the turn", async () => {
  const s = testSession({
    extended: true,
    transcripts: ["I want to", "change my job."],
    replies: [{ text: "Too early.", delayMs: 1500 }, "What would that give you?"],
  });
  s.client(
    sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection: { type: "server_vad" } } } }),
  );
  await s.hear(recording("goal-rms").subarray(0, 30_000));
  await s.hear(silence(700));
  await s.sends("response.created");
  await s.hear(recording("overwhelmed-slt"));
  await s.hear(silence(700));
  await s.clock.advance(5000);
  const [early, reply] = [await s.sends("response.done"), await s.sends("response.done", 2)];
  expect([early.response.status, early.response.output]).toEqual(["cancelled", []]);
  expect(reply.response.status).toBe("completed");
  expect(s.prompts.at(-1)).toMatchObject({
    items: [{ text: "I want to" }, { text: "change my job." }],
    brief: { kind: "coaching", round: 1 },
  });
  await s.hear(recording("overwhelmed-slt"));
  await s.hear(silence(700));
  await s.sends("response.done", 3);
  expect(s.prompts.at(-1)).toMatchObject({ brief: { round: 2 } });
});

test("[TT15] a conversation tells how certain each word is, where the engine does", async () => {
  const s = testSession({
    extended: true,
    transcripts: [
      {
        text: "call Maurine",
        words: [
          { text: "call", startMs: 0, endMs: 250, confidence: 0.98 },
          { text: "Maurine", startMs: 250, endMs: 700, confidence: 0.4, doubtful: true },
        ],
      },
      { text: "plain", words: [{ text: "plain", startMs: 0, endMs: 250 }] },
    ],
  });
  s.client(serverVad({ create_response: false }));
  for (let turn = 0; turn < 2; turn++) {
    await s.hear(recording("fox-slt"));
    await s.hear(silence(700));
    await s.sends("conversation.item.input_audio_transcription.completed", turn + 1);
  }
  const told = s.of("conversation.item.input_audio_transcription.completed").map(({ kuku }) => kuku);
  expect(told).toEqual([
    {
      understood: true,
      words: [
        { text: "call", start_ms: 0, end_ms: 250, confidence: 0.98 },
        { text: "Maurine", start_ms: 250, end_ms: 700, confidence: 0.4, doubtful: true },
      ],
    },
    { understood: true },
  ]);
});
