import { describe, expect, test, vi } from "vitest";
import { manualClock } from "../../../src/lib/clock.ts";
import type { Reading, ReadWord } from "../../../src/ports/reading.ts";
import type { TranscribeOptions, Transcriber, TranscriptEvent } from "../../../src/ports/transcriber.ts";
import { withSecondOpinion } from "../../../src/providers/local/second-opinion.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { collect } from "../../collect.ts";

const text = "Ten men went home.";
const right = (word: string): ReadWord => ({ verdict: "correct", expected: word, heard: word, score: 0.9 });
const readingOf = (words: readonly ReadWord[]): Reading => ({ text, words, accuracy: 0.5 });
const slip: ReadWord = {
  verdict: "substituted",
  expected: "men",
  heard: "man",
  score: 0.3,
  startMs: 5,
  endMs: 9,
};
const omission: ReadWord = { verdict: "omitted", expected: "went" };
const insertion: ReadWord = { verdict: "inserted", heard: "um" };
const accused = readingOf([right("Ten"), slip, omission, right("home")]);

const call = (more: Partial<TranscribeOptions> = {}): TranscribeOptions => ({
  rate: 16_000,
  language: "en-US",
  signal: new AbortController().signal,
  expectation: { kind: "reading", text },
  ...more,
});
async function* audio() {
  yield new Int16Array(3_000);
  yield new Int16Array(2_000);
}
const judging = (reading: Reading, understood = true) =>
  scriptedTranscriber([{ text: "as judged", reading, understood }]);
const transcriptOf = (event: TranscriptEvent | undefined) =>
  event === undefined || event.type === "partial" ? undefined : event.transcript;
type Hear = (pcm: Int16Array, call: TranscribeOptions) => Promise<string>;
async function reviewed(judge: Transcriber, hear: Hear, more?: Partial<TranscribeOptions>) {
  const events = await collect(withSecondOpinion({ judge, hear }).transcribe(audio(), call(more)));
  return transcriptOf(events.at(-1));
}

/** Never answers; tells the signal that it was asked with. */
function silent() {
  const asked = Promise.withResolvers<AbortSignal>();
  const hear: Hear = (_, { signal }) => {
    asked.resolve(signal);
    return new Promise(() => {});
  };
  return { hear, signal: asked.promise };
}

describe("a second opinion on a reading", () => {
  test("[LM9] acquits the words that were heard as written, replaced or left out", async () => {
    const hear = vi.fn<Hear>(async () => "ten men went home");
    const reading = readingOf([right("Ten"), slip, omission, insertion, right("home")]);
    const transcript = await reviewed(judging(reading), hear);
    expect(transcript?.reading).toEqual({
      text,
      words: [
        right("Ten"),
        { verdict: "correct", expected: "men", heard: "men", startMs: 5, endMs: 9 },
        { verdict: "correct", expected: "went", heard: "went" },
        insertion,
        right("home"),
      ],
      accuracy: 1,
    });
    expect(transcript?.text).toBe("Ten men went um home");
    expect(hear).toHaveBeenCalledOnce();
    const [pcm, asked] = hear.mock.lastCall as Parameters<Hear>;
    expect(pcm).toHaveLength(5_000);
    // The text would tell it what to hear.
    expect(Object.keys(asked).sort()).toEqual(["language", "rate", "signal"]);
  });

  test("[LM9] leaves a word that was heard as another, and accuses none", async () => {
    const hear = vi.fn<Hear>(async () => "den man when hum");
    expect((await reviewed(judging(accused), hear))?.reading?.words).toEqual(accused.words);
    expect(hear).toHaveBeenCalledOnce();
  });

  test("[LM9] is not asked where no word of the text is called wrong, nothing was read, or one of two words is said", async () => {
    const hear = vi.fn<Hear>(async () => text);
    const clean = readingOf([right("Ten"), right("men"), right("went"), insertion, right("home")]);
    expect((await reviewed(judging(clean), hear))?.reading).toEqual(clean);
    expect((await reviewed(judging(accused, false), hear))?.reading).toEqual(accused);
    const pair = { kind: "reading", text: "ten", rival: "den" } as const;
    expect((await reviewed(judging(accused), hear, { expectation: pair }))?.reading).toEqual(accused);
    expect(hear).not.toHaveBeenCalled();
  });

  test("[LM9] that fails leaves the verdict as it was", async () => {
    const busy: Hear = () => Promise.reject(new Error("busy"));
    expect((await reviewed(judging(accused), busy))?.reading).toEqual(accused);
  });

  test("[LM9] that is late leaves the verdict as it was, and is ended", async () => {
    const clock = manualClock();
    const { hear, signal } = silent();
    const reviewing = withSecondOpinion({ judge: judging(accused), hear, clock });
    const events = collect(reviewing.transcribe(audio(), call()));
    const asked = await signal;
    await clock.advance(3_000);
    expect(transcriptOf((await events).at(-1))?.reading).toEqual(accused);
    expect(asked.aborted).toBe(true);
  });

  test("[LM9] of a pause is that of the end, where the verdict is the same one", async () => {
    const transcript = { text: "as judged", understood: true, reading: accused };
    const judge: Transcriber = {
      name: "judge",
      readsAhead: true,
      async *transcribe(audio) {
        for await (const _ of audio);
        yield { type: "preemptive", samples: 3_000, transcript };
        yield { type: "final", transcript: { ...transcript } };
      },
    };
    const hear = vi.fn<Hear>(async () => text);
    const events = await collect(withSecondOpinion({ judge, hear }).transcribe(audio(), call()));
    expect(events.map((event) => event.type)).toEqual(["preemptive", "final"]);
    expect(transcriptOf(events[0])?.reading?.accuracy).toBe(1);
    expect(transcriptOf(events[1])).toEqual(transcriptOf(events[0]));
    expect(hear).toHaveBeenCalledOnce();
    expect(hear.mock.lastCall?.[0]).toHaveLength(3_000);
  });

  test("[LM9] ends with its call", async () => {
    const stop = new AbortController();
    const { hear, signal } = silent();
    const reviewing = withSecondOpinion({ judge: judging(accused), hear });
    const events = collect(reviewing.transcribe(audio(), call({ signal: stop.signal })));
    const asked = await signal;
    stop.abort("barge in");
    await expect(events).rejects.toBe("barge in");
    expect(asked.aborted).toBe(true);
  });
});
