/** Ogg uploads: pages, the packets they carry, and the first Opus or Vorbis stream among them. */
import { type FileBytes, joinBytes } from "./file-bytes.ts";
import { dropEnd, OPUS_RATE, type OpusHead, openOpusStream, readOpusHead } from "./opus.ts";
import { UploadError } from "./upload-error.ts";
import { type Block, MAX_CHANNELS } from "./voice-track.ts";

interface Page {
  readonly serial: number;
  /** Granule position: the codec's count of samples up to the page's end; −1: no packet ends on it. */
  readonly granule: number;
  readonly continued: boolean;
  readonly first: boolean;
  readonly last: boolean;
  /** The whole page; valid until the next is read. */
  readonly bytes: Uint8Array;
  /** Lengths of the packets on it, in order; the last may continue on the next page. */
  readonly pieces: readonly number[];
  /** Whether the last piece ends its packet. */
  readonly closed: boolean;
}

/**
 * Decodes the first stream of Opus or Vorbis; other streams (a picture, a film) are skipped, as are bytes behind its end. A
 * stream may end without a last page marked as such: a live one never marks it.
 * @throws UploadError `truncated` where a page or packet is cut or damaged, `not_audio` with no such stream.
 */
export async function* decodeOgg(bytes: FileBytes): AsyncGenerator<Block> {
  const pages = readPages(bytes);
  for (const page of pages) {
    if (!page.first) break;
    const packet = page.bytes.subarray(page.bytes.length - (page.pieces[0] ?? 0));
    const mark = String.fromCharCode(...packet.subarray(0, 8));
    if (mark === "OpusHead")
      return yield* decodeOpus(pages, page.serial, readOpusHead(packet.subarray(8), true));
    if (mark.startsWith("\x01vorbis")) return yield* decodeVorbis(pages, page, packet[11] ?? 0);
  }
  throw new UploadError("not_audio", "no Opus or Vorbis stream in Ogg");
}

function* readPages(bytes: FileBytes): Generator<Page> {
  for (let at = 0; at < bytes.size; ) {
    const head = bytes.read(at, 27);
    const segments = head[26] ?? 0;
    const table = bytes.read(at, 27 + segments).slice();
    if (table.length < 27 + segments || String.fromCharCode(...table.subarray(0, 4)) !== "OggS")
      throw new UploadError("truncated", `no whole Ogg page at ${at}`);
    const pieces: number[] = [];
    let open = false;
    let length = table.length;
    for (const lacing of table.subarray(27)) {
      if (open) pieces[pieces.length - 1]! += lacing;
      else pieces.push(lacing);
      open = lacing === 255;
      length += lacing;
    }
    const page = bytes.read(at, length);
    if (page.length < length) throw new UploadError("truncated", `Ogg page at ${at} cut off`);
    const view = new DataView(table.buffer, table.byteOffset);
    const flags = table[5]!;
    yield {
      serial: view.getUint32(14, true),
      granule: Number(view.getBigInt64(6, true)),
      continued: (flags & 1) !== 0,
      first: (flags & 2) !== 0,
      last: (flags & 4) !== 0,
      bytes: page,
      pieces,
      closed: !open,
    };
    at += length;
  }
}

/** Longest packet of Opus, bytes: 48 frames of 1275 in each of 8 streams. */
const MAX_PACKET = 2 ** 19;

/** Assembles whole packets of one stream from its pages; one that is too long (pictures in the comments) is undefined. */
function openPackets() {
  let open: Uint8Array[] = [];
  let length = 0;
  return function* packetsOf(page: Page): Generator<Uint8Array | undefined> {
    if (!page.continued) {
      open = [];
      length = 0;
    }
    let at = page.bytes.length - page.pieces.reduce((sum, piece) => sum + piece, 0);
    for (const [i, piece] of page.pieces.entries()) {
      length += piece;
      if (length <= MAX_PACKET) open.push(page.bytes.slice(at, at + piece));
      at += piece;
      if (i === page.pieces.length - 1 && !page.closed) return;
      yield length > MAX_PACKET ? undefined : joinBytes(open);
      open = [];
      length = 0;
    }
  };
}

async function* decodeOpus(pages: Generator<Page>, serial: number, head: OpusHead): AsyncGenerator<Block> {
  const packetsOf = openPackets();
  const stream = await openOpusStream(head);
  let tagsSeen = false;
  // Granule position less samples decoded: above zero where a recording was cut out of a longer one.
  let ahead = 0;
  try {
    for (const page of pages) {
      if (page.serial !== serial) continue;
      const kept: Float32Array[][] = [];
      for (const packet of packetsOf(page)) {
        if (!tagsSeen) {
          tagsSeen = true;
          continue;
        }
        if (!packet) throw new UploadError("truncated", "no Opus packet is that long");
        const channels = stream.decode(packet);
        if (page.last) kept.push(channels);
        else yield { channels, rate: OPUS_RATE };
      }
      if (page.last) {
        const surplus = page.granule < 0 ? 0 : ahead + stream.samples - page.granule;
        yield* withoutEnd(kept, Math.max(0, surplus));
        return;
      }
      if (page.granule >= 0) ahead = page.granule - stream.samples;
    }
  } finally {
    stream.close();
  }
}

/** Yields the packets of the last page without the padding of its last frames, in samples. */
function* withoutEnd(packets: readonly Float32Array[][], padding: number): Generator<Block> {
  const lengths = packets.map((channels) => channels[0]?.length ?? 0);
  let remaining = lengths.reduce((sum, length) => sum + length, 0) - padding;
  for (const [i, channels] of packets.entries()) {
    yield { channels: dropEnd(channels, Math.max(0, lengths[i]! - remaining)), rate: OPUS_RATE };
    remaining = Math.max(0, remaining - lengths[i]!);
  }
}

async function* decodeVorbis(pages: Generator<Page>, first: Page, channels: number): AsyncGenerator<Block> {
  if (channels < 1 || channels > MAX_CHANNELS)
    throw new UploadError("truncated", `Vorbis with ${channels} channels`);
  const { decoder } = await import("@audio/decode-vorbis");
  const codec = await decoder();
  let claimedSamples = 0;
  let decodedSamples = 0;
  const blockOf = (decoded: VorbisAudio): Block[] => {
    if (decoded.errors?.length) throw new UploadError("truncated", decoded.errors[0]!.message);
    const { channelData, samplesDecoded, sampleRate } = decoded;
    if (channelData.length === 0) return [];
    decodedSamples += samplesDecoded ?? 0;
    return [
      { channels: channelData.map((samples) => samples.subarray(0, samplesDecoded)), rate: sampleRate },
    ];
  };
  try {
    yield* blockOf(codec.decode(first.bytes.slice()));
    for (const page of pages) {
      if (page.serial !== first.serial) continue;
      claimedSamples = Math.max(claimedSamples, page.granule);
      yield* blockOf(codec.decode(page.bytes.slice()));
      if (page.last) break;
    }
    yield* blockOf(codec.flush());
  } finally {
    codec.free();
  }
  // The decoder reports no error on headers that it cannot read.
  if (claimedSamples > 0 && decodedSamples === 0) throw new UploadError("truncated", "Vorbis stream damaged");
}

/** The decoder's answer, with members that its own declaration lacks. */
interface VorbisAudio {
  readonly channelData: Float32Array[];
  readonly sampleRate: number;
  readonly samplesDecoded?: number;
  readonly errors?: readonly { readonly message: string }[];
}
