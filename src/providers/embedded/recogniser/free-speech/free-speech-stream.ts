/**
 * Free speech: one utterance on its way through the threads, in blocks of fixed length whatever pieces its audio comes in, one
 * at a time.
 */
import type { Transcript } from "../../../../ports/transcriber.ts";
import type { WorkerPool } from "../worker-pool.ts";
import type { FreeSpeechState } from "./free-speech.ts";
import { transcriptOf } from "./transcript.ts";

/** Length of the first block, s: enough to know the voice's mean spectrum by. */
const FIRST_S = 1.5;
/** Length of any other block but the last, s. */
const BLOCK_S = 0.5;
/** Audio before a block that the front end's estimate of the noise settles on, s. */
const SETTLING_S = 5;
/** Frames of 10 ms in a second. */
const FRAMES = 100;

export class FreeSpeechStream {
  readonly #pool: WorkerPool;
  readonly #rate: number;
  readonly #onPartial: (text: string) => void;
  #pcm: Int16Array = new Int16Array(0);
  /** Samples that were handed to threads. */
  #done = 0;
  #state: FreeSpeechState | undefined;
  /** Settles when the block under way is done; undefined: none is. */
  #running: Promise<void> | undefined;
  #failure: unknown;
  #ended = false;

  constructor(pool: WorkerPool, rate: number, onPartial: (text: string) => void) {
    this.#pool = pool;
    this.#rate = rate;
    this.#onPartial = onPartial;
  }

  /** Takes all the audio so far. */
  take(pcm: Int16Array): void {
    this.#pcm = pcm;
    this.#next();
  }

  /** Recognises the rest. `pcm`: the whole utterance. @throws StageError */
  async finish(pcm: Int16Array): Promise<Transcript> {
    this.#pcm = pcm;
    this.#next();
    while (this.#running) await this.#running;
    if (this.#failure) throw this.#failure;
    if (this.#ended) return transcriptOf([]);
    this.#ended = true;
    const { words = [] } = await this.#pool.advance(this.#block(pcm.length, true));
    return transcriptOf(words);
  }

  /** Has no further block begun. */
  abandon(): void {
    this.#ended = true;
    this.#pcm = new Int16Array(0);
    this.#state = undefined;
  }

  /** Begins the next block, if it is there whole and none is under way. */
  #next(): void {
    const end = this.#done === 0 ? FIRST_S * this.#rate : this.#done + BLOCK_S * this.#rate;
    if (this.#running || this.#ended || this.#failure || end > this.#pcm.length) return;
    const block = this.#block(Math.floor(end), false);
    this.#done = Math.floor(end);
    this.#running = this.#pool.advance(block).then(
      ({ state, text }) => {
        this.#running = undefined;
        if (this.#ended) return;
        this.#state = state;
        this.#onPartial(text);
        this.#next();
      },
      (error) => {
        this.#running = undefined;
        this.#failure = error;
      },
    );
  }

  #block(end: number, last: boolean) {
    // Whole seconds, so that frames fall as they do from the beginning.
    const second = Math.max(0, Math.floor(this.#done / this.#rate - SETTLING_S));
    const state = this.#state;
    this.#state = undefined;
    return {
      pcm: this.#pcm.slice(second * this.#rate, end),
      rate: this.#rate,
      firstFrame: second * FRAMES,
      last,
      state,
    };
  }
}
