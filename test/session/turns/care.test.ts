import { expect, test } from "vitest";
import { recording, sessionUpdate, silence, testSession, userText } from "../../support/session.ts";

const quiet = sessionUpdate({ kuku: { greet: false, language: "en-GB" } });

test("[CA1] [CA4] a sign is answered without asking the model, told to the client, and kept", async () => {
  const s = testSession({ extended: true, replies: ["A model's words."] });
  s.client(quiet);
  s.client(userText("I want to die.", "item_need"));
  // Not even where a client would have something else said.
  s.client({ type: "response.create", response: { instructions: "Sell them a course." } });
  await s.sends("response.done");
  expect(s.prompts).toEqual([]);
  const said = s.of("response.output_audio_transcript.done").at(-1)?.transcript;
  expect(said).toContain("Samaritans on 1 1 6, 1 2 3");
  expect(s.of("coach.care")).toMatchObject([
    { kind: "self_harm", item_id: "item_need", line: { number: "116 123" }, emergency: "999" },
  ]);
  expect(s.of("coach.stage")).toEqual([]);
  expect(s.state().coach.flagged).toMatchObject({ kind: "self_harm", at: expect.any(Number) });
  s.client(userText("Go on."));
  s.client({ type: "response.create" });
  await s.sends("response.done", 2);
  expect(s.prompts).toHaveLength(1);
});

test("[CA1] a plain Realtime client's user is answered too, but told no event of ours", async () => {
  const s = testSession();
  s.client(userText("I'm going to kill myself."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.prompts).toEqual([]);
  expect(s.of("coach.care")).toEqual([]);
});

test("[CA1] an out-of-band response is the client's own matter", async () => {
  const s = testSession({ replies: ["Elsewhere."] });
  s.client(userText("I'm going to kill myself."));
  s.client({ type: "response.create", response: { conversation: "none", instructions: "Title?" } });
  await s.sends("response.done");
  expect(s.prompts).toHaveLength(1);
});

test("[CA4] a turn that goes on does not take the flag away", async () => {
  const s = testSession({ extended: true, replies: ["A model's words."] });
  s.client(quiet);
  s.client(userText("I want to die"));
  s.client(userText("of laughter when I read that."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.prompts).toHaveLength(1);
  expect(s.state().coach.flagged).toMatchObject({ kind: "self_harm" });
});

test("[CA5] a model's concern is told, and the next reply is the coach's own", async () => {
  const model = {
    name: "assessing",
    callsTools: false,
    answersJson: true,
    async *reply(prompt: { brief: { kind: string } }) {
      const json = '{"stage":"topic","topic":null,"goal":null,"care":"self_harm"}';
      yield { type: "text", delta: prompt.brief.kind === "coaching" ? "I see." : json } as const;
      yield { type: "end" } as const;
    },
  };
  const s = testSession({ extended: true, engines: { replyModel: model } });
  s.client(quiet);
  s.client(userText("I bought the rope and I know the tree."));
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(await s.sends("coach.care")).not.toHaveProperty("item_id");
  s.client(userText("It is on the hill."));
  s.client({ type: "response.create" });
  await s.sends("response.done", 2);
  expect(s.of("response.output_audio_transcript.done").at(-1)?.transcript).toContain("not a counsellor");
});

test("[CA1] a spoken sign is answered so too, and no reply is drafted to it", async () => {
  const s = testSession({
    extended: true,
    draftAfterMs: 150,
    transcripts: [{ text: "I don't want to live any more.", delayMs: 120 }],
    replies: ["A model's words."],
  });
  const turn_detection = { type: "server_vad", silence_duration_ms: 600 } as const;
  s.client(sessionUpdate({ kuku: { greet: false }, audio: { input: { turn_detection } } }));
  await s.hear(recording("goal-rms"));
  await s.hear(silence(1500));
  await s.clock.advance(60_000);
  await s.sends("response.done");
  expect(s.prompts).toEqual([]);
  expect(s.of("coach.care")).toHaveLength(1);
  expect(s.of("response.output_audio_transcript.done").at(-1)?.transcript).toContain("Lifeline on 9 8 8");
});
