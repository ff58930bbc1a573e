/** Step 9 of a turn: sends messages over one socket, those of one round of the event loop in one system call. */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Limits } from "../config/config.ts";
import { BackPressure } from "./back-pressure.ts";

export class SocketWriter {
  readonly #ws: WebSocket;
  /** The stream under `ws`. */
  readonly #socket: Duplex;
  readonly pressure: BackPressure;
  #corked = false;

  constructor(ws: WebSocket, socket: Duplex, limits: Limits) {
    this.#ws = ws;
    this.#socket = socket;
    this.pressure = new BackPressure(ws, socket, limits);
  }

  /**
   * Sends a message, if the socket is open; `atOnce`: not only at the end of the round. False: so much waits that the
   * client is too slow; nothing was sent.
   */
  write(message: string | Buffer, atOnce = false): boolean {
    if (this.#ws.readyState !== this.#ws.OPEN) return true;
    // Earlier messages count, not this one: a single large answer to a client that reads is no offence.
    if (this.pressure.overflows()) return false;
    this.#cork();
    this.#ws.send(message);
    if (atOnce) this.#uncork();
    return true;
  }

  /** Sends a ping, if the socket is open, in the system call of the messages before it. */
  ping(payload: string): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#cork();
    this.#ws.ping(payload);
  }

  /** Corks the socket until the next tick, which comes behind all promises that are settled: a reply's first frame follows many events. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => this.#uncork());
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }
}
