import { describe, expect, test } from "vitest";
import type { AcousticModel } from "../../../../../src/providers/embedded/recogniser/acoustic/acoustic-model.ts";
import {
  adaptModel,
  type SpeakerProfile,
  type SpeakerSample,
  updateProfile,
} from "../../../../../src/providers/embedded/recogniser/acoustic/model-adaptation.ts";

const DIMENSIONS = 13;
/** Two phones' streams of two Gaussians each, all at 0. */
const model = {
  densities: 2,
  means: new Float32Array(4 * DIMENSIONS),
  tolerance: { margin: 25, strangest: 0.2 },
} as AcousticModel;

/** A reading in which Gaussians accounted for a frame each, every feature being `at`. */
const reading = (gaussians: readonly number[], at: number, misfit = 0): SpeakerSample => ({
  gaussians: Uint16Array.from(gaussians),
  values: new Float32Array(gaussians.length * DIMENSIONS).fill(at),
  of: 4,
  misfit,
});
const voiceOf = (...readings: readonly SpeakerSample[]): SpeakerProfile =>
  readings.reduce<SpeakerProfile | undefined>(
    (known, sample, i) => updateProfile(known, sample, `text ${i}`),
    undefined,
  ) as SpeakerProfile;
const meansAfter = (voice: SpeakerProfile) =>
  [0, 1, 2, 3].map((gaussian) => adaptModel(model, voice).means[gaussian * DIMENSIONS] as number);
const often = (gaussian: number, times: number) => new Array<number>(times).fill(gaussian);

describe("a model fitted to a voice", () => {
  test("means move towards what was heard, the more the longer", () => {
    const [little = 0] = meansAfter(voiceOf(reading([0], 1), reading([0], 1), reading([0], 1)));
    const [much = 0] = meansAfter(voiceOf(...[1, 2, 3].map(() => reading(often(0, 50), 1))));
    expect(little).toBeGreaterThan(0.2);
    expect(much).toBeGreaterThan(little);
    expect(much).toBeLessThanOrEqual(1);
  });

  test("a Gaussian that was not heard follows the others of its phone, and of no other", () => {
    const [heard = 0, beside = 0, ...others] = meansAfter(
      voiceOf(...[1, 2, 3].map(() => reading(often(0, 50), 1))),
    );
    expect(beside).toBeGreaterThan(0.5);
    expect(beside).toBeLessThan(heard);
    expect(others).toEqual([0, 0]);
  });

  test("a voice is left alone while it is new, and where it is strange", () => {
    const sample = reading(often(0, 50), 1);
    expect(adaptModel(model, voiceOf(sample, sample))).toBe(model);
    const strange = reading(often(0, 50), 1, 0.9);
    expect(adaptModel(model, voiceOf(strange, strange, strange, sample))).toBe(model);
    expect(adaptModel(model, voiceOf(sample, sample, sample, strange))).not.toBe(model);
  });
});

describe("what is known of a voice", () => {
  test("stays as large as it is, and another speaker in its place is learnt in a few readings", () => {
    const voice = voiceOf(...Array.from({ length: 100 }, () => reading(often(0, 50), 1)));
    expect(voice.frames[0]).toBeLessThanOrEqual(200);
    expect(voice.sums).toHaveLength(4 * DIMENSIONS);
    const later = [1, 2, 3, 4, 5, 6, 7, 8].reduce(
      (known, i) => updateProfile(known, reading(often(0, 50), -1), `other ${i}`),
      voice,
    );
    expect(meansAfter(later)[0]).toBeLessThan(-0.5);
  });

  test("a text read over and over teaches no more than once", () => {
    const once = voiceOf(reading([0], 1));
    expect(updateProfile(once, reading([0, 1], 5), once.text)).toBe(once);
    expect(once.frames).toEqual(Float32Array.of(1, 0, 0, 0));
  });

  test("begins anew in another language", () => {
    const english = voiceOf(reading([0], 1), reading([0], 1), reading([0], 1));
    const french = updateProfile(english, { ...reading([0], 1), of: 6 }, "un texte");
    expect(french).toMatchObject({ readings: 1 });
    expect(french.frames).toHaveLength(6);
  });
});
