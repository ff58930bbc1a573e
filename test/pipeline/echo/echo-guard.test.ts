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
const laterMs = 40;
/** The same for a faint beginning of a turn, whose confirmation may wait for a louder word: the edge of [B12]. */
const faintLaterMs: Readonly<Record<string, number>> = { "yes-wrap-up-awb": 400 };
/** Replies of other voices than the speakers', and moments in them at which a person begins. */
const replies = ["pause-1200ms-rms", "fox-slow-rms", "overwhelmed-slt"] as const;
const moments = [1000, 1700, 2400];

const first = (events: EarEvent[], type: "speech_started" | "speech_confirmed") =>
  only(events, type)[0]?.atMs ?? Number.POSITIVE_INFINITY;

test.each(["yes-wrap-up-awb", "goal-rms", "fox-slt", "lice-slt", "dollars-slt"])(
  "[B12] %s at a client with echo cancellation: the ears hear it as with no reply playing",
  async (who) => {
    for (const ms of moments) {
      const mic = cancelled(who, ms);
      const alone = await hearBeside(mic, recording(replies[0]), false);
      for (const reply of replies) {
        const beside = await hearBeside(mic, recording(reply), true);
        for (const type of ["speech_started", "speech_confirmed"] as const)
          if (only(alone, type).length > 0)
            expect(first(beside, type) - first(alone, type)).toBeLessThanOrEqual(
              faintLaterMs[who] ?? laterMs,
            );
        expect(only(beside, "committed").length).toBe(only(alone, "committed").length);
      }
    }
  },
);

/** Audio kept from before an onset, ms. */
const paddingMs = settings().detection?.type === "server_vad" ? 300 : 0;

test.each(["yes-wrap-up-awb", "goal-rms", "fox-slt", "lice-slt", "dollars-slt"])(
  "[B12] %s over the beginning of the first reply: the utterance holds the first word",
  async (who) => {
    for (const ms of [300, 400, 600]) {
      const mic = cancelled(who, ms);
      const alone = await hearBeside(mic, recording(replies[0]), false);
      for (const reply of replies) {
        const beside = await hearBeside(mic, recording(reply), true);
        expect(first(beside, "speech_started")).toBeLessThanOrEqual(
          first(alone, "speech_started") + paddingMs,
        );
      }
    }
  },
);
