/** Bytes of speech as they come from an upstream, made into samples: cut anywhere, with or without a WAV header. */
import { bytesToPcm } from "../../../pipeline/audio/pcm.ts";

export interface PcmStream {
  /** Samples that are whole now; the caller owns them. @throws RangeError when the bytes are no PCM. */
  take(bytes: Uint8Array): Int16Array;
  /** Rate that a WAV header told; undefined without one. Known once `take` has given samples. */
  readonly rate: number | undefined;
}

/** No header of a stream is longer than this, bytes. */
const LONGEST_HEADER = 4096;
const none = new Int16Array(0);

/** Reads mono 16-bit PCM; some servers put a WAV header before it whatever they are asked for. */
export function pcmStream(): PcmStream {
  let rate: number | undefined;
  let left = new Uint8Array(0);
  let started = false;
  return {
    take(bytes) {
      let all = bytes;
      if (left.length > 0) {
        all = new Uint8Array(left.length + bytes.length);
        all.set(left);
        all.set(bytes, left.length);
      }
      if (!started) {
        const header = startsAsRiff(all) ? readWavHeader(all) : undefined;
        if (header === "more") {
          left = all.slice();
          return none;
        }
        if (header === "other") throw new RangeError("a WAV file that is not mono PCM of 16 bits");
        started = true;
        rate = header?.rate;
        all = all.subarray(header?.length ?? 0);
      }
      const whole = all.length - (all.length % 2);
      left = all.slice(whole);
      return whole === 0 ? none : bytesToPcm(all.slice(0, whole));
    },
    get rate() {
      return rate;
    },
  };
}

const tag = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
const startsAsRiff = (bytes: Uint8Array) => "RIFF".startsWith(tag(bytes, 0));
const PCM_TAG = 1;
const EXTENSIBLE_TAG = 0xfffe;

/**
 * Reads the header at the start of a WAV file of mono PCM of 16 bits. `more`: it goes on beyond `bytes`. `other`: the
 * file holds something else.
 * @throws RangeError where the header is longer than any.
 */
export function readWavHeader(bytes: Uint8Array): { length: number; rate: number } | "more" | "other" {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let rate: number | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tag(bytes, at);
    if (name === "data" && rate !== undefined) return { length: at + 8, rate };
    if (name === "fmt ") {
      if (at + 24 > bytes.length) return "more";
      const coding = view.getUint16(at + 8, true);
      const channels = view.getUint16(at + 10, true);
      const bits = view.getUint16(at + 22, true);
      if (channels !== 1 || bits !== 16 || (coding !== PCM_TAG && coding !== EXTENSIBLE_TAG)) return "other";
      rate = view.getUint32(at + 12, true);
    }
    at += 8 + view.getUint32(at + 4, true);
  }
  if (bytes.length > LONGEST_HEADER) throw new RangeError("a WAV header without end");
  return "more";
}
