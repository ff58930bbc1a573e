import { describe, expect, test } from "vitest";
import { channel } from "../../../src/lib/channel.ts";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import type { EarEvent, EarInput, EarSettings } from "../../../src/pipeline/ears/ear-events.ts";
import { listen } from "../../../src/pipeline/ears/listen.ts";
import { readToEnd } from "../../../src/pipeline/ears/read-to-end.ts";
import type { ReadWord } from "../../../src/ports/reading.ts";
import type { Transcriber, Transcript, TranscriptEvent } from "../../../src/ports/transcriber.ts";
import { cut, only, rate, recording, serverVad, settings, silence, typesOf } from "./ears.ts";

const text = "The quick brown fox jumps over the lazy dog.";
const expectation = { kind: "reading", text } as const;
const words = text.replace(".", "").split(" ");
const fox = joinPcm([silence(300), recording("fox-slt")]);
const reader = { ...serverVad, silenceMs: 900, readToEndMs: 500 };
const reading = (over: Partial<EarSettings> = {}) => settings({ expectation, detection: reader, ...over });

/** A reading whose words at `slips`, from the end, were something else. */
function transcript(...slips: readonly number[]): Transcript {
  const judged = words.map((expected, at): ReadWord => {
    const slipped = slips.includes(at - words.length);
    return { verdict: slipped ? "substituted" : "correct", expected, heard: slipped ? "so" : expected };
  });
  return { text: "read", understood: true, reading: { text, words: judged, accuracy: 1 } };
}

/** A transcriber that reads ahead: answers each pause at once with the next of `ahead`, if there is one. */
function readerAhead(...ahead: readonly Transcript[]) {
  const told: (number | "resumed")[] = [];
  let asked = 0;
  const transcriber: Transcriber = {
    name: "reader",
    readsAhead: true,
    transcribe(audio, { pauses }) {
      const events = channel<TranscriptEvent>(64);
      let known: Transcript | undefined;
      pauses?.subscribe({
        paused(samples) {
          told.push(samples);
          known = ahead[asked++];
          if (known) events.push({ type: "preemptive", samples, transcript: known });
        },
        resumed() {
          told.push("resumed");
          known = undefined;
        },
      });
      (async () => {
        for await (const _ of audio);
        events.push({ type: "final", transcript: known ?? { text: "the whole", understood: true } });
        events.close();
      })();
      return events;
    },
  };
  return { transcriber, told };
}

/** The ears' events, each frame heard once what came of the one before it is known. */
async function hear(pcm: Int16Array, transcriber: Transcriber, with_: EarSettings): Promise<EarEvent[]> {
  const inputs = channel<EarInput>(1e6);
  const events: EarEvent[] = [];
  const { signal } = new AbortController();
  const listening = (async () => {
    for await (const event of listen(inputs, { settings: with_, transcriber, signal })) events.push(event);
  })();
  for (const input of cut(pcm)) {
    inputs.push(input);
    await new Promise((resolve) => setImmediate(resolve));
  }
  inputs.close();
  await listening;
  return events;
}

const silenceOf = (events: readonly EarEvent[]) => only(events, "speech_stopped")[0]!.silenceMs;
const heard = joinPcm([fox, silence(1500)]);
/** Read twice over, with a pause between that is too short for an end. */
const twice = joinPcm([fox, recording("fox-slt"), silence(1500)]);

