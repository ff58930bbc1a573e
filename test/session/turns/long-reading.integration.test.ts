import { afterAll, beforeAll, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import {
  type EmbeddedTranscriber,
  openEmbeddedTranscriber,
} from "../../../src/providers/embedded/recogniser/transcriber.ts";
import { recording, sessionUpdate, silence, testSession } from "../../support/session.ts";

let transcriber: EmbeddedTranscriber;
beforeAll(async () => {
  transcriber = await openEmbeddedTranscriber({ threads: 1 });
});
afterAll(() => transcriber.close());

test("[TT10][TT13] a text that is read across the bound is judged whole by the embedded ears", async () => {
  const text =
    "By the end of today I would like to have one clear next step. The quick brown fox jumps over the lazy dog.";
  // A reading of a minute and more, with the minute made short.
  const limits = { utteranceMs: 5500 };
  const s = testSession({ extended: true, persona: "reader", engines: { transcriber }, limits });
  s.client(
    sessionUpdate({ kuku: { greet: false, drill: { text } }, audio: { input: { turn_detection: null } } }),
  );
  await s.hear(joinPcm([recording("goal-rms"), silence(400), recording("fox-rms")]), 200);
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.of("error")).toEqual([]);
  expect(s.of("input_audio_buffer.committed").length).toBe(2);
  const judged = s.of("coach.drill").filter(({ outcome }) => outcome !== undefined);
  expect(judged).toMatchObject([{ outcome: "read_well", accuracy: 1 }]);
});

test("[C5] a recording of more than a minute is judged whole by the embedded ears", async () => {
  const text =
    "By the end of today I would like to have one clear next step. The quick brown fox jumps over the lazy dog.";
  const s = testSession({ extended: true, persona: "reader", engines: { transcriber } });
  s.client(sessionUpdate({ kuku: { greet: false, drill: { text } } }));
  const pcm = joinPcm([recording("goal-rms"), silence(60_000), recording("fox-rms"), silence(300)]);
  s.session.receiveMessage("item_m", { pcm, rate: 24_000 });
  await s.sends("response.done");
  expect(s.of("error")).toEqual([]);
  const judged = s.of("coach.drill").filter(({ outcome }) => outcome !== undefined);
  expect(judged).toMatchObject([{ outcome: "read_well", accuracy: 1 }]);
});
