import { expect, test } from "vitest";
import type { EarEvent } from "../../../src/pipeline/ears/ear-events.ts";
import { TurnSegmenter } from "../../../src/pipeline/ears/turn-segmenter.ts";
import { Loudspeaker } from "../../../src/pipeline/echo/loudspeaker.ts";
import { only, rate, recorder, recording, seededNoise, settings } from "../ears/ears.ts";

/** What the ears make of a microphone beside a loudspeaker that plays `reply` from the start, known to them or not. */
async function hearBeside(mic: Int16Array, reply: Int16Array, known: boolean): Promise<EarEvent[]> {
  let now = 0;
  const loudspeaker = new Loudspeaker(() => now);
  const events: EarEvent[] = [];
  const { transcriber } = recorder();
  const segmenter = new TurnSegmenter({
    transcriber,
    maxMs: 60_000,
    emit: (event) => void events.push(event),
    loudspeaker: known ? loudspeaker : undefined,
  });
  await segmenter.configure(settings());
  loudspeaker.play({ responseId: "resp_1", startMs: 0, samples: reply.length, rate, pcm: () => reply });
  for (let at = 0; at < mic.length; at += 480) {
    now += 20;
    segmenter.audio(mic.subarray(at, at + 480));
  }
  segmenter.close();
  await segmenter.settled();
  return events.filter(({ type }) => type !== "transcribed");
}

const noise = seededNoise(5);

/** Someone at a client that lets nothing of the loudspeaker into its microphone, from `ms` on. */
function cancelled(who: string, ms: number): Int16Array {
  const speech = recording(who);
  const from = (ms * rate) / 1000;
  return Int16Array.from(
    { length: from + speech.length + rate },
    (_, i) => Math.round(noise() * 20) + (speech[i - from] ?? 0),
  );
}

/** How much later a person may be heard than with no reply playing, ms. */
const laterMs = 200;

test.each(["overwhelmed-slt", "goal-rms", "yes-wrap-up-awb"])(
  "[B12] %s at a client with echo cancellation: the ears hear it as with no reply playing",
  async (who) => {
    const reply = recording("pause-1200ms-rms");
    for (const ms of [1200, 2000, 3000]) {
      const mic = cancelled(who, ms);
      const beside = await hearBeside(mic, reply, true);
      const alone = await hearBeside(mic, reply, false);
      for (const type of ["speech_started", "speech_confirmed"] as const) {
        const later =
          (only(beside, type)[0]?.atMs ?? Number.NaN) - (only(alone, type)[0]?.atMs ?? Number.NaN);
        expect(later).toBeLessThanOrEqual(laterMs);
      }
    }
  },
);
