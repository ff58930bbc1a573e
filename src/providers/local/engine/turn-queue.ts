/** Work of many callers done one piece at a time: each caller does a piece and goes to the end of the queue. */

/** The work of a caller: does its next piece. Resolves with whether more is left. */
export type Piece = () => Promise<boolean>;

export class TurnQueue {
  readonly #waiting = new Map<number, Piece>();
  #running = false;

  add(id: number, piece: Piece): void {
    this.#waiting.set(id, piece);
    if (!this.#running) void this.#run();
  }

  /** Forgets a caller; a piece under way is done to its end, and its result is of no use. */
  drop(id: number): void {
    this.#waiting.delete(id);
  }

  has(id: number): boolean {
    return this.#waiting.has(id);
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let next = this.#next(); next; next = this.#next()) {
      const [id, piece] = next;
      const more = await piece();
      if (!this.#waiting.has(id)) continue;
      this.#waiting.delete(id);
      if (more) this.#waiting.set(id, piece);
    }
    this.#running = false;
  }

  #next(): [number, Piece] | undefined {
    return this.#waiting.entries().next().value;
  }
}
