import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeG711, encodeG711 } from "../../../src/pipeline/audio/g711.ts";
import { bytesToPcm, durationMs, pcmToBytes, samplesIn } from "../../../src/pipeline/audio/pcm.ts";
import { readWav, writeWav } from "../../../src/pipeline/audio/wav.ts";

describe("bytes and samples", () => {
  test("little-endian, at any alignment, there and back", () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.integer({ min: 0, max: 3 }), (pcm, offset) => {
        const bytes = pcmToBytes(pcm);
        const moved = new Uint8Array(bytes.length + offset);
        moved.set(bytes, offset);
        expect(bytesToPcm(moved.subarray(offset))).toEqual(pcm);
      }),
    );
    expect([...pcmToBytes(Int16Array.of(1, -2))]).toEqual([1, 0, 254, 255]);
  });

  test("half a sample is refused", () => {
    expect(() => bytesToPcm(new Uint8Array(3))).toThrow(RangeError);
  });

  test("durations", () => {
    expect(durationMs(480, 24_000)).toBe(20);
    expect(samplesIn(20, 22_050)).toBe(441);
  });
});

describe("WAV", () => {
  test("what is written is read back", () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.constantFrom(8000, 24_000), (pcm, rate) => {
        expect(readWav(writeWav({ rate, pcm }))).toEqual({ rate, pcm });
      }),
    );
  });

  test("a recording made elsewhere", async () => {
    const { rate, pcm } = readWav(await readFile("test/fixtures/speech/fox-slt.wav"));
    expect(rate).toBe(24_000);
    expect(durationMs(pcm.length, rate)).toBeCloseTo(2965, -1);
    expect(Math.max(...pcm)).toBeGreaterThan(10_000);
  });

  test("stereo is mixed, unknown chunks skipped, an unknown length read to the end", () => {
    const wav = writeWav({ rate: 8000, pcm: Int16Array.of(100, 300, -100, -301) });
    wav[22] = 2;
    const list = new Uint8Array([
      ...wav.subarray(0, 36),
      ...bytesOf("LIST"),
      3,
      0,
      0,
      0,
      1,
      2,
      3,
      0,
      ...wav.subarray(36),
    ]);
    list.fill(0xff, 36 + 12 + 4, 36 + 12 + 8);
    expect(readWav(list)).toEqual({ rate: 8000, pcm: Int16Array.of(200, -200) });
  });

  test("what is no 16-bit PCM WAV is refused with a reason", async () => {
    expect(() => readWav(new Uint8Array(4))).toThrow("not a WAV");
    expect(() => readWav(new TextEncoder().encode("this is not audio at all"))).toThrow("not a WAV");
    const float = writeWav({ rate: 8000, pcm: new Int16Array(4) });
    float[20] = 3;
    expect(() => readWav(float)).toThrow("16-bit PCM");
    expect(() => readWav(writeWav({ rate: 8000, pcm: new Int16Array(4) }).subarray(0, 30))).toThrow(
      RangeError,
    );
  });
});

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("G.711", () => {
  test.each(["pcmu", "pcma"] as const)("%s: every byte survives decoding and encoding", (law) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const again = decodeG711(law, encodeG711(law, decodeG711(law, bytes)));
    expect(again).toEqual(decodeG711(law, bytes));
  });

  test.each(["pcmu", "pcma"] as const)("%s: a sample comes back within the law's step", (law) => {
    fc.assert(
      fc.property(fc.int16Array({ minLength: 1 }), (pcm) => {
        const back = decodeG711(law, encodeG711(law, pcm));
        pcm.forEach((sample, i) => {
          expect(Math.abs(back[i]! - sample)).toBeLessThanOrEqual(Math.max(16, Math.abs(sample) * 0.04));
        });
      }),
    );
  });

  test("known values of the standard", () => {
    expect([...decodeG711("pcmu", Uint8Array.of(0xff, 0x80, 0x00))]).toEqual([0, 32_124, -32_124]);
    expect([...decodeG711("pcma", Uint8Array.of(0xd5, 0x55, 0xaa, 0x2a))]).toEqual([8, -8, 32_256, -32_256]);
  });
});

test("a view into a larger buffer is read as its own bytes, whatever its offset", () => {
  const slab = Buffer.concat([Buffer.from([9]), pcmToBytes(Int16Array.of(1, -2, 3)), Buffer.from([9, 9])]);
  expect([...bytesToPcm(slab.subarray(1, 7))]).toEqual([1, -2, 3]);
});
