import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { createResampler } from "../../../src/pipeline/audio/resample.ts";
import { createDeliveryMeter } from "../../../src/pipeline/delivery/meter.ts";
import { atLevel, rate, recording, seededNoise, silence, sound, withNoise } from "../ears/ears.ts";
import { countedIn, measure, syllables, vowel } from "./voices.ts";

const noise = (ms: number, dbfs: number) => sound(ms, dbfs, seededNoise(5));
/** The part of a recording that sounds, cut at its loud edges. */
function sounding(name: string): Int16Array {
  const pcm = recording(name);
  const loud = (sample: number) => Math.abs(sample) > 1500;
  return pcm.subarray(pcm.findIndex(loud), pcm.findLastIndex(loud) + 1);
}

describe("[DM1] measured from the audio, however and whenever it comes", () => {
  const pcm = joinPcm([recording("mhm-slt"), silence(400), recording("goal-rms").subarray(0, rate)]);
  const whole = measure(pcm);
  const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 8 });

  test("how it is cut changes no figure", () => {
    expect(whole).toMatchObject({ pauseCount: 1, pitchSdSemitones: expect.any(Number) });
    fc.assert(
      fc.property(sizes, (cuts) => {
        expect(measure(pcm, cuts)).toEqual(whole);
      }),
      { numRuns: 15 },
    );
  });

  test("asking in between changes none, and tells what was said so far", () => {
    const meter = createDeliveryMeter(rate);
    const size = 480;
    for (let at = 0; at < pcm.length; at += size) {
      meter.push(pcm.subarray(at, at + size));
      if ((at / size) % 20 === 0) expect(meter.peek()).toEqual(measure(pcm.subarray(0, at + size)));
    }
    expect(meter.finish()).toEqual(whole);
  });

  test("two at once do not disturb each other", () => {
    const other = recording("fox-fast-rms");
    const [one, two] = [createDeliveryMeter(rate), createDeliveryMeter(rate)];
    for (let at = 0; at < Math.max(pcm.length, other.length); at += 700) {
      one.push(pcm.subarray(at, at + 700));
      two.push(other.subarray(at, at + 700));
    }
    expect([one.finish(), two.finish()]).toEqual([whole, measure(other)]);
  });

  test.each([8000, 16_000, 48_000])("at %i Hz the figures are nearly those at 24 kHz", async (other) => {
    const resampler = await createResampler(rate, other);
    const audio = joinPcm([resampler.process(recording("goal-rms")), resampler.flush()]);
    resampler.close();
    const [here, there] = [measure(recording("goal-rms"))!, measure(audio, undefined, other)!];
    expect(Math.abs(there.speechMs - here.speechMs)).toBeLessThanOrEqual(60);
    expect(Math.abs(countedIn(there) - countedIn(here))).toBeLessThan(1.5);
    expect(Math.abs(there.pitchHz! / here.pitchHz! - 1)).toBeLessThan(0.02);
    expect(Math.abs(there.loudnessDbfs! - here.loudnessDbfs!)).toBeLessThan(0.5);
  });

  test("a rate that it does not know is refused", () => {
    expect(() => createDeliveryMeter(44_100)).toThrow(RangeError);
  });
});

describe("[DM2] what cannot be computed is absent", () => {
  test.each([
    ["nothing", new Int16Array(0)],
    ["silence", silence(1000)],
    ["pink noise", recording("noise-pink-3s")],
    ["white noise", noise(4000, -12)],
    ["faint noise", noise(4000, -70)],
    ["rumble", rumble()],
    ["a tone", recording("tone-220hz-2s")],
    ["a click", sound(500, -3, (s) => (Math.abs(s - 0.25) < 1e-4 ? 1 : 0))],
  ])("%s has no delivery", (_, pcm) => {
    expect(measure(pcm)).toBeUndefined();
  });

  test.each([50, 150, 250])("%i ms of a voice have no delivery, alone or as a part", (ms) => {
    const burst = joinPcm([
      silence(300),
      atLevel(
        vowel("ah", () => 140, ms),
        -6,
      ),
      silence(300),
    ]);
    expect(measure(burst)).toBeUndefined();
    const meter = createDeliveryMeter(rate);
    meter.push(burst);
    expect(meter.part().contour()).toBeUndefined();
    expect(meter.seal().delivery()).toBeUndefined();
    expect(meter.finish()).toBeUndefined();
  });

  test("no pause has no length; a short sound has a pitch and no movement of it", () => {
    const short = measure(
      joinPcm([
        silence(300),
        atLevel(
          vowel("ah", () => 140, 350),
          -6,
        ),
        silence(300),
      ]),
    )!;
    expect(short).toMatchObject({ pauseCount: 0, pausesPerMinute: 0, pitchHz: expect.closeTo(140, 0) });
    for (const key of ["meanPauseMs", "longestPauseMs", "pitchSdSemitones", "pitchRangeSemitones"])
      expect(short).not.toHaveProperty(key);
  });

  /** Noise whose energy lies below the voices, as wind in a microphone. */
  function rumble(): Int16Array {
    const next = seededNoise(11);
    let value = 0;
    return sound(5000, -6, () => {
      value = 0.995 * value + next();
      return value;
    });
  }
});

