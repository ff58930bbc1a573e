/** Doubtful transcripts, their correction, and turns without a voice, in a session. */
import { expect, test } from "vitest";
import { ruleBasedReplyModel } from "../../../src/coach/rule-based/reply-model.ts";
import { pushToTalk, recording, silence, testSession } from "../../support/session.ts";

const words = ["I", "will", "call", "Anna", "on", "Monday"].map((text, at) => ({
  text,
  startMs: at * 300,
  endMs: at * 300 + 250,
  ...(text === "Anna" && { confidence: 0.3, doubtful: true }),
}));
const misheard = { text: "I will call Anna on Monday", understood: true, words };

async function opened(transcripts: Parameters<typeof testSession>[0] & {}) {
  const s = testSession({ extended: true, engines: { replyModel: ruleBasedReplyModel() }, ...transcripts });
  s.client(pushToTalk);
  await s.clock.advance(300);
  await s.sends("response.done");
  const spoken = () => s.of("response.output_audio_transcript.done").at(-1)?.transcript ?? "";
  const say = async (pcm = recording("mhm-slt")) => {
    const before = s.of("response.done").length;
    await s.hear(pcm);
    s.client({ type: "input_audio_buffer.commit" });
    s.client({ type: "response.create" });
    await s.sends("response.done", before + 1);
    return spoken();
  };
  return { s, say };
}

test("[FL16] doubtful words are told to the client, and asked about before they are a commitment", async () => {
  const { s, say } = await opened({ transcripts: [misheard, { text: "Yes.", understood: true }] });
  expect(await say()).toContain('Did you say "I will call Anna on Monday"?');
  const told = s.of("conversation.item.input_audio_transcription.completed").at(-1);
  expect(told?.kuku?.words?.[3]).toMatchObject({ text: "Anna", confidence: 0.3, doubtful: true });
  expect(s.state().coach).toMatchObject({ talk: { actions: [] } });
  await say();
  expect(s.state().coach).toMatchObject({ talk: { actions: [{ text: "call Anna", when: "on Monday" }] } });
});

test("[TT16] typed words take the place of a transcript, for item, coach and client", async () => {
  const { s, say } = await opened({
    transcripts: [misheard, { text: "My boss is never there.", understood: true }],
  });
  await say();
  const [item] = s.of("conversation.item.input_audio_transcription.completed");
  const itemId = item?.item_id ?? "";
  const correct = (item_id: string, transcript: string) =>
    s.client({ type: "kuku.transcript.correct", item_id, transcript });
  const replies = s.of("response.created").length;
  correct(itemId, "I will call Hannah on Monday.");
  const told = await s.sends("conversation.item.input_audio_transcription.completed", 2);
  expect(told).toMatchObject({
    item_id: itemId,
    transcript: "I will call Hannah on Monday.",
    kuku: { understood: true, corrected: true },
  });
  expect(s.state().coach).toMatchObject({
    talk: { actions: [{ text: "call Hannah", itemId }], stage: "topic" },
  });
  const users = s.state().entries.filter(({ kind }) => kind === "spoken_by_user");
  expect(JSON.stringify(users)).not.toContain("Anna");
  correct(itemId, "My cat is ill.");
  await s.sends("conversation.item.input_audio_transcription.completed", 3);
  expect(s.state().coach).toMatchObject({ talk: { actions: [], topic: "My cat is ill." } });
  expect(s.of("response.created")).toHaveLength(replies);
  correct("item_none", "x");
  expect((await s.sends("error")).error).toMatchObject({
    code: "item_correct_invalid_item_id",
    param: "item_id",
  });
});

test("[TT16] a sign of crisis in the typed words is answered by the next reply", async () => {
  const { s, say } = await opened({ transcripts: [misheard, { text: "Well.", understood: true }] });
  await say();
  const [item] = s.of("conversation.item.input_audio_transcription.completed");
  s.client({
    type: "kuku.transcript.correct",
    item_id: item?.item_id ?? "",
    transcript: "I want to kill myself.",
  });
  expect(await say()).toMatch(/not a counsellor/);
});

test("[TT16] needs the extension", async () => {
  const s = testSession();
  s.client({ type: "kuku.transcript.correct", item_id: "item_1", transcript: "x" });
  expect((await s.sends("error")).error.code).toBe("extension_required");
});

const nothing = { text: "", understood: false };

test.each(["kuku", "reader", "presenter"])(
  "[C10] talk pressed and nothing said, with %s",
  async (persona) => {
    const { s, say } = await opened({ persona, transcripts: [nothing, nothing, nothing] });
    const before = s.state().coach;
    for (let turn = 0; turn < 3; turn++) expect(await say(silence(900))).toBe("I heard nothing.");
    expect(s.state().coach).toEqual(before);
    expect(s.of("coach.drill").filter(({ outcome }) => outcome !== undefined)).toEqual([]);
  },
);

test("[C10] speech that is not understood is no silence", async () => {
  const { say } = await opened({ transcripts: [nothing] });
  expect(await say()).not.toContain("heard nothing");
});
