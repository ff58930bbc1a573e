import { describe, expect, test } from "vitest";
import { channel } from "../../../src/lib/channel.ts";
import { manualClock } from "../../../src/lib/clock.ts";
import type { TranscriptEvent } from "../../../src/ports/transcriber.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";
import { collect } from "../../collect.ts";

const options = { rate: 16_000, language: "en-US", signal: new AbortController().signal };

async function* audio(ms: number, chunkMs = 20): AsyncGenerator<Int16Array> {
  for (let at = 0; at < ms; at += chunkMs) yield new Int16Array(16 * Math.min(chunkMs, ms - at));
}

describe("scriptedTranscriber", () => {
  test("by default says that it is scripted", async () => {
    expect(await collect(scriptedTranscriber().transcribe(audio(100), options))).toEqual([
      { type: "final", transcript: { text: "This is a scripted transcript.", understood: true } },
    ]);
  });

  test("by default hears an expected reading read well", async () => {
    const expectation = { kind: "reading", text: "The lazy dog." } as const;
    const [event] = await collect(scriptedTranscriber().transcribe(audio(100), { ...options, expectation }));
    expect(event).toMatchObject({
      transcript: { text: "The lazy dog.", reading: { accuracy: 1, words: [{ expected: "The" }, {}, {}] } },
    });
  });

  test("partials come with the audio they need, however it is cut, and the final after it has ended", async () => {
    for (const chunkMs of [1, 20, 1000]) {
      const transcriber = scriptedTranscriber([{ text: "a b c", partials: ["a", "a b", "never"] }]);
      expect(await collect(transcriber.transcribe(audio(500, chunkMs), options))).toEqual([
        { type: "partial", text: "a" },
        { type: "partial", text: "a b" },
        { type: "final", transcript: { text: "a b c", understood: true } },
      ]);
    }
  });

  test("waits for the final as scripted, counted from the end of the audio", async () => {
    const clock = manualClock();
    const input = channel<Int16Array>(10);
    let finalAt: number | undefined;
    const reading = collect(
      scriptedTranscriber([{ text: "a", delayMs: 200 }], { clock }).transcribe(input, options),
    ).then(() => {
      finalAt = clock.now();
    });
    await clock.advance(1000);
    input.close();
    await clock.advance(500);
    await reading;
    expect(finalAt).toBe(1200);
  });

  test("fails in place of the final, or after as many partials as asked", async () => {
    const transcriber = scriptedTranscriber([
      { text: "a", partials: ["a"], fail: "malformed" },
      { text: "a", partials: ["a"], fail: "unavailable", failAfter: 0 },
    ]);
    const seen: TranscriptEvent[] = [];
    const reading = (async () => {
      for await (const event of transcriber.transcribe(audio(400), options)) seen.push(event);
    })();
    await expect(reading).rejects.toMatchObject({ stage: "transcribe", kind: "malformed" });
    expect(seen).toEqual([{ type: "partial", text: "a" }]);
    await expect(
      transcriber.transcribe(channel<Int16Array>(1), options)[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("an abort ends it while it waits for audio, and while it stalls", async () => {
    for (const answer of [{ text: "a" }, { text: "a", stallAfter: 0 }]) {
      const stop = new AbortController();
      const reading = collect(
        scriptedTranscriber([answer]).transcribe(channel<Int16Array>(1), { ...options, signal: stop.signal }),
      );
      stop.abort("client gone");
      await expect(reading).rejects.toBe("client gone");
    }
  });
});
