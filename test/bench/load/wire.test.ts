/** The load generator's wire: frames as `ws` reads them, server frames read however they are cut. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { frameReader, maskedFrame, opcodes } from "../../../bench/load/wire.ts";

/** A server frame, unmasked, as RFC 6455 writes it. */
function serverFrame(opcode: number, payload: Uint8Array): Buffer {
  const size = payload.length;
  const header =
    size < 126
      ? [size]
      : size < 65_536
        ? [126, size >> 8, size & 255]
        : [127, 0, 0, 0, 0, ...bigEndian(size)];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...header]), payload]);
}
const bigEndian = (size: number) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255];

describe("masked client frames", () => {
  test("unmask to the payload, at both header lengths", () => {
    for (const size of [0, 1, 125, 126, 960, 65_535]) {
      const payload = Uint8Array.from({ length: size }, (_, i) => i & 255);
      const frame = maskedFrame(opcodes.binary, payload, Uint8Array.of(9, 8, 7, 6));
      const body = size > 125 ? 8 : 6;
      expect(frame[0]).toBe(0x82);
      expect(frame[1]! & 0x80).toBe(0x80);
      expect(size > 125 ? frame.readUInt16BE(2) : frame[1]! & 0x7f).toBe(size);
      const mask = frame.subarray(body - 4, body);
      expect([...frame.subarray(body)].map((byte, i) => byte ^ mask[i & 3]!)).toEqual([...payload]);
    }
  });

  test("a payload that needs the long length is refused", () => {
    expect(() => maskedFrame(opcodes.binary, new Uint8Array(65_536), new Uint8Array(4))).toThrow(RangeError);
  });
});

describe("server frames", () => {
  const message = fc.record({
    opcode: fc.constantFrom(opcodes.text, opcodes.binary, opcodes.ping),
    size: fc.constantFrom(0, 1, 125, 126, 300, 4812, 70_000),
  });

  test("how the bytes are cut never changes what is read", () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1 }),
        (messages, cuts) => {
          const sent = messages.map(({ opcode, size }, i) => ({
            opcode,
            payload: Buffer.alloc(size, i + 1),
          }));
          const bytes = Buffer.concat(sent.map(({ opcode, payload }) => serverFrame(opcode, payload)));
          const read: Array<{ opcode: number; payload: Buffer }> = [];
          const reader = frameReader((opcode, length, payload) => {
            expect(payload?.length).toBe(length);
            read.push({ opcode, payload: Buffer.from(payload!) });
          }, true);
          for (let at = 0, cut = 0; at < bytes.length; cut++) {
            const size = cuts[cut % cuts.length]!;
            reader.push(bytes.subarray(at, at + size));
            at += size;
          }
          expect(read).toEqual(sent);
        },
      ),
      { numRuns: 100, seed: 7 },
    );
  });

  test("a binary frame is reported with its header, before its audio is all there", () => {
    const frame = serverFrame(opcodes.binary, Buffer.alloc(4812));
    const seen: Array<[number, number]> = [];
    const reader = frameReader((opcode, length) => seen.push([opcode, length]));
    reader.push(frame.subarray(0, 3));
    expect(seen).toEqual([]);
    reader.push(frame.subarray(3, 40));
    expect(seen).toEqual([[opcodes.binary, 4812]]);
    reader.push(Buffer.concat([frame.subarray(40), serverFrame(opcodes.text, Buffer.from("{}"))]));
    expect(seen).toEqual([
      [opcodes.binary, 4812],
      [opcodes.text, 2],
    ]);
  });
});
