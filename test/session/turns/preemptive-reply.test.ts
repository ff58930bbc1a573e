import { expect, test } from "vitest";
import { recording, sessionUpdate, silence, testSession } from "../../support/session.ts";

const pause = recording("pause-1200ms-rms");

/** A session whose transcriber takes 120 ms, model 200 and voice 150, with drafts after 150 ms of silence. */
function drafting(options: { draftAfterMs?: number; transcripts?: string[]; persona?: string } = {}) {
  const { draftAfterMs = 150, transcripts = ["I am not sure."], persona } = options;
  const s = testSession({
    extended: true,
    draftAfterMs,
    transcripts: transcripts.map((text) => ({ text, delayMs: 120 })),
    replies: [{ text: "What would help?", delayMs: 200 }],
    speech: { delayMs: 150 },
    ...(persona && { persona }),
  });
  const turn_detection = { type: "server_vad", silence_duration_ms: 600 } as const;
  s.client(sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection } } }));
  return s;
}

test("[D1][D3] a reply drafted in the pause is there when the turn ends, and says what that saved", async () => {
  const s = drafting();
  await s.hear(recording("goal-rms"));
  await s.hear(silence(1500));
  await s.sends("response.done");
  const latency = await s.sends("kuku.latency");
  expect(s.prompts.length).toBe(1);
  expect(latency.first_audio_ms).toBeLessThan(60);
  expect(latency.speculation_saved_ms).toBeGreaterThan(300);
  expect(latency.endpoint_ms).toBe(600);
});

test("[D1] without drafts the same turn takes the whole way", async () => {
  const s = drafting({ draftAfterMs: 0 });
  await s.hear(recording("goal-rms"));
  await s.hear(silence(1500));
  await s.sends("response.done");
  const latency = await s.sends("kuku.latency");
  expect(latency.first_audio_ms).toBeGreaterThanOrEqual(470);
  expect(latency.speculation_saved_ms).toBeUndefined();
});

test("[D2] speech that goes on throws the draft away; nothing of it is ever sent", async () => {
  const s = drafting({ transcripts: ["I have been thinking, and I am not sure.", "I have been thinking"] });
  s.client(
    sessionUpdate({
      audio: { input: { turn_detection: { type: "server_vad", silence_duration_ms: 2000 } } },
    }),
  );
  await s.hear(pause);
  await s.hear(silence(3000));
  await s.sends("response.done");
  expect(s.of("response.created").length).toBe(1);
  expect(s.prompts[0]).toMatchObject({ items: [{ text: "I have been thinking" }] });
  expect(s.prompts.at(-1)).toMatchObject({ items: [{ text: "I have been thinking, and I am not sure." }] });
  expect(s.scope.running).toBe(1);
});

test("[D2] a session that changed meanwhile gets a fresh reply", async () => {
  const s = drafting();
  await s.hear(recording("goal-rms"));
  await s.hear(silence(400));
  s.client(sessionUpdate({ instructions: "Speak like a pirate." }));
  await s.hear(silence(1500));
  await s.sends("response.done");
  expect(s.prompts.at(-1)).toMatchObject({ instructions: "Speak like a pirate." });
});

test("[D2] a reply that was cut to what was heard after the draft was begun: the answer knows of no more", async () => {
  const s = drafting();
  await s.hear(recording("goal-rms"));
  await s.hear(silence(1500));
  const { response } = await s.sends("response.done");
  await s.hear(recording("goal-rms"));
  await s.hear(silence(400));
  await s.until(() => s.prompts.length === 2);
  const item_id = response.output[0]?.id as string;
  s.client({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 400 });
  await s.hear(silence(1500));
  await s.sends("response.done", 2);
  const [, drafted, final] = s.prompts as { items: { text: string }[] }[];
  expect(drafted?.items[1]?.text).toBe("What would help?");
  expect(final?.items[1]?.text).toBe("What");
});

test("[D1] a drill is not drafted", async () => {
  const s = drafting({ persona: "reader" });
  await s.hear(recording("fox-slt"));
  await s.hear(silence(450));
  expect(s.prompts).toEqual([]);
});

test("[D2][S6] a session that ends with a draft under way leaves nothing", async () => {
  const s = drafting();
  await s.hear(recording("goal-rms"));
  await s.hear(silence(400));
  s.session.end("client_gone");
  await s.session.ended;
  expect([s.scope.running, s.clock.pending]).toEqual([0, 0]);
  expect(s.of("response.created")).toEqual([]);
});
