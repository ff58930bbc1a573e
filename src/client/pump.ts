/** Paces the outbox onto the socket: at once while it can, within the server's limits where there is much. */
import type { CancelTimer, ClientClock } from "./clock.ts";
import { type Outbox, type Outgoing, pieceMs } from "./outbox.ts";

/** A server takes audio four times as fast as real time, and 60 s of it beyond that; one that is set to less takes this. */
const speed = 4;
const burstMs = 10_000;
/** Pause while the socket is full or a budget is used up, ms. */
const pauseMs = 50;
/** Events go this many at once, and as many a second on average. */
const burstEvents = 50;

export interface PumpOptions {
  readonly outbox: Outbox;
  readonly clock: ClientClock;
  /** Puts it on the socket. */
  readonly send: (outgoing: Outgoing) => void;
  /** The socket has more to send than it should; audio waits then. */
  readonly isFull: () => boolean;
}

/** Sends the outbox's entries; idle until it is started. */
export class Pump {
  readonly #options: PumpOptions;
  #running = false;
  #budgetMs = burstMs;
  #budgetEvents = burstEvents;
  #filledAt: number;
  #cancel: CancelTimer | undefined;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#filledAt = options.clock.now();
  }

  /** Begins on a new socket, with full budgets. */
  start(): void {
    this.stop();
    this.#running = true;
    this.#budgetMs = burstMs;
    this.#budgetEvents = burstEvents;
    this.#filledAt = this.#options.clock.now();
    this.run();
  }

  /** Sends as far as budgets and socket allow; to be called when something was put into the outbox. */
  run(): void {
    if (!this.#running || this.#cancel) return;
    this.#fill();
    const { outbox, clock, send } = this.#options;
    while (outbox.waiting && this.#maySend()) {
      const outgoing = outbox.take(pieceMs);
      if (!outgoing) break;
      if (outgoing.type === "audio") this.#budgetMs -= outgoing.ms;
      else this.#budgetEvents -= 1;
      send(outgoing);
    }
    if (!outbox.waiting) return;
    this.#cancel = clock.after(pauseMs, () => {
      this.#cancel = undefined;
      this.run();
    });
  }

  stop(): void {
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #maySend(): boolean {
    const { outbox, isFull } = this.#options;
    return outbox.waitsWithAudio ? this.#budgetMs > 0 && !isFull() : this.#budgetEvents > 0;
  }

  #fill(): void {
    const passed = this.#options.clock.now() - this.#filledAt;
    this.#filledAt += passed;
    this.#budgetMs = Math.min(burstMs, this.#budgetMs + passed * speed);
    this.#budgetEvents = Math.min(burstEvents, this.#budgetEvents + (passed * burstEvents) / 1000);
  }
}
