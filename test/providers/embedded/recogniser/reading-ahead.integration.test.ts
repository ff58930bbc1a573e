import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Recording, readWav } from "../../../../src/pipeline/audio/wav.ts";
import type {
  Expectation,
  PauseListener,
  TranscribeOptions,
  Transcript,
  TranscriptEvent,
} from "../../../../src/ports/transcriber.ts";
import {
  type EmbeddedTranscriber,
  openEmbeddedTranscriber,
} from "../../../../src/providers/embedded/recogniser/transcriber.ts";

const FOX = "The quick brown fox jumps over the lazy dog.";
const GOAL = "By the end of today I would like to have one clear next step.";
let transcriber: EmbeddedTranscriber;
beforeAll(async () => {
  // One thread loads the models once; it is free for a reading ahead unless another is judged.
  transcriber = await openEmbeddedTranscriber({ threads: 1 });
});
afterAll(() => transcriber.close());

const recording = (name: string) =>
  readWav(readFileSync(new URL(`../../../fixtures/speech/${name}.wav`, import.meta.url)));
const reading = (text: string, rival?: string): Expectation => ({
  kind: "reading",
  text,
  ...(rival !== undefined && { rival }),
});

/** The speaker of an utterance: says audio, pauses, goes on; hears what the transcriber makes of it. */
function speaking({
  rate,
  expectation,
  speaker,
}: Pick<TranscribeOptions, "rate" | "expectation" | "speaker">) {
  const pieces: Int16Array[] = [];
  const events: TranscriptEvent[] = [];
  let ended = false;
  let wake = () => {};
  let listener: PauseListener | undefined;
  let samples = 0;
  async function* audio() {
    for (;;) {
      const piece = pieces.shift();
      if (piece) yield piece;
      else if (ended) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  const { signal } = new AbortController();
  const pauses = {
    subscribe: (to: PauseListener) => {
      listener = to;
    },
  };
  const options = { rate, language: "en-US", expectation, speaker, signal, pauses } as TranscribeOptions;
  let told = () => {};
  const transcribed = (async () => {
    for await (const event of transcriber.transcribe(audio(), options)) {
      events.push(event);
      told();
    }
  })();
  return {
    events,
    say(pcm: Int16Array) {
      samples += pcm.length;
      for (let at = 0; at < pcm.length; at += 480) pieces.push(pcm.slice(at, at + 480));
      wake();
    },
    pause: () => listener?.paused(samples),
    resume: () => listener?.resumed(),
    /** Resolves with the next transcript ahead. */
    async ahead(): Promise<Transcript> {
      for (;;) {
        const found = events.find((event) => event.type === "preemptive");
        if (found) return found.transcript;
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
    async end(): Promise<Transcript> {
      ended = true;
      wake();
      await transcribed;
      const last = events.at(-1);
      if (last?.type !== "final") throw new Error("no final");
      return last.transcript;
    },
  };
}

/** The final of audio that comes at once, in which nobody was told of a pause. */
async function judgedAfter({ rate, pcm }: Recording, expectation: Expectation): Promise<Transcript> {
  const speech = speaking({ rate, expectation });
  speech.say(pcm);
  return speech.end();
}

const silence = ({ rate }: Recording, ms: number) => new Int16Array((rate * ms) / 1000);

describe("a reading judged ahead", () => {
  test.each([
    ["fox-slt", reading(FOX)],
    ["fox-rms", reading(FOX)],
    ["fox-misread-slt", reading(FOX)],
    ["fox-omitted-rms", reading(FOX)],
    ["fox-fast-rms", reading(FOX)],
    ["goal-rms", reading(GOAL)],
    ["price-rms", reading("The book costs $25.50 today.")],
    ["phone-rms", reading("Please call 555-1234 now.")],
    ["overwhelmed-slt", reading(FOX)],
    ["yes-wrap-up-awb", reading(FOX)],
    ["rice-slt", reading("lice", "rice")],
  ] as const)(
    "[E21] %s: each word's verdict and score is that of the same audio judged after its end",
    async (name, expectation) => {
      const spoken = recording(name);
      const speech = speaking({ rate: spoken.rate, expectation });
      speech.say(spoken.pcm);
      speech.pause();
      const ahead = await speech.ahead();
      speech.say(silence(spoken, 800));
      expect(await speech.end()).toEqual(ahead);
      expect(ahead).toEqual(await judgedAfter(spoken, expectation));
    },
  );

  test("[E21] where no thread was free for it, it is judged after its end, and of the same audio", async () => {
    const spoken = recording("fox-misread-slt");
    const expectation = reading(FOX);
    const other = speaking({ rate: spoken.rate, expectation });
    other.say(recording("fox-slow-rms").pcm);
    const busy = other.end();
    // The other's audio has to reach its thread first.
    await new Promise((resolve) => setImmediate(resolve));
    const speech = speaking({ rate: spoken.rate, expectation });
    speech.say(spoken.pcm);
    speech.pause();
    speech.say(silence(spoken, 800));
    const [final] = await Promise.all([speech.end(), busy]);
    expect(speech.events.map(({ type }) => type)).toEqual(["final"]);
    expect(final).toEqual(await judgedAfter(spoken, expectation));
  });

  test("[E21] read on after a pause, all of it is judged, and nothing was learnt of the voice from a part", async () => {
    const readings = [
      ["fox-rms", FOX],
      ["goal-rms", GOAL],
      ["price-rms", "The book costs $25.50 today."],
      ["fox-omitted-rms", FOX],
    ] as const;
    const inSession = async (pausing: boolean) => {
      const speaker = {};
      const finals: Transcript[] = [];
      for (const [name, text] of readings) {
        const { rate, pcm } = recording(name);
        const half = Math.floor(pcm.length / 2);
        const speech = speaking({ rate, expectation: reading(text), speaker });
        speech.say(pcm.subarray(0, half));
        if (pausing) {
          speech.pause();
          await speech.ahead();
          speech.resume();
        }
        speech.say(pcm.subarray(half));
        finals.push(await speech.end());
      }
      return finals;
    };
    const [paused, straight] = [await inSession(true), await inSession(false)];
    expect(paused).toEqual(straight);
    // By the fourth reading the voice is known: it is not judged as a stranger's.
    expect(straight[3]).not.toEqual(await judgedAfter(recording("fox-omitted-rms"), reading(FOX)));
  });
});
