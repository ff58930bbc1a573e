/** Step 2 of a turn, under push to talk: coalesces chunks into longer pieces before they go to the session. */

/**
 * Length of a piece, ms. Under push to talk no detection waits for chunks, and with a thousand sessions the path to the
 * transcriber is cold memory at every call: a tenth of the calls cost a tenth.
 */
export const pieceMs = 200;

/** Coalesces one connection's chunks. `flush` must be called before every other event, to keep the order. */
export class ChunkCoalescer {
  readonly #pass: (bytes: Uint8Array) => void;
  #pieceBytes = 0;
  #piece: Uint8Array | undefined;
  #filled = 0;

  constructor(pass: (bytes: Uint8Array) => void) {
    this.#pass = pass;
  }

  /** Size of a piece from now on, bytes; 0: chunks pass unchanged. */
  set pieceBytes(bytes: number) {
    this.flush();
    this.#piece = undefined;
    this.#pieceBytes = bytes;
  }

  /** Takes a chunk: copies it, or passes it on if it is as long as a piece. */
  take(chunk: Uint8Array): void {
    if (this.#filled + chunk.length > this.#pieceBytes) this.flush();
    if (chunk.length >= this.#pieceBytes) return this.#pass(chunk);
    this.#piece ??= Buffer.allocUnsafeSlow(this.#pieceBytes);
    this.#piece.set(chunk, this.#filled);
    this.#filled += chunk.length;
    if (this.#filled === this.#pieceBytes) this.flush();
  }

  /** Passes on the unfinished piece. */
  flush(): void {
    if (!this.#piece || this.#filled === 0) return;
    const isFull = this.#filled === this.#piece.length;
    const piece = isFull ? copyOf(this.#piece) : this.#piece.subarray(0, this.#filled);
    // An unfinished piece ends a turn: nothing is held until the next.
    if (!isFull) this.#piece = undefined;
    this.#filled = 0;
    this.#pass(piece);
  }
}

/**
 * Copies a full piece, which the receiver keeps, into memory of its own; in a pool one piece would hold five others. The copy
 * is mostly dead at the next scavenge. The piece itself, filled for 200 ms, would outlive scavenges, and with many
 * sessions make the old generation grow by what they say.
 */
function copyOf(piece: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(piece.length);
  copy.set(piece);
  return copy;
}