describe("a transcriber that reads ahead", () => {
  test("[E21] is told of the pause by the samples before it, and its transcript is the final", async () => {
    const { transcriber, told } = readerAhead(transcript());
    const events = await hear(heard, transcriber, reading());
    const paused = only(events, "paused")[0]!;
    const started = only(events, "speech_started")[0]!;
    expect(told).toEqual([((paused.atMs - started.atMs) * rate) / 1000]);
    expect(typesOf(events).slice(-5)).toEqual([
      ...["paused", "preemptive_transcript", "speech_stopped", "committed", "transcribed"],
    ]);
    expect(only(events, "transcribed")[0]!.transcript).toEqual(transcript());
  });

  test("[E21] is told of every pause, and speech that goes on makes its transcript void", async () => {
    const { transcriber, told } = readerAhead(transcript(), { text: "", understood: false });
    const events = await hear(twice, transcriber, reading());
    expect(told).toEqual([expect.any(Number), "resumed", expect.any(Number)]);
    expect(only(events, "committed")).toHaveLength(1);
    expect(silenceOf(events)).toBe(900);
    expect(only(events, "transcribed")[0]!.transcript).toEqual({ text: "", understood: false });
  });

  test("[E21] a transcript that comes once speech has gone on is left aside", async () => {
    const late: Transcriber = {
      name: "late",
      readsAhead: true,
      async *transcribe(audio, { pauses }) {
        let first: number | undefined;
        let resumed = false;
        pauses?.subscribe({
          paused(samples) {
            first ??= samples;
          },
          resumed() {
            resumed = true;
          },
        });
        for await (const _ of audio) {
          if (!resumed || first === undefined) continue;
          yield { type: "preemptive", samples: first, transcript: transcript() };
        }
        yield { type: "final", transcript: transcript(-1) };
      },
    };
    const events = await hear(twice, late, reading());
    expect(typesOf(events)).toContain("resumed");
    expect(typesOf(events)).not.toContain("preemptive_transcript");
    expect(silenceOf(events)).toBe(900);
  });

  test.each([
    ["nothing is read", reading({ expectation: undefined }) as EarSettings],
    ["nothing is detected", reading({ detection: null })],
  ])("[E21] is told of no pause where %s", async (_, with_) => {
    const { transcriber, told } = readerAhead(transcript());
    const events = await hear(heard, transcriber, with_);
    expect(told).toEqual([]);
    expect(typesOf(events)).not.toContain("paused");
  });
});

describe("a text that was read to its end", () => {
  const endOf = async (ahead: Transcript | undefined, with_: EarSettings = reading()) =>
    silenceOf(
      await hear(joinPcm([fox, silence(2500)]), readerAhead(...(ahead ? [ahead] : [])).transcriber, with_),
    );

  test("[TT14] ends the turn after the shorter silence; a slip among its last words, or no verdict yet, does not", async () => {
    expect(await endOf(transcript())).toBe(500);
    expect(await endOf(transcript(-9))).toBe(500);
    expect(await endOf(transcript(-1))).toBe(900);
    expect(await endOf(transcript(-3))).toBe(900);
    expect(await endOf(undefined)).toBe(900);
    expect(await endOf({ text: "next", understood: true, command: "next" })).toBe(900);
  });

  test("[TT14] waits as long as ever where the silence was set by hand, and no longer than it", async () => {
    expect(await endOf(transcript(), reading({ detection: { ...serverVad, silenceMs: 900 } }))).toBe(900);
    expect(await endOf(transcript(), reading({ detection: { ...reader, silenceMs: 300 } }))).toBe(300);
  });

  test("[TT14] semantic_vad waits its shortest, however the voice ended", async () => {
    const detection = { type: "semantic_vad", eagerness: "high" } as const;
    expect(await endOf(transcript(), reading({ detection }))).toBe(400);
    expect(await endOf(transcript(-1), reading({ detection }))).toBeGreaterThan(400);
  });

  test("[TT14] is told by its own last words, with nothing after them", () => {
    const read = (of: Transcript) => readToEnd(expectation, of);
    expect(read(transcript())).toBe(true);
    expect(readToEnd({ ...expectation, text: "Another text." }, transcript())).toBe(false);
    expect(readToEnd(undefined, transcript())).toBe(false);
    expect(read({ ...transcript(), understood: false })).toBe(false);
    const { reading: judged } = transcript();
    const longer = [...judged!.words, { verdict: "inserted", heard: "and" } as const];
    expect(read({ ...transcript(), reading: { ...judged!, words: longer } })).toBe(false);
    expect(read({ ...transcript(), reading: { ...judged!, words: [] } })).toBe(false);
  });
});
