import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { createResampler } from "../../../src/pipeline/audio/resample.ts";

const sine = (hz: number, rate: number, samples: number) =>
  Int16Array.from({ length: samples }, (_, i) => 12_000 * Math.sin((2 * Math.PI * hz * i) / rate));

async function resampleWhole(pcm: Int16Array, from: number, to: number): Promise<Int16Array> {
  const resampler = await createResampler(from, to);
  const out = joinPcm([resampler.process(pcm), resampler.flush()]);
  resampler.close();
  return out;
}

const rates = [8000, 16_000, 22_050, 24_000, 44_100, 48_000];

describe("createResampler", () => {
  test("a sine comes out as the same sine at the other rate, without delay", async () => {
    for (const from of rates)
      for (const to of rates) {
        const out = await resampleWhole(sine(440, from, from / 2), from, to);
        const wanted = sine(440, to, to / 2);
        expect(out.length).toBe(wanted.length);
        let worst = 0;
        const edge = Math.round(to / 50);
        for (let i = edge; i < out.length - edge; i++)
          worst = Math.max(worst, Math.abs(out[i]! - wanted[i]!));
        expect(worst, `${from} to ${to}`).toBeLessThan(60);
      }
  });

  test("what the new rate cannot hold is taken out, not folded back", async () => {
    const out = await resampleWhole(sine(11_000, 48_000, 24_000), 48_000, 16_000);
    expect(Math.max(...out.subarray(200, -200).map(Math.abs))).toBeLessThan(60);
  });

  test("how the input is cut never changes the output", async () => {
    const rate = fc.constantFrom(...rates);
    const cuts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        rate,
        rate,
        fc.int16Array({ maxLength: 6000, size: "max" }),
        cuts,
        async (from, to, pcm, sizes) => {
          const resampler = await createResampler(from, to);
          const pieces: Int16Array[] = [];
          for (let at = 0, k = 0; at < pcm.length; k++) {
            const end = Math.min(pcm.length, at + sizes[k % sizes.length]!);
            pieces.push(resampler.process(pcm.subarray(at, end)).slice());
            at = end;
          }
          pieces.push(resampler.flush());
          resampler.close();
          expect(joinPcm(pieces)).toEqual(await resampleWhole(pcm, from, to));
          expect(joinPcm(pieces).length).toBe(Math.round((pcm.length * to) / from));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("after a flush a new stream begins as if fresh", async () => {
    const pcm = sine(300, 24_000, 2000);
    const resampler = await createResampler(24_000, 16_000);
    const once = joinPcm([resampler.process(pcm), resampler.flush()]);
    expect(joinPcm([resampler.process(pcm), resampler.flush()])).toEqual(once);
    resampler.close();
    resampler.close();
    expect(() => resampler.process(pcm)).toThrow("closed");
  });

  test("five thousand resamplers opened and closed keep no memory", async () => {
    const grow = vi.spyOn(WebAssembly.Memory.prototype, "grow");
    const chunk = sine(200, 44_100, 882);
    for (let i = 0; i < 5000; i++) {
      const resampler = await createResampler(44_100, 16_000);
      resampler.process(chunk);
      resampler.close();
    }
    expect(grow).not.toHaveBeenCalled();
    grow.mockRestore();
  });

  test("a rate that is none is refused", async () => {
    await expect(createResampler(0, 16_000)).rejects.toThrow(RangeError);
    await expect(createResampler(24_000, 1e9)).rejects.toThrow(RangeError);
  });
});
