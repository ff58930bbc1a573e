import { expect, test } from "vitest";
import type { Prompt } from "../../../src/ports/prompt.ts";
import type { ReplyDelta, ReplyModel } from "../../../src/ports/reply-model.ts";
import { testSession, userText } from "../../support/session.ts";

type Session = ReturnType<typeof testSession>;

/** A model that calls `name` in each reply while it may, and then says what came of it. */
function calling(name: string, prompts: Prompt[] = []): ReplyModel {
  return {
    name: "calling",
    callsTools: true,
    async *reply(prompt): AsyncGenerator<ReplyDelta> {
      prompts.push(prompt);
      const result = prompt.items.findLast((item) => item.role === "tool_result");
      const called = prompt.items.at(-1)?.role === "tool_result";
      if (!called && prompt.tools.some((tool) => tool.name === name))
        yield { type: "tool_call", callId: "call_1", name, arguments: "{}" };
      else yield { type: "text", delta: `So: ${result && "output" in result ? result.output : "nothing"}` };
      yield { type: "end" };
    },
  };
}

async function turn(s: Session, text: string): Promise<void> {
  const before = s.of("response.done").length;
  s.client(userText(text));
  s.client({ type: "response.create" });
  await s.sends("response.done", before + 1);
}

function started(persona: string, replyModel: ReplyModel): Session {
  const s = testSession({ extended: true, persona, engines: { replyModel } });
  s.client({ type: "session.update", session: { type: "realtime", kuku: { greet: false } } });
  return s;
}

test("[CT1] a model goes on to the next sentence of a drill, and says it, in one reply and with no call told", async () => {
  const s = started("reader", calling("next_sentence"));
  const first = s.of("coach.drill")[0]?.sentence;
  await turn(s, "This one is too hard for me.");
  const next = s.of("coach.drill").at(-1)?.next_sentence ?? "";
  expect(next).not.toBe(first);
  expect(s.of("response.output_audio_transcript.done")[0]?.transcript).toContain(next);
  expect(s.sent.some((event) => event.type === "response.function_call_arguments.done")).toBe(false);
  expect(s.of("response.done")[0]?.response.output?.map((item) => item.type)).toEqual(["message"]);
});

test("[CT2] a model that wants to end can only ask, and ends on the next turn", async () => {
  const s = started("kuku", calling("end_session"));
  await turn(s, "I have said all I wanted.");
  expect(s.of("coach.wrap_up").map(({ state }) => state)).toEqual(["proposed"]);
  expect(s.state().ending).toBe(false);
  await turn(s, "Mm, that sounds about right to me.");
  expect(s.of("coach.wrap_up").map(({ state }) => state)).toEqual(["proposed", "confirmed"]);
  await s.sends("coach.report");
  await s.clock.advance(60_000);
  expect(s.closes.map(({ code }) => code)).toEqual([1000]);
});

test("[CT3] a client's own function of that name is the client's, and no draft and no plain client has the coach's", async () => {
  const prompts: Prompt[] = [];
  const s = started("kuku", calling("end_session", prompts));
  const own = { type: "function", name: "end_session", parameters: { type: "object" } } as const;
  s.client({ type: "session.update", session: { type: "realtime", tools: [own] } });
  await turn(s, "Over to you.");
  expect(s.of("response.function_call_arguments.done")).toMatchObject([{ name: "end_session" }]);
  expect(s.of("coach.wrap_up")).toEqual([]);

  const plain = testSession({ engines: { replyModel: calling("end_session", prompts) } });
  prompts.length = 0;
  await turn(plain, "Hello.");
  expect(prompts[0]?.tools).toEqual([]);
});

test("[CT3] a model that only ever calls has to speak in the end", async () => {
  let calls = 0;
  const stubborn: ReplyModel = {
    name: "stubborn",
    callsTools: true,
    async *reply(prompt): AsyncGenerator<ReplyDelta> {
      if (prompt.tools.length > 0) {
        calls++;
        yield { type: "tool_call", callId: `call_${calls}`, name: "next_sentence", arguments: "{}" };
      } else yield { type: "text", delta: "All right." };
      yield { type: "end" };
    },
  };
  const s = started("reader", stubborn);
  await turn(s, "Go on.");
  expect(calls).toBe(3);
  expect(s.of("response.output_audio_transcript.done")[0]?.transcript).toBe("All right.");
});
