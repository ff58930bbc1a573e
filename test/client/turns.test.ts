import { describe, expect, test } from "vitest";
import { followAudio, followTurns, noTurns, type Turns } from "../../src/client/turns.ts";
import type { ServerEvent } from "../../src/protocol/server-events.ts";

/** Folds events in; each is ten milliseconds after the one before. */
function follow(events: Array<Record<string, unknown>>, state: Turns = noTurns): Turns {
  return events.reduce<Turns>((turns, event, i) => followTurns(turns, event as ServerEvent, i * 10), state);
}
const user = { item_id: "item_u" };
const spoken = [
  { type: "input_audio_buffer.speech_started", ...user },
  { type: "conversation.item.input_audio_transcription.delta", ...user, delta: "the quick" },
  { type: "conversation.item.input_audio_transcription.delta", ...user, delta: " brown" },
  { type: "input_audio_buffer.speech_stopped", ...user },
  { type: "input_audio_buffer.committed", ...user },
];
interface Kuku {
  readonly understood: boolean;
  readonly corrected?: true;
  readonly words?: readonly object[];
}
const completed = (transcript: string, kuku?: Kuku) => ({
  type: "conversation.item.input_audio_transcription.completed",
  ...user,
  transcript,
  ...(kuku && { kuku }),
});
const replied = (id: string, status = "completed") => [
  { type: "response.created", response: { id } },
  { type: "response.output_audio_transcript.delta", response_id: id, delta: "Well " },
  { type: "response.output_audio_transcript.delta", response_id: id, delta: "read." },
  { type: "response.done", response: { id, status } },
];

