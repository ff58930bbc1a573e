/** Step 2 of a turn, under push to talk: chunks gathered into longer pieces before they go to the session. */

/**
 * Length of a piece, ms. Nobody waits for a voice to set in, and with a thousand sessions the way to the transcriber is
 * cold memory at every chunk: gone a fifth as often, it costs a fifth.
 */
export const pieceMs = 100;

/** Gathers one connection's chunks. What is in the making goes on with `flush`, which stands before every other event. */
export class ChunkCoalescer {
  readonly #pass: (bytes: Uint8Array) => void;
  #pieceBytes = 0;
  #piece: Uint8Array | undefined;
  #filled = 0;

  constructor(pass: (bytes: Uint8Array) => void) {
    this.#pass = pass;
  }

  /** Bytes of a piece from here on; 0: chunks go on as they come. */
  set pieceBytes(bytes: number) {
    this.flush();
    this.#pieceBytes = bytes;
  }

  /** Takes a chunk: copies it, or passes it on when it is as long as a piece. */
  take(chunk: Uint8Array): void {
    if (this.#filled + chunk.length > this.#pieceBytes) this.flush();
    if (chunk.length >= this.#pieceBytes) return this.#pass(chunk);
    // Its memory belongs to whoever gets it, so that the next piece needs its own.
    this.#piece ??= new Uint8Array(this.#pieceBytes);
    this.#piece.set(chunk, this.#filled);
    this.#filled += chunk.length;
    if (this.#filled === this.#pieceBytes) this.flush();
  }

  /** Passes on what there is. */
  flush(): void {
    if (!this.#piece) return;
    const piece = this.#filled === this.#piece.length ? this.#piece : this.#piece.subarray(0, this.#filled);
    this.#piece = undefined;
    this.#filled = 0;
    this.#pass(piece);
  }
}
