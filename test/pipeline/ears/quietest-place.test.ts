import { expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { cutIntoUtterances, quietestPlace } from "../../../src/pipeline/ears/quietest-place.ts";
import { audioInput, hear, rate, recorder, recording, settings, silence, withNoise } from "./ears.ts";

const fox = recording("fox-slt");
const goal = recording("goal-rms");

test.each([
  ["digital silence", (pcm: Int16Array) => pcm],
  ["noise 25 dB under the voice", (pcm: Int16Array) => withNoise(pcm, 25)],
  ["a constant offset", (pcm: Int16Array) => pcm.map((sample) => sample * 0.5 + 5000)],
])("[E11] the place is in the pause, at least 100 ms from a word: %s", (_, through) => {
  const audio = through(joinPcm([fox, silence(350), goal]));
  const place = quietestPlace(audio, rate) / rate;
  const pause = [fox.length / rate, fox.length / rate + 0.35];
  expect(place).toBeGreaterThan(pause[0]! - 0.1);
  expect(place).toBeLessThan(pause[1]!);
  expect((place * 100) % 1).toBeCloseTo(0, 6);
});

test("[E11] something is left behind the place: 200 ms, or half of little audio", () => {
  expect(quietestPlace(silence(4000), rate)).toBe(3.8 * rate);
  expect(quietestPlace(silence(100), rate)).toBe(0.05 * rate);
  expect(quietestPlace(silence(0), rate)).toBe(0);
});

test("[E11] whole audio is cut where a live turn is", async () => {
  const talk = joinPcm([fox, silence(350), goal, silence(200), fox, goal, silence(500), goal, fox]);
  const maxUtteranceMs = 5000;
  const { transcriber, heard } = recorder();
  const inputs = [audioInput(talk), { type: "commit" } as const];
  await hear(inputs, { transcriber, maxUtteranceMs, settings: settings({ detection: null }) });
  const cut = cutIntoUtterances(talk, rate, maxUtteranceMs);
  expect(cut.length).toBeGreaterThan(3);
  expect(cut.map((pcm) => pcm.slice())).toEqual(heard);
  expect(cutIntoUtterances(fox, rate, maxUtteranceMs)).toEqual([fox]);
});
