import { expect, test } from "vitest";
import { type PacedFrame, paceRecording } from "../../src/client/pace.ts";
import { manualClock } from "../../src/lib/clock.ts";

const rate = 16_000;
const recording = Int16Array.from({ length: rate / 10 + 100 }, (_, i) => i + 1); // 106.25 ms

function start(options: { speed?: number; silenceAfter?: boolean } = {}) {
  const clock = manualClock();
  const stop = new AbortController();
  const frames: Array<PacedFrame & { at: number }> = [];
  const done = (async () => {
    for await (const frame of paceRecording(recording, { rate, clock, signal: stop.signal, ...options }))
      frames.push({ ...frame, at: clock.now() });
  })();
  return { clock, stop, frames, done };
}

test("frames of 20 ms come when a microphone would hand them out, and join to the recording", async () => {
  const { clock, frames, done } = start();
  await clock.advance(1_000);
  await done;
  expect(frames.map((it) => it.at)).toEqual([20, 40, 60, 80, 100, 120]);
  expect(frames.flatMap((it) => [...it.pcm])).toEqual([...recording]);
  expect(frames.at(-1)?.endMs).toBe(106.25);
  expect(clock.pending).toBe(0);
});

test("a consumer that was late is caught up with, not run after", async () => {
  const { clock, frames } = start();
  await clock.advance(20);
  const at = clock.now();
  await clock.advance(100);
  expect(at).toBe(20);
  expect(frames).toHaveLength(6);
});

test("at four times real time it takes a quarter of the time", async () => {
  const { clock, frames, done } = start({ speed: 4 });
  await clock.advance(30);
  await done;
  expect(frames.map((it) => it.at)).toEqual([5, 10, 15, 20, 25, 30]);
});

test("with silence after, it goes on as an open microphone does until stopped", async () => {
  const { clock, stop, frames, done } = start({ silenceAfter: true });
  await clock.advance(400);
  stop.abort();
  await done;
  expect(frames).toHaveLength(20);
  expect(frames.slice(6).every((it) => it.pcm.length === 320 && it.pcm.every((sample) => sample === 0))).toBe(
    true,
  );
  expect(clock.pending).toBe(0);
});
