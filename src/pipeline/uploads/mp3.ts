/** MP3 uploads: frames found one by one and decoded by mpg123. */
import type { FileBytes } from "./file-bytes.ts";
import { isSameMp3Stream, type Mp3Header, readMp3FrameCount, readMp3Header, skipId3 } from "./mp3-frames.ts";
import { UploadError } from "./upload-error.ts";
import type { Block } from "./voice-track.ts";

/** Audio after which an incomplete last frame is accepted, s. */
const GOOD_AMOUNT_S = 1;
/** Frames by which the encoder's count may be missed: the one cut. */
const FORGIVEN_FRAMES = 1;

/**
 * Decodes Layer III of MPEG 1, 2 and 2.5. Bytes between frames (tags, pictures, rubbish) are skipped. MP3 has no end mark:
 * a file is whole if it holds the frames that its encoder counted or, without such a count, if it ends with a frame or
 * has a second of audio before the frame that is cut.
 * @throws UploadError `truncated`.
 */
export async function* decodeMp3(bytes: FileBytes): AsyncGenerator<Block> {
  const { decoder } = await import("@audio/decode-mp3");
  const codec = await decoder();
  let frames = 0;
  let seconds = 0;
  let counted: number | undefined;
  let cut = false;
  try {
    for (const { frame, header, whole } of findFrames(bytes)) {
      if (!whole) {
        cut = true;
        break;
      }
      const count = frames === 0 && counted === undefined ? readMp3FrameCount(frame, header) : undefined;
      if (count === undefined) frames++;
      else counted = count;
      const { channelData, sampleRate } = codec.decode(frame);
      const length = channelData[0]?.length ?? 0;
      if (length === 0) continue;
      seconds += length / sampleRate;
      yield { channels: channelData, rate: sampleRate };
    }
  } finally {
    codec.free();
  }
  if (frames === 0 && counted === undefined) throw new UploadError("truncated", "no MP3 frame");
  if (counted !== undefined && frames + FORGIVEN_FRAMES < counted)
    throw new UploadError("truncated", `${frames} of ${counted} MP3 frames`);
  if (counted === undefined && cut && seconds < GOOD_AMOUNT_S)
    throw new UploadError("truncated", "cut within an MP3 frame");
}

interface FoundFrame {
  readonly frame: Uint8Array;
  readonly header: Mp3Header;
  /** False: the file ends within the frame. */
  readonly whole: boolean;
}

/** Yields frames in order. After a gap, two frames in a row must agree. */
function* findFrames(bytes: FileBytes): Generator<FoundFrame> {
  let last: Mp3Header | undefined;
  let at = skipId3(bytes.read(0, 10));
  while (at + 4 <= bytes.size) {
    const header = readMp3Header(bytes.read(at, 4));
    const follows = header && last && isSameMp3Stream(last, header);
    if (header && (follows || isFollowed(bytes, at, header))) {
      const frame = bytes.read(at, header.length);
      yield { frame, header, whole: frame.length === header.length };
      last = header;
      at += header.length;
    } else {
      last = undefined;
      at = nextSync(bytes, at + 1);
    }
  }
}

function isFollowed(bytes: FileBytes, at: number, header: Mp3Header): boolean {
  const next = at + header.length;
  return next >= bytes.size - 4 || isSameMp3Stream(header, readMp3Header(bytes.read(next, 4)));
}

/** Bytes searched at once. */
const SEARCHED = 2 ** 15;

function nextSync(bytes: FileBytes, from: number): number {
  for (let at = from; at < bytes.size; at += SEARCHED) {
    const found = bytes.read(at, SEARCHED).indexOf(0xff);
    if (found >= 0) return at + found;
  }
  return bytes.size;
}
