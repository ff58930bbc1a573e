/** Ums and drawn-out sounds put into recordings at known places, and heard by their sound alone. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  dice,
  filler,
  type Spliced,
  withFilledPause,
  withProlongation,
} from "../../../eval/fluency/splice.ts";
import { joinPcm, samplesIn } from "../../../src/pipeline/audio/pcm.ts";
import { type Recording, readWav } from "../../../src/pipeline/audio/wav.ts";
import { createLiveMeter } from "../../../src/pipeline/delivery/live.ts";
import { createDeliveryMeter } from "../../../src/pipeline/delivery/meter.ts";
import type { Hesitation, VoiceDelivery } from "../../../src/ports/delivery.ts";

const load = (name: string) => readWav(readFileSync(`test/fixtures/speech/${name}.wav`));
// Not among them: phone-rms, of which a long vowel before the pause that comes with an um is told for a prolongation.
const readings = [
  ...["percent-slt", "dollars-slt", "half-slt", "year-slt"],
  ...["degrees-rms", "ampersand-rms", "price-rms"],
];
const umOf = (name: string) => load(name.endsWith("slt") ? "um-slt" : "um-rms");

function measured({ pcm, rate }: Recording, size = pcm.length): VoiceDelivery | undefined {
  const meter = createDeliveryMeter(rate);
  for (let at = 0; at < pcm.length; at += size) meter.push(pcm.subarray(at, at + size));
  return meter.finish();
}
const heardIn = (recording: Recording) => measured(recording)?.hesitations ?? [];
const at = ({ startMs, endMs }: Hesitation, ms: number) => startMs < ms && ms < endMs;

describe("[DM13] hesitations by their sound alone", () => {
  test("a sentence that is read without one has none", () => {
    for (const name of [...readings, "phone-rms", "fox-slt", "fox-rms", "goal-rms", "overwhelmed-slt"])
      expect(heardIn(load(name)), name).toEqual([]);
  });

  test("noise and a tone have none", () => {
    for (const name of ["noise-pink-3s", "tone-220hz-2s", "silence-3s"])
      expect(heardIn(load(name))).toEqual([]);
  });

  /** Hesitations found in readings with one each; those found elsewhere fail the test. */
  const foundIn = (splice: (name: string, random: () => number) => Spliced): number => {
    let found = 0;
    for (const [index, name] of readings.entries()) {
      const spliced = splice(name, dice(index + 1));
      const { startMs, endMs } = spliced.planted!;
      const heard = heardIn(spliced);
      expect(
        heard.filter((each) => !at(each, (startMs + endMs) / 2)),
        name,
      ).toEqual([]);
      found += heard.length;
    }
    return found;
  };

  test("an um between two pauses is a filled pause, at its place, and nothing else is", () => {
    const withUm = (name: string, random: () => number) =>
      withFilledPause(load(name), filler(umOf(name), 500), random);
    expect(foundIn(withUm)).toBeGreaterThanOrEqual(6);
  });

  test("a vowel drawn out in the sentence is told where it is", () => {
    const drawnOut = (name: string, random: () => number) => withProlongation(load(name), 500, random)!;
    expect(foundIn(drawnOut)).toBeGreaterThanOrEqual(6);
  });

  test("counts are of the hesitations told, and the same however the audio is cut", () => {
    const spliced = withFilledPause(load("half-slt"), filler(load("um-slt"), 500), dice(3));
    const whole = measured(spliced)!;
    expect(whole).toMatchObject({ filledPauseCount: 1, prolongationCount: 0 });
    expect(whole.hesitations).toEqual([
      { kind: "filled_pause", startMs: expect.any(Number), endMs: expect.any(Number) },
    ]);
    expect(measured(spliced, 777)).toEqual(whole);
  });

  test("they are told while the turn goes on", () => {
    const { pcm, rate } = withFilledPause(load("half-slt"), filler(load("um-slt"), 500), dice(3));
    const told: VoiceDelivery[] = [];
    createLiveMeter(rate, (delivery) => told.push(delivery)).push(pcm);
    expect(told[0]!.filledPauseCount).toBe(0);
    expect(told.at(-1)!.filledPauseCount).toBe(1);
  });

  test("[DM12] of a turn in parts they stand at their places in the turn", () => {
    const { pcm, rate } = withFilledPause(load("half-slt"), filler(load("um-slt"), 500), dice(3));
    const [alone] = heardIn({ pcm, rate });
    const silence = new Int16Array(samplesIn(500, rate));
    const meter = createDeliveryMeter(rate);
    meter.push(joinPcm([pcm, silence]));
    meter.seal();
    meter.push(pcm);
    const { filledPauseCount, hesitations } = meter.finish()!;
    expect(filledPauseCount).toBe(2);
    const offset = ((pcm.length + silence.length) * 1000) / rate;
    expect(hesitations![1]!.startMs - alone!.startMs).toBeCloseTo(offset, 6);
  });
});
