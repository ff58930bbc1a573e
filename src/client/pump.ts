/** Moves what waits in the outbox onto the socket: at once while it can, in measure where there is much. */
import type { CancelTimer, ClientClock } from "./clock.ts";
import { type Outbox, type Outgoing, pieceMs } from "./outbox.ts";

/** A server takes audio four times as fast as real time, and 60 s of it beyond that; one that is set to less takes this. */
const speed = 4;
const burstMs = 10_000;
/** How long a full socket, or a server that has had its share, is left alone, ms. */
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

/** Makes a pump that stands still until it is started. */
export function openPump({ outbox, clock, send, isFull }: PumpOptions) {
  let running = false;
  let budgetMs = burstMs;
  let budgetEvents = burstEvents;
  let filledAt = clock.now();
  let cancel: CancelTimer | undefined;

  const fill = () => {
    const passed = clock.now() - filledAt;
    filledAt += passed;
    budgetMs = Math.min(burstMs, budgetMs + passed * speed);
    budgetEvents = Math.min(burstEvents, budgetEvents + (passed * burstEvents) / 1000);
  };
  const run = () => {
    if (!running || cancel) return;
    fill();
    while (outbox.waiting && (outbox.waitsWithAudio ? budgetMs > 0 && !isFull() : budgetEvents > 0)) {
      const outgoing = outbox.take(pieceMs);
      if (!outgoing) break;
      if (outgoing.type === "audio") budgetMs -= outgoing.ms;
      else budgetEvents -= 1;
      send(outgoing);
    }
    if (!outbox.waiting) return;
    cancel = clock.after(pauseMs, () => {
      cancel = undefined;
      run();
    });
  };
  const stop = () => {
    running = false;
    cancel?.();
    cancel = undefined;
  };
  return {
    /** On a new socket. */
    start(): void {
      stop();
      running = true;
      budgetMs = burstMs;
      budgetEvents = burstEvents;
      filledAt = clock.now();
      run();
    },
    /** Something was put into the outbox. */
    run,
    stop,
  };
}
