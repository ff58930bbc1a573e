/** Bytes of speech as they come from an upstream, made into samples: cut anywhere, with or without a WAV header. */
import { bytesToPcm } from "../../../pipeline/audio/pcm.ts";
import { memorySource, readWavFormat, wavChunks, wavTags } from "../../../pipeline/audio/wav.ts";
import { joinBytes } from "../../../pipeline/uploads/file-bytes.ts";

export interface PcmStream {
  /** Samples that are whole now; the caller owns them. @throws RangeError when the bytes are no PCM. */
  take(bytes: Uint8Array): Int16Array;
  /** Rate that a WAV header told; undefined without one. Known once `take` has given samples. */
  readonly rate: number | undefined;
}

/** No header of a stream is longer than this, bytes. */
const LONGEST_HEADER = 4096;
/** Bytes of a format chunk that matter. */
const longestFormat = 40;
/** Tags of plain PCM; `extensible`: where the chunk does not hold the format's own tag. */
const pcmTags: readonly number[] = [wavTags.pcm, wavTags.extensible];
const none = new Int16Array(0);

/** Reads mono 16-bit PCM; some servers put a WAV header before it whatever they are asked for. */
export function pcmStream(): PcmStream {
  let rate: number | undefined;
  let left = new Uint8Array(0);
  let started = false;
  return {
    take(bytes) {
      let all = left.length > 0 ? joinBytes([left, bytes]) : bytes;
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

const startsAsRiff = (bytes: Uint8Array) => "RIFF".startsWith(String.fromCharCode(...bytes.subarray(0, 4)));

/**
 * Reads the header at the start of a WAV file of mono PCM of 16 bits. `more`: it goes on beyond `bytes`. `other`: the
 * file holds something else.
 * @throws RangeError where the header is longer than any.
 */
export function readWavHeader(bytes: Uint8Array): { length: number; rate: number } | "more" | "other" {
  let rate: number | undefined;
  for (const { name, at, length } of wavChunks(memorySource(bytes))) {
    if (name === "data" && rate !== undefined) return { length: at, rate };
    if (name !== "fmt ") continue;
    const body = bytes.subarray(at, at + length);
    if (body.length < Math.min(length, longestFormat)) return "more";
    const format = readWavFormat(body);
    if (format?.channels !== 1 || format.bits !== 16 || !pcmTags.includes(format.tag)) return "other";
    rate = format.rate;
  }
  if (bytes.length > LONGEST_HEADER) throw new RangeError("a WAV header without end");
  return "more";
}
