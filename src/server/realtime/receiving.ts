/** Step 2 of a turn, before decoding: what clients may hold in memory by large messages, and sockets that are not read for a while. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";

/** Bytes of a message up to which it counts nothing: as much as a socket is read at once. */
const smallBytes = 64 * 1024;
/** What each piece that came by itself takes beside its bytes. */
const pieceBytes = 512;

/**
 * Bytes of large messages of all connections: those being received, and those that wait to be heard. Beyond the limit
 * the connection that has been at its message longest is evicted, so that slow or stalled senders go first.
 */
export class ReceiveBudget {
  readonly #limit: number;
  #used = 0;
  /** In the order in which their messages became large. */
  readonly #receiving = new Map<Receiving, number>();
  readonly #whole = new Map<Receiving, number>();

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Bytes held just now. */
  get used(): number {
    return this.#used;
  }

  /** `bytes` of a message have come so far. */
  hold(holder: Receiving, bytes: number): void {
    this.#used += bytes - (this.#receiving.get(holder) ?? 0);
    this.#receiving.set(holder, bytes);
    for (const longest of this.#receiving.keys()) {
      if (this.#used <= this.#limit) return;
      longest.evict();
    }
  }

  /** The message has come whole: evicting its sender would free nothing any more. */
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

/** The way in of one socket: counts what is being received, and stops reading while the session has enough to hear. */
export class Receiving {
  readonly #ws: WebSocket;
  readonly #budget: ReceiveBudget;
  readonly #onEvicted: () => void;
  /** Of the message being received, with what its pieces take. */
  #bytes = 0;
  #completed = false;
  #paused = false;
  #ended = false;

  /** @param socket the stream under `ws`, which must be reading it already */
  constructor(ws: WebSocket, socket: Duplex, budget: ReceiveBudget, onEvicted: () => void) {
    this.#ws = ws;
    this.#budget = budget;
    this.#onEvicted = onEvicted;
    socket.on("data", (chunk: Buffer) => this.#received(chunk.length));
  }

  /** Whether the socket is not read just now. */
  get paused(): boolean {
    return this.#paused;
  }

  /** A message has come whole. */
  complete(): void {
    this.#completed = true;
    if (this.#bytes > smallBytes) this.#budget.complete(this);
  }

  /** Reads nothing more until `heard` resolves; what was read already goes on. */
  pauseUntil(heard: Promise<void>): void {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    this.#ws.pause();
    void heard.then(() => this.#resume());
  }

  /** The connection closes: nothing is held any more, and the other side's close frame is read. */
  end(): void {
    this.#ended = true;
    this.#resume();
    this.#budget.release(this);
  }

  /** Ends the connection to free what it holds. */
  evict(): void {
    this.end();
    this.#onEvicted();
  }

  /** Comes behind `complete` where a message ended in the chunk; what follows it there is too little to count. */
  #received(bytes: number): void {
    if (this.#completed) {
      const large = this.#bytes > smallBytes;
      this.#completed = false;
      this.#bytes = 0;
      if (large && !this.#paused) this.#budget.release(this);
    } else {
      this.#bytes += bytes + pieceBytes;
      if (this.#bytes > smallBytes && !this.#ended) this.#budget.hold(this, this.#bytes);
    }
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#budget.release(this);
    this.#ws.resume();
  }
}
