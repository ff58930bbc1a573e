/** The binary audio frame: what goes in comes out, and what is no frame is said to be none. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binaryHeaderBytes,
  decodeAudioFrame,
  encodeAudioFrame,
  writeAudioHeader,
} from "../../src/protocol/binary-frame.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });

describe("a binary audio frame", () => {
  test("is laid out as PROTOCOL.md says", () => {
    const bytes = encodeAudioFrame({
      responseNumber: 0x01020304,
      startSample: 0xa0b0c0d0,
      flags: 0x1122,
      audio: Uint8Array.of(9, 8),
    });
    expect([...bytes]).toEqual([1, 1, 0x22, 0x11, 4, 3, 2, 1, 0xd0, 0xc0, 0xb0, 0xa0, 9, 8]);
  });

  test("comes back as it was, wherever it lies in memory", () => {
    const frames = fc.record({
      flags: u16,
      responseNumber: u32,
      startSample: u32,
      audio: fc.uint8Array({ maxLength: 64 }),
    });
    fc.assert(
      fc.property(frames, fc.nat(9), (frame, offset) => {
        const bytes = encodeAudioFrame(frame);
        const moved = new Uint8Array(bytes.length + offset + 3);
        moved.set(bytes, offset);
        const decoded = decodeAudioFrame(moved.subarray(offset, offset + bytes.length));
        if (!decoded.ok) throw new Error(decoded.message);
        expect({ ...decoded.frame, audio: [...decoded.frame.audio] }).toEqual({
          ...frame,
          audio: [...frame.audio],
        });
        expect(decodeAudioFrame(bytes.slice().buffer as ArrayBuffer)).toMatchObject({ ok: true });
      }),
    );
  });

  test("has its header written in place for senders that own the buffer", () => {
    const target = new Uint8Array(binaryHeaderBytes).fill(255);
    writeAudioHeader(target, 3, 480);
    expect(decodeAudioFrame(target)).toEqual({
      ok: true,
      frame: { flags: 0, responseNumber: 3, startSample: 480, audio: new Uint8Array(0) },
    });
  });

  test.each([
    ["nothing at all", [], "too_short"],
    ["eleven bytes", new Array(11).fill(1), "too_short"],
    ["another version", [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "unknown_version"],
    ["a kind of the future", [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "unknown_kind"],
  ])("is not %s", (_what, bytes, code) => {
    expect(decodeAudioFrame(Uint8Array.from(bytes as number[]))).toMatchObject({ ok: false, code });
  });
});
