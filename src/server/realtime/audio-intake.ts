/** Step 2 of a turn: input audio of one connection, weighed by the session's input format and coalesced under push to talk. */
import {
  type AudioFormat,
  bytesPerSample,
  defaultAudioFormat,
  sampleRate,
} from "../../protocol/audio-format.ts";
import type { ClientEvent } from "../../protocol/client-events.ts";
import type { SessionConfig } from "../../protocol/session-config.ts";
import { ChunkCoalescer, pieceMs } from "./chunk-coalescer.ts";
import { audioLength } from "./incoming-messages.ts";

/** One object for coalescing and weighing: with many sessions each further object is cold memory at every chunk. */
export class AudioIntake extends ChunkCoalescer {
  #bytesPerSample = 2;
  #bytesPerMs = 0;

  constructor(pass: (bytes: Uint8Array) => void) {
    super(pass);
    this.#weighBy(defaultAudioFormat);
  }

  /** Takes over the session's input settings. Without turn detection chunks are coalesced to `pieceMs`. */
  configure({ format, turn_detection }: SessionConfig["audio"]["input"]): void {
    this.#weighBy(format);
    this.pieceBytes = turn_detection === null ? this.#bytesPerMs * pieceMs : 0;
  }

  /** Length of so many bytes of audio, ms. */
  msOf(bytes: number): number {
    return bytes / this.#bytesPerMs;
  }

  /** Length of the base64 audio in an event, ms; 0 where it has none. */
  msIn(event: ClientEvent): number {
    return this.msOf((audioLength(event) * 3) / 4);
  }

  /** Whether so many bytes are whole samples. */
  isWhole(bytes: number): boolean {
    return bytes % this.#bytesPerSample === 0;
  }

  #weighBy(format: AudioFormat): void {
    this.#bytesPerSample = bytesPerSample(format);
    this.#bytesPerMs = (this.#bytesPerSample * sampleRate(format)) / 1000;
  }
}
