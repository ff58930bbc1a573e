/** Step 9 of a turn: how much waits in a client's socket, who waits for it to empty, and when patience ends. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Limits } from "../config/config.ts";

/** A socket that holds this many times its high-water mark is cut off without waiting for the deadline. */
const ceilingRatio = 8;

/** Watches one socket's buffer. Times in ms of the clock. */
export class BackPressure {
  readonly #ws: WebSocket;
  readonly #socket: Duplex;
  readonly #limits: Limits;
  /** Since when the socket has been full. */
  #fullSince: number | undefined;
  #drained: PromiseWithResolvers<void> | undefined;

  /** @param socket the stream under `ws`: it says when it has emptied */
  constructor(ws: WebSocket, socket: Duplex, limits: Limits) {
    this.#ws = ws;
    this.#socket = socket;
    this.#limits = limits;
    socket.on("drain", () => this.release());
  }

  /** Undefined: go on sending. A promise: wait for it; it resolves once the socket is empty or gone. */
  writable(now: number): Promise<void> | undefined {
    if (!this.#isFull()) return undefined;
    this.#fullSince ??= now;
    this.#drained ??= Promise.withResolvers<void>();
    return this.#drained.promise;
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

  /** Whether so much waits that there is no point in patience. */
  overflows(): boolean {
    return this.#ws.bufferedAmount > this.#limits.socketHighWaterBytes * ceilingRatio;
  }

  /** Lets whoever waits go on. */
  release(): void {
    this.#fullSince = undefined;
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.resolve();
  }

  /** Only a socket that owes us a `drain` counts as full: otherwise nothing would ever say that it has emptied. */
  #isFull(): boolean {
    return this.#socket.writableNeedDrain && this.#ws.bufferedAmount >= this.#limits.socketHighWaterBytes;
  }
}
