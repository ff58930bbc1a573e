/** The end of listening when a transcriber never lets go by itself. */
import { expect, test } from "vitest";
import { channel } from "../../../src/lib/channel.ts";
import type { EarInput } from "../../../src/pipeline/ears/ear-events.ts";
import { listen } from "../../../src/pipeline/ears/listen.ts";
import { scriptedTranscriber } from "../../../src/providers/scripted/transcriber.ts";

test("an abort after the inputs have ended still ends the transcripts under way", async () => {
  const inputs = channel<EarInput>(100);
  const life = new AbortController();
  const events = listen(inputs, {
    transcriber: scriptedTranscriber([{ stallAfter: 0 }]),
    settings: { rate: 16_000, detection: null, language: "en-US", measureDelivery: false },
    signal: life.signal,
  });
  inputs.push({ type: "audio", pcm: new Int16Array(1600) });
  inputs.push({ type: "commit" });
  inputs.close();
  expect((await events.next()).value).toMatchObject({ type: "committed" });
  // The inputs are over: what is read next waits for the transcript, which will not come.
  const waiting = events.next();
  waiting.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  life.abort(new Error("client_gone"));
  await expect(waiting).rejects.toThrow("client_gone");
});
