/** Step 9 of a turn: back-pressure of a client's socket, and the deadline for clients that read too slowly. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Limits } from "../config/config.ts";

/** Multiple of the high-water mark at which a socket is closed without waiting for the deadline. */
const ceilingRatio = 8;
/** Multiple of it from which a client's events wait: above what a reply's audio fills, which never holds up a microphone. */
const answersRatio = 4;

/** Watches one socket's buffer. Times in ms of the clock. */
export class BackPressure {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #limits: Limits;
  /** Time since when the socket has been full. */
  #fullSince: number | undefined;
  #drained: PromiseWithResolvers<void> | undefined;

  /** @param socket the stream under `ws`, for its `drain` event */
  constructor(ws: WebSocket, socket: Duplex, limits: Limits) {
    this.#ws = ws;
    this.#socket = socket;
    this.#limits = limits;
    socket.on("drain", () => this.release());
  }

  /** Returns undefined while sending may go on, else a promise that resolves once the socket is empty or gone. */
  writable(now: number): Promise<void> | undefined {
    if (!this.#isFull()) return undefined;
    this.#fullSince ??= now;
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
  }

  /**
   * Returns undefined while the client may be answered further, else a promise that resolves once it has read its
   * answers, or the socket is gone.
   */
  answersRead(now: number): Promise<void> | undefined {
    const full = this.#ws.bufferedAmount >= this.#limits.socketHighWaterBytes * answersRatio;
    return full ? this.writable(now) : undefined;
  }

  /** Whether the client has read too little for too long. */
  tooSlow(now: number): boolean {
    if (!this.#isFull()) {
      this.#fullSince = undefined;
      return false;
    }
    this.#fullSince ??= now;
    return now - this.#fullSince >= this.#limits.slowConsumerDeadlineMs;
  }

  /** Whether so much is buffered that the client is closed at once. */
  overflows(): boolean {
    return this.#ws.bufferedAmount > this.#limits.socketHighWaterBytes * ceilingRatio;
  }

  /** Resolves the promise of `writable`. */
  release(): void {
    this.#fullSince = undefined;
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.resolve();
  }

  /** Only a socket that will emit `drain` counts as full: otherwise nothing would signal that it has emptied. */
  #isFull(): boolean {
    return this.#socket.writableNeedDrain && this.#ws.bufferedAmount >= this.#limits.socketHighWaterBytes;
  }
}
