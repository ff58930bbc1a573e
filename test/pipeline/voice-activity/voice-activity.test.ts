import { beforeEach, describe, expect, test, vi } from "vitest";
import { joinPcm, samplesIn } from "../../../src/pipeline/audio/pcm.ts";
import { Onset } from "../../../src/pipeline/voice-activity/onset.ts";
import { openDetectors, openVoiceActivity } from "../../../src/pipeline/voice-activity/voice-activity.ts";
import {
  atLevel,
  cut,
  hear,
  only,
  rate,
  recording,
  silence,
  sound,
  typesOf,
  withNoise,
} from "../ears/ears.ts";
import { noVoice, pink } from "./sounds.ts";

let detectorsBefore = 0;
beforeEach(() => {
  detectorsBefore = openDetectors();
});

describe("[E3] what is no voice begins no turn", () => {
  test.each(Object.entries(noVoice))("%s", async (_, shape) => {
    for (const level of [-6, -20, -40])
      expect(await hear(cut(joinPcm([silence(500), sound(2000, level, shape)])))).toEqual([]);
  });

  test.each(["silence-3s", "noise-pink-3s", "tone-220hz-2s"])("%s, as recorded", async (name) => {
    expect(await hear(cut(recording(name)))).toEqual([]);
  });
});

const voices = ["fox-slt", "goal-rms", "overwhelmed-slt", "yes-wrap-up-awb", "fox-fast-rms", "mhm-slt"];

/** When speech begins in a recording: its first 20 ms within 25 dB of the loudest. */
function firstSound(pcm: Int16Array): number {
  const length = samplesIn(20, rate);
  const energies = Array.from({ length: Math.floor(pcm.length / length) }, (_, i) =>
    pcm.subarray(i * length, (i + 1) * length).reduce((sum, sample) => sum + sample * sample, 0),
  );
  return energies.findIndex((energy) => energy > Math.max(...energies) / 316) * 20;
}

/** When the ears are sure that someone speaks, ms; undefined: never. */
async function noticed(pcm: Int16Array, threshold = 0.5): Promise<number | undefined> {
  const voice = await openVoiceActivity(rate, threshold);
  const onset = new Onset();
  const length = samplesIn(20, rate);
  let found: number | undefined;
  for (let at = 0; at + length <= pcm.length && found === undefined; at += length)
    if (onset.take(voice.judge(pcm.subarray(at, at + length), false)) > 0)
      found = ((at + length) * 1000) / rate;
  voice.close();
  voice.close();
  return found;
}

describe("[E3] a voice begins one", () => {
  test.each(voices)("%s, loud or faint, within a quarter of a second and heard whole", async (name) => {
    const speech = recording(name);
    for (const level of [-3, -20, -30, -40]) {
      const audio = joinPcm([silence(600), atLevel(speech, level), silence(1000)]);
      const start = firstSound(audio);
      expect((await noticed(audio))! - start, `${level} dBFS`).toBeLessThanOrEqual(level < -30 ? 300 : 240);
      const events = await hear(cut(audio));
      const told = typesOf(events).filter((type) => type !== "speech_confirmed");
      expect(told).toEqual(["speech_started", "speech_stopped", "committed", "transcribed"]);
      expect(only(events, "speech_started")[0]!.atMs).toBeLessThan(start);
    }
  });

  test.each(voices)("%s over noise", async (name) => {
    const speech = recording(name);
    for (const snr of [20, 10]) {
      const audio = withNoise(joinPcm([silence(600), speech, silence(2000)]), snr);
      const events = await hear(cut(audio));
      const told = typesOf(events).filter((type) => type !== "transcribed" && type !== "speech_confirmed");
      expect(told, `${snr} dB`).toEqual(["speech_started", "speech_stopped", "committed"]);
      expect(only(events, "speech_started")[0]!.atMs).toBeLessThan(600 + firstSound(speech));
    }
  });

  test("a faint voice after a loud noise: the floor comes down again", async () => {
    const audio = joinPcm([
      sound(10_000, -6, pink),
      silence(1500),
      atLevel(recording("goal-rms"), -30),
      silence(1000),
    ]);
    const [committed] = only(await hear(cut(audio)), "committed");
    expect(committed!.startMs).toBeGreaterThan(11_000);
  });

  test("a detector that is closed gives its memory back", async () => {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow");
    for (let i = 0; i < 25_000; i++) (await openVoiceActivity(8000, 0.5)).close();
    expect(grow).not.toHaveBeenCalled();
    grow.mockRestore();
  });

  test("a higher threshold wants clearer speech, and frees what it opened", async () => {
    const faint = withNoise(joinPcm([silence(600), atLevel(recording("fox-slt"), -20)]), -3);
    const easy = await noticed(faint, 0);
    const strict = await noticed(faint, 1);
    expect(easy).toBeDefined();
    expect(strict ?? Infinity).toBeGreaterThan(easy!);
    expect(openDetectors()).toBe(detectorsBefore);
  });
});
