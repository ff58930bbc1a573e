import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWav, WavError, writeWav } from "../../src/client/wav.ts";

const fixture = (name: string) => readFileSync(new URL(`../fixtures/speech/${name}`, import.meta.url));

/** A WAV file of 16-bit PCM with any number of channels. */
function wavOf(channels: number, samples: number[], change: (view: DataView) => void = () => {}): Uint8Array {
  const bytes = writeWav(Int16Array.from(samples), 16_000);
  const view = new DataView(bytes.buffer);
  view.setUint16(22, channels, true);
  change(view);
  return bytes;
}

describe("WAV files", () => {
  test("a recording is read with its rate and length", () => {
    const { pcm, rate } = readWav(fixture("fox-slt.wav"));
    expect(rate).toBe(24_000);
    expect(pcm.length / rate).toBeCloseTo(2.97, 1);
    expect(pcm.some((sample) => Math.abs(sample) > 10_000)).toBe(true);
  });

  test("what is written is read back, whatever it is", () => {
    fc.assert(
      fc.property(
        fc.int16Array({ minLength: 1, maxLength: 500 }),
        fc.constantFrom(8_000, 16_000, 44_100),
        (pcm, rate) => {
          expect(readWav(writeWav(pcm, rate))).toEqual({ pcm, rate });
        },
      ),
    );
  });

  test("both sides of a stereo file are heard", () => {
    expect([...readWav(wavOf(2, [100, 300, -100, -300])).pcm]).toEqual([200, -200]);
  });

  test("a data chunk that claims more than there is, is read as far as it goes", () => {
    const { pcm } = readWav(wavOf(1, [1, 2, 3], (view) => view.setUint32(40, 0xffff_ffff, true)));
    expect([...pcm]).toEqual([1, 2, 3]);
  });

  test.each([
    ["text with an audio name", () => fixture("not-audio.wav"), /not a WAV file/],
    ["nothing", () => new Uint8Array(), /not a WAV file/],
    ["8-bit audio", () => wavOf(1, [1], (view) => view.setUint16(34, 8, true)), /8 bits/],
    ["a compressed coding", () => wavOf(1, [1], (view) => view.setUint16(20, 85, true)), /not plain PCM/],
    ["six channels", () => wavOf(6, [1, 1, 1, 1, 1, 1]), /6 channels/],
    ["a header alone", () => wavOf(1, []), /holds no audio/],
    ["a file cut before its audio", () => wavOf(1, [1]).subarray(0, 36), /no audio chunk/],
  ])("%s is refused, saying why", (_name, bytes, why) => {
    expect(() => readWav(bytes())).toThrow(WavError);
    expect(() => readWav(bytes())).toThrow(why);
  });
});
