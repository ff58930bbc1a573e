/** The reply audio that plays beside the microphone, as band levels on the server's clock: the echo guard's reference. */
import type { SampleRate } from "../../ports/audio.ts";
import { analysisRate, createDecimator, type Decimator } from "../audio/decimate.ts";
import { samplesIn } from "../audio/pcm.ts";
import { bandCount, bandLevels, silentBand } from "./band-levels.ts";

/** Length of a frame of the reference, ms. */
export const referenceFrameMs = 10;
/** Steps in which band levels are kept, per dB. */
const stepsPerDb = 2;
const blockMs = 2 * referenceFrameMs;
const blockLength = (analysisRate * blockMs) / 1000;
const hop = blockLength / 2;
/** Samples of the block before that the first window of a block reaches back to. */
const overlap = 48;
/** Audio that may wait for its analysis, ms; beyond, the oldest is analysed and its samples released. */
const maxPendingMs = 3_000;
/** Time that the past is kept, ms. */
const keptMs = 2_000;
/** Runs kept at most. */
const maxRuns = 16;
/** A piece this late after the end of the one before still plays right behind it, ms: the client had some buffered. */
const bridgedMs = 250;
/** A report this far from the assumed position moves it, ms; less is network jitter, which the delay search finds. */
const toleratedMs = 60;

/** A piece of a response's audio, as sent. */
export interface PlayedPiece {
  readonly responseId: string;
  /** Position of its first sample within the response, ms. */
  readonly startMs: number;
  readonly samples: number;
  readonly rate: SampleRate;
  /** Called when the samples are needed, which may be never. */
  pcm(): Int16Array;
}

/** Audio that plays without a gap. Analysed once, as far as needed. */
class Run {
  readonly responseId: string;
  readonly #fromMs: number;
  /** Clock time of its first sample, ms. */
  playsAt: number;
  /** Silent from here on (clock, ms): paused, or cut. */
  silentFrom = Number.POSITIVE_INFINITY;
  paused = false;
  durationMs = 0;
  #pending: PlayedPiece[] = [];
  #pendingMs = 0;
  #levels = new Uint8Array(0);
  #frames = 0;
  readonly #decimator: Decimator;
  readonly #block: Int16Array;
  #filled = 0;
  readonly #narrow = new Int16Array(blockLength);
  readonly #window = new Int16Array(overlap + blockLength);

  constructor(piece: PlayedPiece, playsAt: number) {
    this.responseId = piece.responseId;
    this.#fromMs = piece.startMs;
    this.playsAt = playsAt;
    this.#block = new Int16Array(samplesIn(blockMs, piece.rate));
    this.#decimator = createDecimator(piece.rate, this.#block.length);
  }

  get endsAt(): number {
    return Math.min(this.silentFrom, this.playsAt + this.durationMs);
  }

  /** Position within the response at `now`, ms. */
  positionAt(now: number): number {
    return this.#fromMs + now - this.playsAt;
  }

