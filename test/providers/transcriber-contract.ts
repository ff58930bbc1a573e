/** What every Transcriber keeps to, whoever listens. */
import { getEventListeners } from "node:events";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readWav } from "../../src/pipeline/audio/wav.ts";
import type { TranscribeOptions, Transcriber, TranscriptEvent } from "../../src/ports/transcriber.ts";

const SENTENCE = "The quick brown fox jumps over the lazy dog.";
const readRecording = (name: string) =>
  readWav(readFileSync(new URL(`../fixtures/speech/${name}.wav`, import.meta.url)));

export interface TranscriberSubject {
  readonly transcriber: Transcriber;
  close?(): Promise<void>;
}

/** Audio in pieces of these sizes (samples), taken in turn until it is used up. */
async function* pieces(pcm: Int16Array, sizes: readonly number[]): AsyncGenerator<Int16Array> {
  for (let at = 0, i = 0; at < pcm.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length] as number);
    yield pcm.slice(at, at + size);
    at += size;
  }
}

/** Audio that never comes, and says whether it was let go of. */
function endless() {
  let returned = false;
  const source: AsyncIterable<Int16Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return() {
        returned = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  return { source, wasReturned: () => returned };
}

/** Runs the suite on the transcriber that `open` gives; it is opened once. `more`: options of all calls, a reading of `recording` unless told. */
export function transcriberContract(
  name: string,
  open: () => TranscriberSubject | Promise<TranscriberSubject>,
  more: Partial<TranscribeOptions> = { expectation: { kind: "reading", text: SENTENCE } },
  recording = readRecording("fox-slt"),
): void {
  describe(`Transcriber contract: ${name}`, () => {
    let subject: TranscriberSubject;
    beforeAll(async () => {
      subject = await open();
    });
    afterAll(() => subject.close?.());

    const options = (ofCall: Partial<TranscribeOptions> = {}): TranscribeOptions => ({
      rate: recording.rate,
      language: "en-US",
      signal: new AbortController().signal,
      ...more,
      ...ofCall,
    });
    const hear = async (audio: AsyncIterable<Int16Array>, more: Partial<TranscribeOptions> = {}) => {
      const events: TranscriptEvent[] = [];
      for await (const event of subject.transcriber.transcribe(audio, options(more))) events.push(event);
      return events;
    };

    test("has a name", () => {
      expect(subject.transcriber.name).not.toBe("");
    });

    test("ends with exactly one final, after any partials", async () => {
      const events = await hear(pieces(recording.pcm, [480]));
      expect(events.filter((event) => event.type === "final")).toHaveLength(1);
      expect(events.at(-1)?.type).toBe("final");
    });

    test("an utterance without audio ends with a final too", async () => {
      const events = await hear(pieces(new Int16Array(0), [480]));
      expect(events.map((event) => event.type)).toEqual(["final"]);
    });

    test("how audio is cut never changes the final", async () => {
      const whole = (await hear(pieces(recording.pcm, [recording.pcm.length]))).at(-1);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 24, max: 24_000 }), { minLength: 1 }), async (sizes) => {
          expect((await hear(pieces(recording.pcm, sizes))).at(-1)).toEqual(whole);
        }),
        { numRuns: 2, seed: 20 },
      );
    });

    test("a signal aborted before the start: its reason, and the audio is not waited for", async () => {
      const reason = new Error("gone already");
      await expect(hear(endless().source, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });

    test("aborted while it waits for audio: the reason at once, the audio let go, no listener left", async () => {
      const abort = new AbortController();
      const reason = new Error("barge-in");
      const { source, wasReturned } = endless();
      const hearing = hear(source, { signal: abort.signal });
      abort.abort(reason);
      await expect(hearing).rejects.toBe(reason);
      expect(wasReturned()).toBe(true);
      expect(getEventListeners(abort.signal, "abort")).toEqual([]);
    });

    test("leaves no listener on the signal of an utterance heard to its end", async () => {
      const { signal } = new AbortController();
      await hear(pieces(recording.pcm, [4800]), { signal });
      expect(getEventListeners(signal, "abort")).toEqual([]);
    });

    test("hears several utterances at the same time", async () => {
      const finals = await Promise.all(
        [1, 2, 3].map(async () => (await hear(pieces(recording.pcm, [480]))).at(-1)?.type),
      );
      expect(finals).toEqual(["final", "final", "final"]);
    });
  });
}
