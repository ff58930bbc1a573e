import { describe, expect, test } from "vitest";
import { careLines } from "../../src/client/care-words.ts";
import { followTurns, noTurns, type Turns } from "../../src/client/turns.ts";
import type { ServerEvent } from "../../src/protocol/server-events.ts";

const follow = (events: Array<Record<string, unknown>>, state: Turns = noTurns): Turns =>
  events.reduce<Turns>((turns, event, i) => followTurns(turns, event as ServerEvent, i), state);
const proposed = { type: "coach.wrap_up", state: "proposed" };
const reply = (status: string) => [
  { type: "response.created", response: { id: "resp_1" } },
  { type: "response.done", response: { id: "resp_1", status } },
];

describe("beside the turns", () => {
  test("the stage, the question whether to end and its answer, help, the report", () => {
    const care = { type: "coach.care", event_id: "e", kind: "abuse", emergency: "112" };
    const report = {
      type: "coach.report",
      event_id: "e",
      text: "KEY…",
      insights: [],
      actions: [],
      quotes: [],
    };
    const state = follow([{ type: "coach.stage", stage: "goal", round: 2 }, proposed, care]);
    expect(state.coaching).toEqual({ stage: "goal", round: 2, wrapUp: "proposed", care });
    expect(follow([{ type: "coach.wrap_up", state: "declined" }], state).coaching.wrapUp).toBeUndefined();
    expect(follow([{ type: "coach.wrap_up", state: "extended" }], state).coaching.wrapUp).toBeUndefined();
    const over = follow([{ type: "coach.wrap_up", state: "confirmed" }, report], state).coaching;
    expect(over).toMatchObject({ wrapUp: "confirmed", care, report });
  });

  test("a question that was cut or failed was not asked", () => {
    expect(follow([proposed, ...reply("completed")]).coaching.wrapUp).toBe("proposed");
    for (const status of ["cancelled", "failed", "incomplete"])
      expect(follow([proposed, ...reply(status)]).coaching.wrapUp).toBeUndefined();
    // A goodbye that is cut leaves it to the coach to say what comes of it.
    const confirmed = { type: "coach.wrap_up", state: "confirmed" };
    expect(follow([confirmed, ...reply("cancelled")]).coaching.wrapUp).toBe("confirmed");
  });

  test("the drill's task goes with its sentence", () => {
    const task = { kind: "minimal_pairs", words: ["ship", "sheep"] };
    const first = follow([{ type: "coach.drill", sentence: "ship", task, next_sentence: "ship" }]);
    expect(first).toMatchObject({ sentence: "ship", task });
    const judged = { type: "coach.drill", item_id: "i", outcome: "read_well", sentence: "ship", task };
    const next = follow([{ ...judged, next_sentence: "sheep", next_task: task }], first);
    expect(next).toMatchObject({ sentence: "sheep", task });
    const plain = follow([{ type: "coach.drill", sentence: "The fox.", next_sentence: "The fox." }], next);
    expect(plain.sentence).toBe("The fox.");
    expect(plain.task).toBeUndefined();
    // Stopped: nothing comes next, and what was asked for last stays in sight.
    expect(follow([judged], next)).toMatchObject({ sentence: "ship", task });
  });

  test("what was typed is a turn; what is spoken, or told anew, is not told twice", () => {
    const item = (id: string, content: unknown[]) => ({
      type: "conversation.item.done",
      item: { type: "message", id, role: "user", content },
    });
    const typed = item("item_1", [{ type: "input_text", text: "I want to sleep better." }]);
    const { turns } = follow([typed, typed, item("item_2", [{ type: "input_audio", transcript: "Hm." }])]);
    expect(turns).toEqual([
      {
        utterance: {
          itemId: "item_1",
          state: "transcribed",
          text: "I want to sleep better.",
          understood: true,
        },
      },
    ]);
    const answered = follow([{ type: "response.created", response: { id: "resp_1" } }], follow([typed]));
    expect(answered.turns).toHaveLength(1);
    expect(answered.turns[0]?.reply?.responseId).toBe("resp_1");
  });
});

test("help is named in the language of the conversation, and never a number that is not known", () => {
  const line = { name: "Samaritans", number: "116 123" };
  expect(careLines({ line, emergency: "999" }, "en-GB").join("\n")).toMatch(
    /people who listen[\s\S]*Samaritans: 116 123[\s\S]*in danger now: 999[\s\S]*findahelpline/,
  );
  expect(careLines({ line, emergency: "112" }, "fr-FR").join("\n")).toMatch(/en danger maintenant : 112/);
  const unknown = careLines({}, "en").join("\n");
  expect(unknown).toMatch(/emergency number where you are[\s\S]*https:\/\/findahelpline\.com/);
  expect(unknown).not.toMatch(/\d/);
});
