import { expect, test } from "vitest";
import { StageError } from "../../../src/lib/errors.ts";
import { newId } from "../../../src/lib/ids.ts";
import type { Transcriber } from "../../../src/ports/transcriber.ts";
import { testJournal } from "../../support/journal.ts";
import { recording, silence } from "../../support/session.ts";

import { expectHeardWhole } from "./heard-whole.ts";
import { rate, recorder, rehearsal, seconds, serverVad, talk } from "./long-talks.ts";

const cases = [
  ["3 minutes in the presenter's own turn-taking", 3, undefined],
  ["3 minutes in push to talk", 3, null],
] as const;

test.each(cases)(
  "[TT10][TT13][S5][DM12] a talk of %s is heard whole, once and in order, and answered once",
  (_, minutes, detection) => expectHeardWhole(minutes, detection),
);

/** An answer of a rehearsal as the coach's state has it. */
const answer = (words: string) => ({
  words,
  itemId: expect.any(String),
  question: undefined,
  parts: [{ figures: expect.any(Object) }],
});

/** Short parts, so that little audio makes many; seconds of 2 s at most. */
const short = { limits: { utteranceMs: 2000 } };

test("[TT13] parts whose transcripts come in any order are heard in the order they were said", async () => {
  const held = Array.from({ length: 8 }, () => Promise.withResolvers<void>());
  let count = 0;
  const transcriber: Transcriber = {
    name: "slow",
    async *transcribe(audio) {
      const mine = count++;
      for await (const _ of audio);
      await held[mine]!.promise;
      yield { type: "final", transcript: { text: `Part ${mine + 1}.`, understood: true } };
    },
  };
  const { s } = rehearsal(transcriber, null, short);
  await s.hear(talk(0.1));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  await s.sends("response.created");
  for (const { resolve } of held.toReversed()) {
    await s.clock.advance(100);
    expect(s.prompts).toEqual([]);
    resolve();
  }
  await s.sends("response.done");
  const said = Array.from({ length: count }, (_, k) => `Part ${k + 1}.`);
  expect(count).toBeGreaterThan(2);
  expect(s.prompts).toMatchObject([{ items: said.map((text) => ({ text })), brief: { round: 1 } }]);
  const openTurn = s.state().coach;
  expect(openTurn.flow === "rehearsal" && openTurn.practice.answers).toEqual([
    { ...answer(said.join(" ")), hesitations: [] },
  ]);
});

test("[TT13] a word of command in the last part does not steer; said alone it does", async () => {
  const { transcriber } = recorder((n) => ({ text: n === 4 ? "next" : `Part ${n}.`, command: "next" }));
  const { s } = rehearsal(transcriber, serverVad, short);
  await s.hear(talk(0.1).subarray(0, 7 * rate));
  await s.hear(silence(3000));
  await s.sends("response.done");
  expect(s.prompts).toMatchObject([{ brief: { do: "listen", round: 1 } }]);
});

test("[TT13][TT9] a part that cannot be transcribed is told, and the rest is answered; with none of them the reply fails", async () => {
  for (const [fails, status] of [
    [(n: number) => n === 2, "completed"],
    [() => true, "failed"],
  ] as const) {
    const lost = new StageError("transcribe", "unavailable");
    const { transcriber } = recorder((n) => (fails(n) ? lost : { text: `Part ${n}.` }));
    const { s } = rehearsal(transcriber, serverVad, short);
    await s.hear(talk(0.1).subarray(0, 7 * rate));
    await s.hear(silence(3000));
    expect((await s.sends("response.done")).response.status).toBe(status);
    const parts = s.of("input_audio_buffer.committed").map(({ item_id }) => item_id);
    const failed = s.of("conversation.item.input_audio_transcription.failed").map(({ item_id }) => item_id);
    expect(failed).toEqual(parts.filter((__, k) => fails(k + 1)));
    if (status === "completed") expect(s.prompts).toMatchObject([{ brief: { round: 1, understood: true } }]);
  }
});

