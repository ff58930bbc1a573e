/** Tells when what was sent over a socket has reached the client: a ping behind it was answered. */

/** Pings that may wait for their pong; a later one tells more than the oldest, which is given up. */
const maxWaiting = 4;

interface Waiting {
  readonly number: number;
  readonly onArrived: () => void;
}

/** The numbered pings of one connection. */
export class Arrivals {
  #sent = 0;
  #waiting: Waiting[] = [];

  /** Notes a callback; returns the payload of the ping to be sent now. */
  expect(onArrived: () => void): string {
    this.#waiting.push({ number: ++this.#sent, onArrived });
    if (this.#waiting.length > maxWaiting) this.#waiting.shift();
    return String(this.#sent);
  }

  /** Calls back for the ping that this pong answers, and for those before it: a client may answer the latest alone (RFC 6455). */
  answered(payload: Uint8Array): void {
    const number = Number(payload.toString());
    while (this.#waiting[0] && this.#waiting[0].number <= number) this.#waiting.shift()?.onArrived();
  }
}