  add(piece: PlayedPiece): void {
    const ms = (piece.samples * 1000) / piece.rate;
    this.durationMs += ms;
    this.#pendingMs += ms;
    this.#pending.push(piece);
    while (this.#pendingMs > maxPendingMs) this.#analyseNext();
  }

  /** Raises `out` to the band levels of the frame that begins at `at` (clock, ms), where they are higher. */
  raise(at: number, out: Uint8Array, outAt: number): void {
    if (at >= this.silentFrom) return;
    const frame = Math.round((at - this.playsAt) / referenceFrameMs);
    if (frame < 0 || frame * referenceFrameMs >= this.durationMs) return;
    while (frame >= this.#frames && this.#pending.length > 0) this.#analyseNext();
    if (frame >= this.#frames) return;
    for (let band = 0; band < bandCount; band++) {
      const level = this.#levels[frame * bandCount + band]!;
      if (level > out[outAt + band]!) out[outAt + band] = level;
    }
  }

  #analyseNext(): void {
    const piece = this.#pending.shift();
    if (!piece) return;
    this.#pendingMs -= (piece.samples * 1000) / piece.rate;
    const pcm = piece.pcm();
    const block = this.#block;
    for (let at = 0; at < pcm.length; ) {
      const length = Math.min(block.length - this.#filled, pcm.length - at);
      block.set(pcm.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      if (this.#filled < block.length) return;
      this.#filled = 0;
      this.#analyseBlock();
    }
  }

  #analyseBlock(): void {
    this.#window.copyWithin(0, blockLength);
    this.#decimator.process(this.#block, this.#narrow);
    this.#window.set(this.#narrow, overlap);
    bandLevels(this.#window, [0, hop], pair);
    const needed = (this.#frames + 2) * bandCount;
    if (needed > this.#levels.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#levels.length, 100 * bandCount));
      grown.set(this.#levels);
      this.#levels = grown;
    }
    for (const levels of pair) {
      for (let band = 0; band < bandCount; band++)
        this.#levels[this.#frames * bandCount + band] = toSteps(levels[band]!);
      this.#frames++;
    }
  }
}

const pair = [new Float32Array(bandCount), new Float32Array(bandCount)] as const;

function toSteps(db: number): number {
  return Math.max(0, Math.min(255, Math.round((db - silentBand) * stepsPerDb)));
}

/** Level in dB, from the steps that `levels` gives. */
export function fromSteps(steps: number): number {
  return silentBand + steps / stepsPerDb;
}

/** One client's loudspeaker. Times are on the server's clock, as far as the server knows them. */
export class Loudspeaker {
  readonly now: () => number;
  #runs: Run[] = [];
  /** Counts up whenever the echo's delay may have changed: another response plays, or one goes on elsewhere. */
  changes = 0;

  constructor(now: () => number) {
    this.now = now;
  }

  /**
   * Takes a piece of reply audio that goes out. A piece plays behind those sent before, in real time, however early it
   * comes; a client's report corrects that.
   */
  play(piece: PlayedPiece): void {
    const now = this.now();
    this.forget();
    const last = this.#runs.at(-1);
    if (last?.responseId === piece.responseId && (last.paused || last.endsAt > now - bridgedMs)) {
      if (!last.paused) last.playsAt += Math.max(0, now - last.endsAt);
      return last.add(piece);
    }
    const run = new Run(piece, Math.max(now, last?.endsAt ?? now));
    this.changes++;
    this.#runs.push(run);
    run.add(piece);
  }

  /** Takes the client's report of its position, ms. */
  report(responseId: string, playedMs: number, state: "playing" | "paused" | "ended"): void {
    const now = this.now();
    if (state === "ended") return this.cut(now, responseId);
    for (const run of this.#runs) {
      if (run.responseId !== responseId) continue;
      const ahead = run.positionAt(now) - playedMs;
      if (run.paused || Math.abs(ahead) > toleratedMs) {
        run.playsAt += ahead;
        this.changes++;
      }
      run.paused = state === "paused";
      run.silentFrom = run.paused ? now : Number.POSITIVE_INFINITY;
    }
  }

  /** Ends a response, or all of them, at `at` (clock, ms): the client discards the rest. */
  cut(at: number, responseId?: string): void {
    for (const run of this.#runs)
      if (responseId === undefined || run.responseId === responseId) {
        run.paused = false;
        run.silentFrom = Math.min(run.silentFrom, at);
      }
  }

  /** Whether anything sounds between two clock times, ms. */
  sounds(from: number, to: number): boolean {
    for (const run of this.#runs) if (run.playsAt < to && run.endsAt > from) return true;
    return false;
  }

  /** Writes the band levels of the frame that begins at `at` (clock, ms) into `out` from `outAt` on, in steps. */
  levels(at: number, out: Uint8Array, outAt: number): void {
    out.fill(0, outAt, outAt + bandCount);
    for (const run of this.#runs) run.raise(at, out, outAt);
  }

  /** Releases audio that has been played. */
  forget(): void {
    if (this.#runs.length === 0) return;
    const now = this.now();
    this.#runs = this.#runs.filter((run) => run.paused || run.endsAt > now - keptMs).slice(-maxRuns);
  }
}
