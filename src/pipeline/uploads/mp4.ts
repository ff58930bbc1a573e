/** M4A and MP4 with AAC or Opus: `moov` before or behind the audio, or in fragments as a browser's recorder makes it. */
import { decodeAac } from "./aac.ts";
import type { FileBytes } from "./file-bytes.ts";
import { readFileBox, readFileBoxes } from "./mp4-boxes.ts";
import { locateSamples } from "./mp4-samples.ts";
import { type Mp4Track, readMp4Track } from "./mp4-track.ts";
import { OPUS_RATE, openOpusStream } from "./opus.ts";
import { UploadError } from "./upload-error.ts";
import type { Block } from "./voice-track.ts";

/**
 * Decodes the first track of AAC or Opus.
 * @throws UploadError `truncated` where a box or sample is cut or damaged, `not_audio` with no such track.
 */
export async function* decodeMp4(bytes: FileBytes): AsyncGenerator<Block> {
  const track = findTrack(bytes);
  const packets = readSamples(bytes, track);
  const { coding } = track;
  if (coding.kind === "aac") return yield* decodeAac(packets, coding.config, track.presentation);
  const stream = await openOpusStream(coding.head);
  try {
    for (const packet of packets) yield { channels: stream.decode(packet), rate: OPUS_RATE };
  } finally {
    stream.close();
  }
}

function findTrack(bytes: FileBytes): Mp4Track {
  for (const box of readFileBoxes(bytes))
    if (box.type === "moov") return readMp4Track(readFileBox(bytes, box));
  throw new UploadError("truncated", "MP4 without moov");
}

function* readSamples(bytes: FileBytes, track: Mp4Track): Generator<Uint8Array> {
  for (const { at, length } of locateSamples(bytes, track)) {
    const sample = bytes.read(at, length);
    if (sample.length < length) throw new UploadError("truncated", "MP4 audio cut off");
    if (length > 0) yield sample;
  }
}
