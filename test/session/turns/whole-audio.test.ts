/** Audio that comes whole and is longer than one utterance. */
import { expect, test } from "vitest";
import { StageError } from "../../../src/lib/errors.ts";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { cutIntoUtterances } from "../../../src/pipeline/ears/quietest-place.ts";
import type { Transcriber, Transcript } from "../../../src/ports/transcriber.ts";
import { joinTranscripts } from "../../../src/session/turns/join-transcripts.ts";
import { sessionUpdate, testSession } from "../../support/session.ts";
import { rate, seconds, talk } from "./long-talks.ts";

/** Ears that write down what they are given, and how many of them are at work at once. `say`: what the nth said. */
function recorder(say: (n: number) => Transcript | StageError) {
  const heard: Int16Array[] = [];
  let [running, mostRunning] = [0, 0];
  const transcriber: Transcriber = {
    name: "recorder",
    async *transcribe(audio) {
      mostRunning = Math.max(mostRunning, ++running);
      const pieces: Int16Array[] = [];
      for await (const pcm of audio) pieces.push(pcm.slice());
      running--;
      heard.push(joinPcm(pieces));
      const said = say(heard.length);
      if (said instanceof StageError) throw said;
      yield { type: "final", transcript: said };
    },
  };
  return { transcriber, heard, mostRunning: () => mostRunning };
}

const sentence = (n: number): Transcript => ({
  text: `Part ${n}.`,
  understood: true,
  verbatim: true,
  words: [{ text: `Part ${n}.`, startMs: 500, endMs: 900 }],
});

async function say(pcm: Int16Array, ears: ReturnType<typeof recorder>) {
  const s = testSession({ extended: true, persona: "presenter", engines: { transcriber: ears.transcriber } });
  s.client(sessionUpdate({ kuku: { greet: false }, audio: { input: { transcription: { model: "any" } } } }));
  s.session.receiveMessage("item_m", { pcm, rate });
  await s.sends("response.done");
  return s;
}

test("[C5] a recording of minutes is transcribed as a live turn is, a minute at a time, and is one item", async () => {
  const pcm = talk(2.5);
  const ears = recorder(sentence);
  const s = await say(pcm, ears);
  expect(ears.heard).toEqual(cutIntoUtterances(pcm, rate, 60_000).map((part) => part.slice()));
  expect(ears.heard.length).toBe(3);
  expect(ears.mostRunning()).toBe(1);
  expect(s.of("conversation.item.input_audio_transcription.completed")).toMatchObject([
    {
      item_id: "item_m",
      transcript: "Part 1. Part 2. Part 3.",
      usage: { seconds: seconds(pcm) },
    },
  ]);
  const [delivery] = s.of("coach.delivery");
  expect(delivery?.speech_ms).toBeGreaterThan(145_000);
  // From 0.5 s of the first part to 0.9 s of the third: the words' times are of the whole.
  const minutes = (seconds(joinPcm(ears.heard.slice(0, 2))) + 0.4) / 60;
  expect(delivery).toMatchObject({
    word_count: 6,
    words_per_minute: Math.round(6 / minutes),
    filler_count: 0,
  });
});

test("[C5] a part that cannot be transcribed fails the item: no words are missing unseen", async () => {
  const ears = recorder((n) => (n === 2 ? new StageError("transcribe", "unavailable") : sentence(n)));
  const s = await say(talk(2.5), ears);
  expect(ears.heard.length).toBe(2);
  expect(s.of("conversation.item.input_audio_transcription.failed")).toMatchObject([{ item_id: "item_m" }]);
  expect(s.of("conversation.item.input_audio_transcription.completed")).toEqual([]);
});

test("[C5] nothing said with others is a command", () => {
  const stop: Transcript = { text: "Stop.", understood: true, command: "stop" };
  const alone = { startMs: 0, transcript: stop };
  expect(joinTranscripts([alone])).toEqual(stop);
  expect(joinTranscripts([alone, { startMs: 60_000, transcript: stop }])).toEqual({
    text: "Stop. Stop.",
    understood: true,
  });
});