describe("[DM14] movement of pitch that noise hides is absent", () => {
  const pcm = joinPcm([silence(500), recording("goal-rms"), silence(500)]);
  const movement = { pitchRangeSemitones: expect.any(Number), pitchSdSemitones: expect.any(Number) };

  test.each([30, 22])("in noise %i dB under the voice it is told", (snr) => {
    expect(measure(withNoise(pcm, snr))).toMatchObject(movement);
  });

  test.each([12, 8])("in noise %i dB under the voice the median alone is", (snr) => {
    const delivery = measure(withNoise(pcm, snr))!;
    expect(delivery).toHaveProperty("pitchHz");
    for (const figure of Object.keys(movement)) expect(delivery).not.toHaveProperty(figure);
  });

  test("of a turn in parts, when more than a fifth of its speech is noisy", () => {
    const inParts = (parts: readonly Int16Array[]) => {
      const meter = createDeliveryMeter(rate);
      for (const part of parts) {
        meter.push(part);
        meter.seal();
      }
      return meter.finish();
    };
    const noisy = withNoise(pcm, 10);
    expect(inParts([pcm, noisy])).not.toHaveProperty("pitchRangeSemitones");
    expect(inParts([pcm, pcm, pcm, pcm, pcm, noisy])).toMatchObject(movement);
  });
});

describe("[DM3] pauses", () => {
  test("1.2 s of silence between two sounds is found within 60 ms, in noise too", () => {
    const pcm = joinPcm([sounding("fox-slt"), silence(1200), sounding("fox-slt"), silence(500)]);
    for (const audio of [pcm, atLevel(pcm, -30), withNoise(pcm, 25), withNoise(pcm, 15)]) {
      const delivery = measure(audio)!;
      expect(delivery.pauseCount).toBe(1);
      expect(Math.abs(delivery.longestPauseMs! - 1200)).toBeLessThanOrEqual(60);
      expect(delivery.meanPauseMs).toBe(delivery.longestPauseMs);
    }
  });

  test("the recorded thinking pause has the length its synthesiser gave it", () => {
    // 198 ms behind the first part, 1200 ms, 177 ms before the second, as the synthesiser says.
    expect(Math.abs(measure(recording("pause-1200ms-rms"))!.longestPauseMs! - 1575)).toBeLessThanOrEqual(60);
  });

  test("counted, averaged, by the minute; what is shorter than 250 ms is none", () => {
    const word = sounding("mhm-slt");
    const delivery = measure(joinPcm([word, silence(150), word, silence(600), word, silence(1000), word]))!;
    expect(delivery.pauseCount).toBe(2);
    expect(Math.abs(delivery.meanPauseMs! - 800)).toBeLessThanOrEqual(60);
    expect(Math.abs(delivery.longestPauseMs! - 1000)).toBeLessThanOrEqual(60);
    expect(delivery.pausesPerMinute).toBeCloseTo(120_000 / delivery.speechMs, 1);
    expect(delivery.phonationRatio).toBeCloseTo(1 - (2 * delivery.meanPauseMs!) / delivery.speechMs, 2);
  });

  test("a click in a pause does not end it", () => {
    const click = sound(1200, -10, (s) => (Math.abs(s - 0.6) < 0.004 ? 1 : 0));
    const delivery = measure(joinPcm([sounding("fox-slt"), click, sounding("fox-slt")]))!;
    expect(delivery.pauseCount).toBe(1);
  });

  test("[E15] silence around speech does not count, and a steady reading has no pause", () => {
    const fox = measure(recording("fox-slt"))!;
    expect(fox).toMatchObject({ pauseCount: 0, phonationRatio: 1 });
    const framed = measure(joinPcm([silence(1000), recording("fox-slt"), silence(2000)]))!;
    expect(Math.abs(framed.speechMs - fox.speechMs)).toBeLessThanOrEqual(20);
    expect(Math.abs(framed.onsetMs! - fox.onsetMs! - 1000)).toBeLessThanOrEqual(20);
    expect(framed.pauseCount).toBe(0);
  });
});

