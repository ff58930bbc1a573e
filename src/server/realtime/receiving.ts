/** Step 2 of a turn, before decoding: limits the memory of large messages, and pauses sockets while their session is behind. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/** Size up to which a message does not count, bytes: that of one read of a socket. */
const smallBytes = 64 * 1024;
/** Overhead of each piece of a message in memory, bytes. */
const pieceBytes = 512;

/**
 * Bytes of large messages of all connections: those being received, and those that wait for their session. Beyond the
 * limit the connection that has been sending its message longest is evicted, so that slow or stalled senders go first.
 */
export class ReceiveBudget {
  readonly #limit: number;
  #used = 0;
  /** Bytes by sender, in the order in which their messages became large. */
  readonly #receiving = new Map<Receiving, number>();
  readonly #whole = new Map<Receiving, number>();

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Bytes held now. */
  get used(): number {
    return this.#used;
  }

  /** Records that `bytes` of a message have been received so far. */
  hold(holder: Receiving, bytes: number): void {
    this.#used += bytes - (this.#receiving.get(holder) ?? 0);
    this.#receiving.set(holder, bytes);
    for (const longest of this.#receiving.keys()) {
      if (this.#used <= this.#limit) return;
      longest.evict();
    }
  }

  /** Records that the message is complete: evicting its sender would free nothing any more. */
  complete(holder: Receiving): void {
    const bytes = this.#receiving.get(holder);
    if (bytes === undefined) return;
    this.#receiving.delete(holder);
    this.#whole.set(holder, bytes + (this.#whole.get(holder) ?? 0));
  }

  release(holder: Receiving): void {
    this.#used -= (this.#receiving.get(holder) ?? 0) + (this.#whole.get(holder) ?? 0);
    this.#receiving.delete(holder);
    this.#whole.delete(holder);
  }
}

/** Receiving side of one socket: counts the message being received, and stops reading while the session is behind. */
export class Receiving {
  readonly #ws: WebSocket;
  readonly #budget: ReceiveBudget;
  readonly #onEvicted: () => void;
  /** Size of the message being received, overhead included. */
  #bytes = 0;
  #completed = false;
  /** What reading waits for. */
  #pauses = 0;
  #ended = false;

  /** @param socket the stream under `ws`, which must be reading it already */
  constructor(ws: WebSocket, socket: Duplex, budget: ReceiveBudget, onEvicted: () => void) {
    this.#ws = ws;
    this.#budget = budget;
    this.#onEvicted = onEvicted;
    socket.on("data", (chunk: Buffer) => this.#received(chunk.length));
  }

  /** Whether reading is paused. */
  get paused(): boolean {
    return this.#pauses > 0;
  }

  /** Records that a message is complete. */
  complete(): void {
    this.#completed = true;
    if (this.#bytes > smallBytes) this.#budget.complete(this);
  }

  /** Pauses reading until `taken` resolves, and whatever else it is paused for. */
  pauseUntil(taken: Promise<void>): void {
    if (this.#ended) return;
    if (this.#pauses++ === 0) this.#ws.pause();
    void taken.then(() => this.#resume());
  }

  /** Releases all memory when the connection closes, and reads on for the client's close frame. */
  end(): void {
    this.#ended = true;
    this.#pauses = Math.min(this.#pauses, 1);
    this.#resume();
    this.#budget.release(this);
  }

  /** Ends the connection to free its memory. */
  evict(): void {
    this.end();
    this.#onEvicted();
  }

  /** Runs after `complete` where a message ended in the chunk; the rest of that chunk is too little to count. */
  #received(bytes: number): void {
    if (this.#completed) {
      const large = this.#bytes > smallBytes;
      this.#completed = false;
      this.#bytes = 0;
      if (large && !this.paused) this.#budget.release(this);
    } else {
      this.#bytes += bytes + pieceBytes;
      if (this.#bytes > smallBytes && !this.#ended) this.#budget.hold(this, this.#bytes);
    }
  }

  #resume(): void {
    if (this.#pauses === 0 || --this.#pauses > 0) return;
    this.#budget.release(this);
    this.#ws.resume();
  }
}
