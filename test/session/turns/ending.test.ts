import { expect, test } from "vitest";
import { StageError } from "../../../src/lib/errors.ts";
import type { Prompt } from "../../../src/ports/prompt.ts";
import type { ReplyDelta, ReplyModel } from "../../../src/ports/reply-model.ts";
import { testSession, userText } from "../../support/session.ts";

type Session = ReturnType<typeof testSession>;

/** One typed turn and its whole reply. */
async function turn(s: Session, text: string): Promise<void> {
  const before = s.of("response.done").length;
  s.client(userText(text));
  s.client({ type: "response.create" });
  await s.sends("response.done", before + 1);
}

async function started(options: Parameters<typeof testSession>[0] = {}): Promise<Session> {
  const s = testSession({ extended: true, ...options });
  s.client({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  await turn(s, "I want to sleep better. I will walk every evening.");
  return s;
}

/** Replies with words, and with what `answer` says where JSON is asked for. */
function assessing(answer: (prompt: Prompt, signal: AbortSignal) => Promise<string>): ReplyModel {
  return {
    name: "assessing",
    callsTools: false,
    answersJson: true,
    async *reply(prompt, { signal }): AsyncGenerator<ReplyDelta> {
      const text = prompt.brief.kind === "coaching" ? "I see." : await answer(prompt, signal);
      yield { type: "text", delta: text };
      yield { type: "end" };
    },
  };
}

test("[CE1] the end is proposed, and a no keeps the session going", async () => {
  const s = await started();
  await turn(s, "Let's wrap up.");
  await turn(s, "No, not yet.");
  expect(s.of("coach.wrap_up").map(({ state }) => state)).toEqual(["proposed", "declined"]);
  await s.clock.advance(60_000);
  expect(s.closes).toEqual([]);
});

test("[CE1] [CE3] a yes brings the closing words, then the report, and the session ends once they were heard", async () => {
  const s = await started({ speech: { realTime: false } });
  await turn(s, "Let's wrap up.");
  await turn(s, "Yes, please.");
  const report = await s.sends("coach.report");
  expect(report.text).toContain("KEY DISCUSSION POINTS:");
  expect(report.actions).toMatchObject([{ text: expect.stringContaining("walk") }]);
  const audioMs = Math.max(
    ...s.state().entries.map((each) => (each.kind === "spoken_by_coach" ? each.audioMs : 0)),
  );
  expect(s.of("coach.wrap_up").map(({ state }) => state)).toEqual(["proposed", "confirmed"]);
  expect(audioMs).toBeGreaterThan(200);
  await s.clock.advance(100);
  expect(s.closes).toEqual([]);
  await s.clock.advance(60_000);
  expect(s.closes).toEqual([{ code: 1000, reason: "finished" }]);
  await s.session.ended;
});

test("[CE2] whoever speaks into the closing words goes on", async () => {
  const live = testSession({ extended: true, speech: { realTime: true } });
  live.client({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  for (const text of ["I want to sleep better.", "Let's wrap up."]) {
    live.client(userText(text));
    live.client({ type: "response.create" });
    await live.until(() => live.phase() === "speaking");
    await live.clock.advance(60_000);
  }
  live.client(userText("Yes, please."));
  live.client({ type: "response.create" });
  await live.until(() => live.phase() === "speaking");
  live.session.receiveMessage("item_more", { text: "Wait, one more thing: my desk is a mess." });
  await live.clock.advance(120_000);
  expect(live.closes).toEqual([]);
  expect(live.of("coach.report")).toEqual([]);
});

test("[CE3] a model that never ends its report leaves it to the rules after 15 s", async () => {
  const hanging = assessing(
    (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  );
  const s = await started({ engines: { replyModel: hanging } });
  await turn(s, "Let's wrap up.");
  await turn(s, "Yes, please.");
  await s.clock.advance(14_000);
  expect(s.of("coach.report")).toEqual([]);
  await s.clock.advance(1_000);
  expect((await s.sends("coach.report")).text).toContain("ACTION PLAN:");
});

test("[CE4] an assessment moves the stage beside the conversation", async () => {
  const stage = { stage: "goal", topic: "sleep", facts: ["I wake at four"] };
  const s = await started({ engines: { replyModel: assessing(async () => JSON.stringify(stage)) } });
  await s.until(() => s.of("coach.stage").length >= 1);
  await s.clock.advance(100);
  expect(s.of("coach.stage").at(-1)?.stage).toBe("goal");
});

test.each([
  ["late", () => new Promise<string>(() => {})],
  ["malformed", async () => "As an assistant I think they are doing well."],
  [
    "failing",
    async (): Promise<string> => {
      throw new StageError("reply", "unavailable");
    },
  ],
])("[CE4] an assessment that is %s delays no reply and breaks none", async (_, answer) => {
  const s = await started({ engines: { replyModel: assessing(answer) } });
  for (let i = 0; i < 3; i++) await turn(s, `I think about it a lot, number ${i}.`);
  expect(s.of("response.done").map(({ response }) => response.status)).toEqual(Array(4).fill("completed"));
  expect(s.of("error")).toEqual([]);
  s.session.end("client_gone");
  await s.session.ended;
  expect(s.clock.pending).toBe(0);
  expect(s.faults).toEqual([]);
});
