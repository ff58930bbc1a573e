import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { Transcriber } from "../../../src/ports/transcriber.ts";
import { sessionUpdate } from "../../support/session.ts";

import { expectHeardWhole } from "./heard-whole.ts";
import { rehearsal, serverVad, talk, telephone } from "./long-talks.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test.each([
  ["under server_vad", serverVad],
  ["in push to talk", null],
] as const)(
  "[TT10][TT13][S5][DM12] a talk of 10 minutes %s is heard whole, once and in order, and answered once",
  (_, detection) => expectHeardWhole(10, detection),
);

test("[TT10] an hour of speech in one turn keeps the memory flat", async () => {
  const transcriber: Transcriber = {
    name: "counting",
    async *transcribe(audio) {
      let samples = 0;
      for await (const pcm of audio) samples += pcm.length;
      yield { type: "final", transcript: { text: `${samples}`, understood: true } };
    },
  };
  const hour = { sessionMs: 2 * 60 * 60_000 };
  const { s, counted } = rehearsal(transcriber, null, { limits: hour });
  s.client(sessionUpdate({ audio: { input: { format: { type: "audio/pcmu" } } } }));
  const minute = telephone(talk(1));
  const held = async (minutes: number) => {
    for (let k = 0; k < minutes; k++)
      for (let at = 0; at < minute.length; at += 8000) {
        s.session.receiveAudio(minute.subarray(at, at + 8000));
        await s.clock.advance(1000);
        s.sent.length = 0;
      }
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1e6;
  };
  const early = await held(10);
  const late = await held(50);
  expect(late - early).toBeLessThan(2);
  expect(counted.heardMs).toBeGreaterThan(59 * 60_000);
  s.client({ type: "input_audio_buffer.commit" });
  s.client({ type: "response.create" });
  await s.sends("response.done");
  expect(s.of("error")).toEqual([]);
  const [told] = s.of("coach.delivery").filter((each) => each.final);
  expect(told!.speech_ms).toBeGreaterThan(59 * 60_000);
});