describe("[DM4] syllables", () => {
  /** Counted by hand. */
  test.each([
    ["fox-slt", 11],
    ["fox-misread-slt", 11],
    ["fox-omitted-rms", 8],
    ["fox-rms", 11],
    ["fox-fast-rms", 11],
    ["fox-slow-rms", 11],
    ["goal-rms", 15],
    ["overwhelmed-slt", 15],
    ["pause-1200ms-rms", 20],
  ])("[E15] %s: %i syllables, within a tenth", (name, byHand) => {
    expect(Math.abs(countedIn(measure(recording(name))!) / byHand - 1)).toBeLessThan(0.1);
  });

  test("sentences spoken 1.5 and 0.65 times as fast have so many times the rate", () => {
    const pace = (name: string) => measure(recording(name))!.syllablesPerSecond!;
    expect(Math.abs(pace("fox-fast-rms") / pace("fox-rms") / 1.5 - 1)).toBeLessThan(0.07);
    expect(Math.abs(pace("fox-slow-rms") / pace("fox-rms") / 0.65 - 1)).toBeLessThan(0.07);
  });

  test.each([2, 4, 6, 8])("%i swellings of a vowel a second", (perSecond) => {
    const { syllablesPerSecond } = measure(syllables(perSecond, () => 130, 3000))!;
    expect(Math.abs(syllablesPerSecond! / perSecond - 1)).toBeLessThan(0.1);
  });

  test("hisses are none", () => {
    const vowelPart = atLevel(
      vowel("ah", (s) => 130 + 5 * Math.sin(9 * s), 250),
      -8,
    );
    const gap = silence(60);
    const plain = joinPcm([vowelPart, gap, vowelPart, gap, vowelPart]);
    const hissing = joinPcm([
      vowelPart,
      gap,
      noise(120, -8),
      gap,
      vowelPart,
      gap,
      noise(120, -8),
      gap,
      vowelPart,
    ]);
    expect(Math.round(countedIn(measure(plain)!))).toBe(3);
    expect(Math.round(countedIn(measure(hissing)!))).toBe(3);
  });

  test("pauses do not slow them, loudness and noise change little", () => {
    const fox = measure(recording("fox-slt"))!.syllablesPerSecond!;
    const apart = joinPcm([sounding("fox-slt"), silence(1500), sounding("fox-slt")]);
    for (const pcm of [apart, atLevel(recording("fox-slt"), -30), withNoise(recording("fox-slt"), 20)])
      expect(Math.abs(measure(pcm)!.syllablesPerSecond! / fox - 1)).toBeLessThan(0.1);
  });
});

describe("[DM6] loudness", () => {
  test.each([-6, -26, -46])("a voice of %i dBFS", (dbfs) => {
    const steady = vowel("ah", (s) => 130 + 5 * Math.sin(7 * s), 2000);
    const power = steady.reduce((sum, sample) => sum + sample * sample, 0) / steady.length;
    const peak = steady.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const expected = dbfs + 10 * Math.log10(power) - 20 * Math.log10(peak);
    const delivery = measure(joinPcm([silence(500), atLevel(steady, dbfs), silence(700)]))!;
    expect(Math.abs(delivery.loudnessDbfs! - expected)).toBeLessThan(0.5);
    expect(delivery.loudnessSdDb).toBeLessThan(1.5);
  });

  test("half of it 12 dB fainter: a deviation of 6 dB", () => {
    const half = vowel("ah", (s) => 130 + 5 * Math.sin(7 * s), 1000);
    const pcm = joinPcm([atLevel(half, -6), atLevel(half, -18)]);
    expect(Math.abs(measure(pcm)!.loudnessSdDb! - 6)).toBeLessThan(0.7);
  });
});
