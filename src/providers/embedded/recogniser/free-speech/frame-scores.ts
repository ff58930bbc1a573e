/** Free speech: scores of the model's states at one frame, mixed when asked for. */
import { mixAt, type Nearest, type ScoringModel } from "../acoustic/senone-scores.ts";

export class FrameScores {
  readonly #model: ScoringModel;
  readonly #nearest: Nearest;
  readonly #frames: number;
  readonly #scores: Float32Array;
  readonly #known: Int32Array;
  #frame = -1;
  #stamp = 0;

  /** Scores of `frames` frames whose nearest Gaussians are known. */
  constructor(model: ScoringModel, nearest: Nearest, frames: number) {
    this.#model = model;
    this.#nearest = nearest;
    this.#frames = frames;
    this.#scores = new Float32Array(model.senones);
    this.#known = new Int32Array(model.senones);
  }

  /** Turns to a frame. */
  at(frame: number): this {
    this.#frame = frame;
    this.#stamp++;
    return this;
  }

  /** Log likelihood of a senone at the frame. */
  of(senone: number): number {
    if (this.#known[senone] === this.#stamp) return this.#scores[senone]!;
    const score = mixAt(this.#model, this.#nearest, this.#frames, senone, this.#frame);
    this.#known[senone] = this.#stamp;
    this.#scores[senone] = score;
    return score;
  }
}
