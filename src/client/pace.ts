/** Step 1 of the turn, played from a recording: microphone frames, each handed out when a microphone would have. */
import { type ClientClock, wait } from "./clock.ts";

export interface PaceOptions {
  /** Samples per second of the recording. */
  readonly rate: number;
  readonly clock: ClientClock;
  readonly signal: AbortSignal;
  /** Length of a frame, ms. Default 20. */
  readonly frameMs?: number;
  /** Times real time. Default 1. */
  readonly speed?: number;
  /** Go on with silence after the recording, as an open microphone does, until aborted. Default false. */
  readonly silenceAfter?: boolean;
}

export interface PacedFrame {
  readonly pcm: Int16Array;
  /** Position in the recording at the frame's end; past its length in the silence after it. */
  readonly endMs: number;
}

/**
 * Hands out the recording frame by frame in real time, each at the moment its last sample would have been recorded,
 * counted from the first `next()`: a late frame does not delay those after it. Ends quietly once aborted.
 */
export async function* paceRecording(pcm: Int16Array, options: PaceOptions): AsyncGenerator<PacedFrame> {
  const { rate, clock, signal, speed = 1 } = options;
  const size = Math.round((rate * (options.frameMs ?? 20)) / 1000);
  const start = clock.now();
  const silence = new Int16Array(size);
  for (let at = 0; at < pcm.length || options.silenceAfter; at += size) {
    const endMs = ((at + size) * 1000) / rate;
    const due = start + endMs / speed - clock.now();
    try {
      if (due > 0) await wait(clock, due, signal);
    } catch {
      return;
    }
    if (signal.aborted) return;
    const frame = at < pcm.length ? pcm.subarray(at, at + size) : silence;
    yield { pcm: frame, endMs: at < pcm.length ? ((at + frame.length) * 1000) / rate : endMs };
  }
}
