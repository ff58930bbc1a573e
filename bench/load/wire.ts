/** The load generator's own small WebSocket: prebuilt masked frames out, a header-only parse of the server's frames in. */

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** One masked client frame (RFC 6455 §5.2), ready to be written to the socket as often as wanted. `mask` is 4 bytes. */
export function maskedFrame(opcode: number, payload: Uint8Array, mask: Uint8Array): Buffer {
  const long = payload.length > 125;
  if (payload.length > 65_535) throw new RangeError("a bench frame fits in 64 KiB");
  const headerBytes = long ? 8 : 6;
  const frame = Buffer.alloc(headerBytes + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (long ? 126 : payload.length);
  if (long) frame.writeUInt16BE(payload.length, 2);
  frame.set(mask, headerBytes - 4);
  for (let i = 0; i < payload.length; i++) frame[headerBytes + i] = payload[i]! ^ mask[i & 3]!;
  return frame;
}

/** A frame the server sent; `payload` is undefined for binary frames unless asked for, and only valid during the call. */
export type OnFrame = (opcode: number, length: number, payload: Buffer | undefined) => void;

export interface FrameReader {
  /** Feeds bytes as they came from the socket; calls `onFrame` for each frame completed by them. */
  push(bytes: Buffer): void;
}

/**
 * Reads unmasked server frames, however they are cut. A binary frame is reported when its header is complete unless
 * `wantBinary`: its first byte is then here, which is what a latency is measured to.
 */
export function frameReader(onFrame: OnFrame, wantBinary = false): FrameReader {
  const header = Buffer.alloc(10);
  let headerHave = 0;
  let opcode = 0;
  let length = -1;
  let kept: Buffer | undefined;
  let remaining = 0;

  /** Consumes header bytes from `at`; answers the position after them. `length` stays -1 until the header is whole. */
  const readHeader = (bytes: Buffer, from: number): number => {
    let at = from;
    while (at < bytes.length) {
      header[headerHave++] = bytes[at++]!;
      if (headerHave < 2) continue;
      const short = header[1]! & 0x7f;
      const need = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (headerHave < need) continue;
      opcode = header[0]! & 0x0f;
      length = short === 126 ? header.readUInt16BE(2) : short === 127 ? header.readUInt32BE(6) : short;
      headerHave = 0;
      break;
    }
    return at;
  };
  const finish = (payload: Buffer | undefined) => {
    const [op, size] = [opcode, length];
    length = -1;
    kept = undefined;
    if (op !== opcodes.binary || wantBinary) onFrame(op, size, payload);
  };

  return {
    push(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (length < 0) {
          at = readHeader(bytes, at);
          if (length < 0) return;
          remaining = length;
          if (opcode === opcodes.binary && !wantBinary) onFrame(opcode, length, undefined);
        }
        const take = Math.min(remaining, bytes.length - at);
        const wanted = opcode !== opcodes.binary || wantBinary;
        if (take === length) {
          remaining = 0;
          finish(wanted ? bytes.subarray(at, at + take) : undefined);
        } else {
          if (wanted) {
            kept ??= Buffer.allocUnsafe(length);
            bytes.copy(kept, length - remaining, at, at + take);
          }
          remaining -= take;
          if (remaining === 0) finish(kept);
        }
        at += take;
      }
    },
  };
}