test("[TT13][TT5] clear throws the open part away; those before are items, and the coach has heard them", async () => {
  const { transcriber } = recorder();
  const { s, counted } = rehearsal(transcriber, null, short);
  const spoken = talk(0.1).subarray(0, 5 * rate);
  await s.hear(spoken);
  const parts = s.of("input_audio_buffer.committed").length;
  expect(parts).toBeGreaterThan(1);
  s.client({ type: "input_audio_buffer.clear" });
  await s.sends("input_audio_buffer.cleared");
  await s.clock.advance(100);
  const { coach, entries } = s.state();
  expect(entries.length).toBe(parts);
  const words = Array.from({ length: parts }, (_, k) => `Part ${k + 1}.`).join(" ");
  expect(coach.flow === "rehearsal" && coach.practice.answers).toEqual([answer(words)]);
  // [QT1] Thrown away or not, and each sample once.
  expect(counted.heardMs / 1000).toBeCloseTo(seconds(spoken), 2);
  s.client({ type: "input_audio_buffer.commit" });
  expect((await s.sends("error")).error.code).toBe("input_audio_buffer_commit_empty");
});

test("[TT10] audio is dropped, and said so, only while ten parts wait for their transcripts; what is kept is counted", async () => {
  const gate = Promise.withResolvers<void>();
  const heard: number[] = [];
  const stuck: Transcriber = {
    name: "stuck",
    async *transcribe(audio) {
      const mine = heard.push(0) - 1;
      await gate.promise;
      for await (const pcm of audio) heard[mine]! += pcm.length;
      yield { type: "final", transcript: { text: `Part ${mine + 1}.`, understood: true } };
    },
  };
  const { s, counted } = rehearsal(stuck, null, { limits: { utteranceMs: 1000 } });
  await s.hear(talk(0.5));
  expect(s.of("error").map(({ error }) => error.code)).toEqual(["input_audio_buffer_overflow"]);
  gate.resolve();
  await s.clock.advance(100);
  await s.hear(recording("fox-slt"));
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.of("error").length).toBe(1);
  const samples = heard.reduce((sum, each) => sum + each, 0);
  expect(samples / rate).toBeGreaterThan(9 + seconds(recording("fox-slt")));
  expect(samples / rate).toBeLessThan(12 + seconds(recording("fox-slt")));
  expect(counted.heardMs / 1000).toBeCloseTo(samples / rate, 1);
});

test("[TT13][D1] a reply drafted in the last pause answers all parts, and is the one that is given", async () => {
  const { transcriber } = recorder();
  const { s } = rehearsal(transcriber, serverVad, { ...short, draftAfterMs: 1000 });
  await s.hear(talk(0.1).subarray(0, 7 * rate));
  await s.hear(silence(3000));
  await s.sends("response.done");
  const parts = s.of("input_audio_buffer.committed").length;
  expect(parts).toBeGreaterThan(2);
  const last = s.prompts.at(-1) as { items: object[] };
  expect(last.items.length).toBe(parts);
  expect((await s.sends("kuku.latency")).speculation_saved_ms).toBeDefined();
  expect(s.prompts).toHaveLength(1);
});

test("[TT13][ST4] a talk that its node did not see the end of goes on elsewhere, behind the parts that were heard", async () => {
  const first = recorder();
  const journal = testJournal();
  const kept = { journal: journal.journal, failing: () => false };
  const { s } = rehearsal(first.transcriber, serverVad, { ...short, kept, outlivesSocket: true });
  await s.hear(talk(0.1).subarray(0, 5 * rate));
  await s.clock.advance(100);
  const parts = s.of("conversation.item.input_audio_transcription.completed").length;
  expect(parts).toBeGreaterThan(1);
  const stored = journal.stored();
  s.session.end("put_away");

  const second = recorder((n) => ({ text: `Rest ${n}.` }));
  const next = testJournal(stored);
  const again = rehearsal(second.transcriber, undefined, {
    kept: { journal: next.journal, failing: () => false, stored },
    newId,
  }).s;
  await again.hear(recording("fox-slt"));
  await again.hear(silence(9000));
  await again.sends("response.done");
  const { coach } = again.state();
  const words = [...Array.from({ length: parts }, (_, k) => `Part ${k + 1}.`), "Rest 1."].join(" ");
  expect(coach.flow === "rehearsal" && coach.practice.answers).toEqual([answer(words)]);
});
