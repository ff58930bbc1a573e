import { expect, test } from "vitest";
import { joinPcm, pcmToBytes } from "../../src/pipeline/audio/pcm.ts";
import type { TranscribeOptions } from "../../src/ports/transcriber.ts";
import { scriptedTranscriber } from "../../src/providers/scripted/transcriber.ts";
import { recording } from "../pipeline/ears/ears.ts";
import { testSession } from "../support/session.ts";

/** A session that hears one utterance, with a draft of it, and audio that came whole; how its transcriber is asked. */
async function callsOf(): Promise<readonly TranscribeOptions[]> {
  const asked: TranscribeOptions[] = [];
  const s = testSession({
    draftAfterMs: 150,
    engines: {
      transcriber: scriptedTranscriber(({ options }) => {
        asked.push(options);
        return "a word";
      }),
    },
  });
  await s.hear(joinPcm([recording("rice-slt"), new Int16Array(24_000)]));
  await s.until(() => asked.length === 2);
  const audio = Buffer.from(pcmToBytes(recording("mhm-slt"))).toString("base64");
  s.client({
    type: "conversation.item.create",
    item: { type: "message", role: "user", content: [{ type: "input_audio", audio }] },
  });
  await s.until(() => asked.length === 3);
  return asked;
}

test("a transcriber is told of one speaker a session, whatever way the audio came, and of another in the next", async () => {
  const first = (await callsOf()).map(({ speaker }) => speaker);
  expect(first).toHaveLength(3);
  expect(first[0]).toBeTypeOf("object");
  expect(new Set(first).size).toBe(1);
  const second = (await callsOf()).map(({ speaker }) => speaker);
  expect(second[0]).toBeTypeOf("object");
  expect(second[0]).not.toBe(first[0]);
});

test("[LM1] a transcriber is told which audio is a recording, there from its beginning", async () => {
  expect((await callsOf()).map(({ recorded }) => recorded ?? false)).toEqual([false, false, true]);
});
