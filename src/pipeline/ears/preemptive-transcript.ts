/** Preemptive transcript of an utterance: made at its first pause of what was said so far, in case no more is said. */
import { Cancelled } from "../../lib/scope.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { TranscribeOptions, Transcriber, Transcript } from "../../ports/transcriber.ts";

export interface PreemptiveTranscriptOptions {
  readonly transcriber: Transcriber;
  readonly call: Omit<TranscribeOptions, "signal">;
  /** Called once at most: the transcript is there, and no speech came since. */
  readonly onTranscript: (transcript: Transcript) => void;
}

/**
 * Preemptive transcript of one utterance. Keeps the audio until the first pause, starts there, and never starts again. A failure of the
 * transcriber means no transcript, nothing more.
 */
export class PreemptiveTranscript {
  readonly #options: PreemptiveTranscriptOptions;
  readonly #request = new AbortController();
  /** Undefined once it has started or was dropped. */
  #kept: Int16Array[] | undefined = [];
  #running: Promise<void> | undefined;
  #transcript: Transcript | undefined;

  constructor(options: PreemptiveTranscriptOptions) {
    this.#options = options;
  }

  /** The result, once there and while no speech has followed. */
  get transcript(): Transcript | undefined {
    return this.#transcript;
  }

  /** Keeps `pcm`, not a copy, while it may yet start. */
  keep(pcm: Int16Array): void {
    this.#kept?.push(pcm);
  }

  /** Starts at the first pause; does nothing at later ones. */
  start(): void {
    if (!this.#kept) return;
    this.#running = this.#transcribe(this.#kept);
    this.#kept = undefined;
  }

  /** Ends its request: speech goes on, or the utterance is discarded. */
  drop(): void {
    this.#kept = undefined;
    this.#transcript = undefined;
    if (!this.#request.signal.aborted) this.#request.abort(new Cancelled("finished"));
  }

  /** Resolves with the transcript once it has ended, at once when none is under way; undefined: dropped or failed. */
  async finished(): Promise<Transcript | undefined> {
    await this.#running;
    return this.#transcript;
  }

  async #transcribe(pieces: readonly Int16Array[]): Promise<void> {
    const { transcriber, call, onTranscript } = this.#options;
    const { signal } = this.#request;
    try {
      const events = transcriber.transcribe(replay(pieces), { ...call, signal });
      for await (const event of untilAborted(events, signal)) {
        if (event.type !== "final") continue;
        if (signal.aborted) return;
        this.#transcript = event.transcript;
        onTranscript(event.transcript);
        return;
      }
    } catch {
      // The transcription of the whole utterance goes on beside this one, and reports its own failure.
    }
  }
}

async function* replay(pieces: readonly Int16Array[]): AsyncGenerator<Int16Array, void, undefined> {
  yield* pieces;
}
