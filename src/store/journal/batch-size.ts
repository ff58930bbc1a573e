/** Size of the next batch: half of one that failed, doubled with each that is stored, up to the configured size. */
import type { BatchRoom } from "./pending-changes.ts";

export class BatchSize {
  readonly #most: BatchRoom;
  #room: BatchRoom;

  constructor(most: BatchRoom) {
    this.#most = most;
    this.#room = most;
  }

  /** Room of the next batch, one row or more. */
  get room(): BatchRoom {
    return this.#room;
  }

  stored(): void {
    const { rows, bytes } = this.#room;
    this.#room = {
      rows: Math.min(this.#most.rows, 2 * rows),
      bytes: Math.min(this.#most.bytes, 2 * bytes),
    };
  }

  /** @param size of the batch that failed */
  failed(size: BatchRoom): void {
    this.#room = {
      rows: Math.max(1, Math.floor(size.rows / 2)),
      bytes: Math.max(1, Math.floor(size.bytes / 2)),
    };
  }
}
