import { expect, test } from "vitest";
import { ruleBasedReplyModel } from "../../../src/coach/rule-based/reply-model.ts";
import { testSession, userText } from "../../support/session.ts";

test("[PR1] [PR3] an interview runs from the greeting to the feedback, and ends on a yes with its report", async () => {
  const s = testSession({
    extended: true,
    persona: "interviewer",
    engines: { replyModel: ruleBasedReplyModel() },
  });
  await s.clock.advance(300);
  await s.sends("response.done");
  const turn = async (text: string) => {
    const before = s.of("response.done").length;
    s.client(userText(text));
    s.client({ type: "response.create" });
    await s.sends("response.done", before + 1);
    return s.of("response.output_audio_transcript.done").at(-1)?.transcript ?? "";
  };
  expect(s.of("response.output_audio_transcript.done").at(-1)?.transcript).toContain("what brings you here?");
  expect(await turn("I am Ann, and I like bees.")).toContain("proud of?");
  expect(await turn("Let's wrap up.")).toContain("Shall we end here");
  expect(s.of("coach.wrap_up").map(({ state }) => state)).toEqual(["proposed"]);
  await turn("Yes, please.");
  expect(await s.sends("coach.report")).toMatchObject({ topic: "Mock interview", actions: [] });
  await s.clock.advance(120_000);
  expect(s.closes).toEqual([{ code: 1000, reason: "finished" }]);
  expect(s.faults).toEqual([]);
});

test("[PR3] feedback that was cut off before its question was not asked for an answer", async () => {
  const s = testSession({
    extended: true,
    persona: "presenter",
    engines: { replyModel: ruleBasedReplyModel() },
    speech: { realTime: true },
  });
  s.client({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  s.client(userText("feedback"));
  s.client({ type: "response.create" });
  await s.until(() => s.phase() === "speaking");
  s.client({ type: "response.cancel" });
  await s.sends("response.done");
  expect(s.state().coach).toMatchObject({ practice: { phase: { name: "under_way" } } });
});
