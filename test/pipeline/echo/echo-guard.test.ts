import { expect, test } from "vitest";
import type { EarEvent } from "../../../src/pipeline/ears/ear-events.ts";
import { TurnSegmenter } from "../../../src/pipeline/ears/turn-segmenter.ts";
import { Loudspeaker } from "../../../src/pipeline/echo/loudspeaker.ts";
import { only, rate, recorder, recording, seededNoise, settings } from "../ears/ears.ts";

/** An event, and the audio time at which it was told, ms. */
type Told = EarEvent & { readonly toldMs: number };

/** Events of ears whose microphone stands beside a loudspeaker that plays `reply` from the start, known to them or not. */
async function hearBeside(mic: Int16Array, reply: Int16Array, known: boolean): Promise<Told[]> {
  let now = 0;
  const loudspeaker = new Loudspeaker(() => now);
  const events: Told[] = [];
  const { transcriber } = recorder();
  const segmenter = new TurnSegmenter({
    transcriber,
    maxMs: 60_000,
    emit: (event) => void events.push({ ...event, toldMs: now }),
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

/** Replies of other voices than the speakers'. */
const replies = ["pause-1200ms-rms", "fox-slow-rms", "overwhelmed-slt"] as const;
const voices = ["yes-wrap-up-awb", "goal-rms", "fox-slt", "lice-slt", "dollars-slt"];

const first = (events: readonly Told[], type: "speech_started" | "speech_confirmed") =>
  events.find((event): event is Extract<Told, { type: typeof type }> => event.type === type);

/** Delay of an event of ears that know of the reply, against ears that do not, ms. */
const laterMs = (
  beside: readonly Told[],
  alone: readonly Told[],
  type: "speech_started" | "speech_confirmed",
) => (first(beside, type)?.toldMs ?? Number.POSITIVE_INFINITY) - first(alone, type)!.toldMs;

test.each(voices)(
  "[B12] %s at a client with echo cancellation: the ears hear it as with no reply playing",
  async (who) => {
    for (const ms of [1000, 1700, 2400]) {
      const mic = cancelled(who, ms);
      const alone = await hearBeside(mic, recording(replies[0]), false);
      for (const reply of replies) {
        const beside = await hearBeside(mic, recording(reply), true);
        expect(laterMs(beside, alone, "speech_started")).toBeLessThanOrEqual(40);
        if (first(alone, "speech_confirmed"))
          expect(laterMs(beside, alone, "speech_confirmed")).toBeLessThanOrEqual(40);
        expect(only(beside, "committed").length).toBe(only(alone, "committed").length);
      }
    }
  },
);

test.each(voices)(
  "[B12] %s over the beginning of the first reply: it is told late, and its first word is in it",
  async (who) => {
    for (const ms of [100, 300, 400, 600]) {
      const mic = cancelled(who, ms);
      const alone = await hearBeside(mic, recording(replies[0]), false);
      for (const reply of replies) {
        const beside = await hearBeside(mic, recording(reply), true);
        expect(first(beside, "speech_started")?.atMs).toBe(first(alone, "speech_started")?.atMs);
        expect(laterMs(beside, alone, "speech_started")).toBeLessThanOrEqual(600);
        if (first(alone, "speech_confirmed"))
          expect(laterMs(beside, alone, "speech_confirmed")).toBeLessThanOrEqual(240);
        expect(only(beside, "committed").length).toBe(only(alone, "committed").length);
      }
    }
  },
);