describe("turns", () => {
  test("a greeting is a turn without an utterance; the reply to an utterance joins it", () => {
    const { turns } = follow([
      ...replied("resp_1"),
      ...spoken,
      completed("the quick brown fox"),
      ...replied("resp_2"),
    ]);
    expect(turns.map((turn) => [turn.utterance?.text, turn.reply?.responseId])).toEqual([
      [undefined, "resp_1"],
      ["the quick brown fox", "resp_2"],
    ]);
  });

  test("[TT16] doubtful words are there until the user has typed what was said", () => {
    const words = [{ text: "call" }, { text: "anna", doubtful: true }];
    const heard = follow([...spoken, completed("call anna", { understood: true, words })]);
    expect(heard.turns[0]?.utterance?.words).toEqual(words);
    const corrected = follow([completed("call Hannah", { understood: true, corrected: true })], heard);
    expect(corrected.turns[0]?.utterance).toMatchObject({ text: "call Hannah", understood: true });
    expect(corrected.turns[0]?.utterance?.words).toBeUndefined();
  });

  test("[DR18] where a round stands is told with each turn, and forgotten once another drill begins", () => {
    const told = {
      type: "coach.drill",
      ...user,
      sentence: "One.",
      next_sentence: "Two.",
      outcome: "read_well",
    };
    const round = { done: 1, of: 3, finished: false };
    const here = follow([...spoken, { ...told, round }]);
    expect(here.round).toEqual(round);
    expect(follow([{ type: "coach.drill", sentence: "Else." }], here).round).toBeUndefined();
  });

  test("[PV6] what the voice said in place of its text takes the text's place", () => {
    const [created, first, second, done] = replied("resp_1");
    const place = { response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0 };
    const corrected = { type: "kuku.transcript.corrected", ...place, text: "read.", said: "done!" };
    const told = [created, first, second, corrected, done] as Array<Record<string, unknown>>;
    expect(follow(told).turns[0]?.reply?.text).toBe("Well done!");
  });

  test("words show as they are recognised, and the final transcript replaces them", () => {
    expect(follow(spoken).turns[0]?.utterance).toMatchObject({ text: "the quick brown", state: "committed" });
    expect(follow([...spoken, completed("the quick box")]).turns[0]?.utterance).toMatchObject({
      text: "the quick box",
      state: "transcribed",
      understood: true,
    });
  });

  test("speech that was heard but not understood says so", () => {
    const [turn] = follow([...spoken, completed("", { understood: false })]).turns;
    expect(turn?.utterance).toMatchObject({ text: "", understood: false, state: "transcribed" });
  });

  test("a push-to-talk turn begins with its first words, before the commit", () => {
    const words = { type: "conversation.item.input_audio_transcription.delta", ...user, delta: "the quick" };
    const state = follow([words]);
    expect(state.turns[0]?.utterance).toMatchObject({ text: "the quick", state: "speaking" });
    const committed = follow(
      [{ type: "input_audio_buffer.committed", ...user }, ...replied("resp_1")],
      state,
    );
    expect(committed.turns).toHaveLength(1);
    expect(committed.turns[0]?.reply?.text).toBe("Well read.");
  });

  test("without words a push-to-talk turn begins with its commit", () => {
    const [turn] = follow([{ type: "input_audio_buffer.committed", ...user }, ...replied("resp_1")]).turns;
    expect(turn?.utterance?.committedAt).toBe(0);
    expect(turn?.reply?.text).toBe("Well read.");
  });

  test("moments and the reply's length are kept", () => {
    const begun = follow([...spoken, { type: "response.created", response: { id: "resp_1" } }]);
    const pcm = new Int16Array(480);
    const twice = [70, 95].reduce(
      (state, at) => followAudio(state, { responseNumber: 1, startSample: 0, pcm }, at),
      begun,
    );
    expect(twice.turns[0]?.utterance).toMatchObject({ startedAt: 0, stoppedAt: 30, committedAt: 40 });
    expect(twice.turns[0]?.reply).toMatchObject({ createdAt: 50, firstAudioAt: 70, samples: 960 });
  });

  test("the drill's verdict belongs to the utterance it names, and the next sentence is what to read", () => {
    const first = { type: "coach.drill", sentence: "One.", next_sentence: "One." };
    const judged = {
      type: "coach.drill",
      ...user,
      sentence: "One.",
      outcome: "read_well",
      next_sentence: "Two.",
    };
    expect(follow([first]).sentence).toBe("One.");
    const after = follow([first, ...spoken, judged]);
    expect(after.sentence).toBe("Two.");
    expect(after.turns[0]?.utterance?.drill).toMatchObject({ outcome: "read_well", sentence: "One." });
  });

  test("a reply that failed keeps the reason; one that was cancelled says so", () => {
    const failed = {
      status: "failed",
      status_details: { error: { message: "The voice is not available." } },
    };
    const events = [
      ...replied("resp_1").slice(0, 1),
      { type: "response.done", response: { id: "resp_1", ...failed } },
    ];
    expect(follow(events).turns[0]?.reply).toMatchObject({
      status: "failed",
      error: "The voice is not available.",
    });
    expect(follow(replied("resp_1", "cancelled")).turns[0]?.reply?.status).toBe("cancelled");
  });

  const created = { type: "session.created", session: {} };
  const anew = [{ type: "kuku.resumed", complete: false }, created, { type: "kuku.resumable" }];
  const item = (id: string, role: string, text: string, status = "completed") => {
    const content = role === "user" ? { type: "input_audio", transcript: text } : { transcript: text };
    const it = { id, type: "message", role, status, content: [content] };
    return ["added", "done"].map((what) => ({ type: `conversation.item.${what}`, item: it }));
  };
  const part = (response_id: string, item_id: string) => ({
    type: "response.content_part.added",
    response_id,
    item_id,
  });
  const begun = (id: string, itemId: string, text: string) => [
    { type: "response.created", response: { id } },
    part(id, itemId),
    { type: "response.output_audio_transcript.delta", response_id: id, delta: text },
  ];
  const shown = ({ turns }: Turns) =>
    turns.map(({ utterance, reply }) => [utterance?.text, reply?.text, reply?.status]);

  test("a session that is told anew is shown once; a reply that broke off goes on in its place", () => {
    const before = follow([
      created,
      ...spoken,
      completed("the quick fox"),
      ...begun("resp_1", "item_c", "Well re"),
    ]);
    const told = [...anew, ...item("item_u", "user", "the quick fox")];
    const broken = [...told, ...item("item_c", "assistant", "Well", "incomplete")];
    expect(shown(follow(broken, before))).toEqual([["the quick fox", "Well", "incomplete"]]);
    const on = follow(
      [
        ...broken,
        ...begun("resp_2", "item_d", "read."),
        { type: "response.done", response: { id: "resp_2" } },
      ],
      before,
    );
    expect(shown(on)).toEqual([["the quick fox", "Well read.", "completed"]]);
    expect(on.turns[0]?.reply).toMatchObject({ number: 2, earlier: [1], createdAt: expect.any(Number) });
    expect(on.turns[0]?.utterance).toMatchObject({ startedAt: 10, understood: true });
    // Told anew once more, the two items are still one reply.
    const again = follow([...broken, ...item("item_d", "assistant", "read.")], on);
    expect(shown(again)).toEqual([["the quick fox", "Well read.", "completed"]]);
    expect(again.turns[0]?.reply).toMatchObject({ earlier: [1] });
  });

  test("a reply of which nothing was heard goes on as one that broke off, and no gap is shown", () => {
    const before = follow([
      created,
      ...spoken,
      completed("the quick fox"),
      ...begun("resp_1", "item_c", "We"),
    ]);
    const told = [
      ...anew,
      ...item("item_u", "user", "the quick fox"),
      ...item("item_c", "assistant", "", "incomplete"),
    ];
    const on = follow(
      [
        ...told,
        ...begun("resp_2", "item_d", "Well read."),
        { type: "response.done", response: { id: "resp_2" } },
      ],
      before,
    );
    expect(shown(on)).toEqual([["the quick fox", "Well read.", "completed"]]);
    const again = follow([...told, ...item("item_d", "assistant", "Well read.")], on);
    expect(shown(again)).toEqual([["the quick fox", "Well read.", "completed"]]);
  });

  test("what another server does not know is not shown any more: it is heard anew", () => {
    const before = follow([created, ...replied("resp_1"), ...spoken]);
    expect(shown(follow(anew, before))).toEqual([]);
  });

  test("a session that is joined shows what was said before", () => {
    const state = follow([
      created,
      ...item("item_1", "user", "Hello."),
      ...item("item_2", "assistant", "Hi."),
    ]);
    expect(shown(state)).toEqual([["Hello.", "Hi.", "completed"]]);
    expect(shown(follow(replied("resp_1"), state))).toHaveLength(2);
  });

  test("a connection that came back with all it missed changes nothing", () => {
    const before = follow([created, ...spoken]);
    expect(follow([{ type: "kuku.resumed", complete: true }], before)).toBe(before);
  });

  test("what it does not know changes nothing", () => {
    const before = follow(spoken);
    expect(followTurns(before, { type: "rate_limits.updated" } as ServerEvent, 99)).toBe(before);
  });
});
