/** Silero VAD over the audio of one microphone, run only while somebody asks for its estimate. Part of voice activity. */
import { chunkLength, newSileroState, resetSilero, speechProbability } from "./silero.ts";

/** Audio from before the first question that the network hears, chunks of 32 ms. */
const historyChunks = 10;
/** Probabilities from which speech is likely and certain. */
const likely = 0.5;
const certain = 0.8;
const chunkMs = 32;
const historyLength = historyChunks * chunkLength;

/** The network's estimate at a moment. */
export interface SpeechEstimate {
  /** Probability of speech, 0–1. */
  probability: number;
  /** For how long it has been 0.5 and more, and 0.8 and more, ms. */
  likelyMs: number;
  certainMs: number;
}

/** Takes frames of 8 kHz audio as they come; keeps the last 320 ms of them. */
export class NeuralVad {
  readonly #state = newSileroState();
  /** The last audio, its newest sample at the end. */
  readonly #audio = new Int16Array(historyLength);
  readonly #estimate: SpeechEstimate = { probability: 0, likelyMs: 0, certainMs: 0 };
  /** Samples at the end of `#audio` that the network has not heard; as many as it holds: nobody has asked of late. */
  #unheard = historyLength;
  #probability = 0;
  /** Chunks in a row, up to the last, in which speech was likely and certain. */
  #likelyChunks = 0;
  #certainChunks = 0;

  /** Takes the next frame; undefined: silence of `length` samples. */
  push(frame: Int16Array | undefined, length: number): void {
    const audio = this.#audio;
    audio.copyWithin(0, length);
    if (frame) audio.set(frame, historyLength - length);
    else audio.fill(0, historyLength - length);
    this.#unheard = Math.min(historyLength, this.#unheard + length);
  }

  /** Runs the network on what came since it was asked last, made louder by `gain`. The next call overwrites the answer. */
  judge(gain: number): SpeechEstimate {
    if (this.#unheard === historyLength) this.#begin();
    for (; this.#unheard >= chunkLength; this.#unheard -= chunkLength) {
      const at = historyLength - this.#unheard;
      this.#probability = speechProbability(this.#state, this.#audio, at, gain);
      this.#likelyChunks = this.#probability >= likely ? this.#likelyChunks + 1 : 0;
      this.#certainChunks = this.#probability >= certain ? this.#certainChunks + 1 : 0;
    }
    const estimate = this.#estimate;
    estimate.probability = this.#probability;
    estimate.likelyMs = this.#likelyChunks * chunkMs;
    estimate.certainMs = this.#certainChunks * chunkMs;
    return estimate;
  }

  #begin(): void {
    resetSilero(this.#state);
    this.#likelyChunks = this.#certainChunks = 0;
  }
}
