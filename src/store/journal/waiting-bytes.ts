/** Sizes of the changes that wait in a node's journals, and the share of the room that each session and owner has. */
import type { StoreLimits } from "../limits.ts";

/** A journal as its share is reckoned. */
interface Sharer {
  readonly ownerId: string;
  /** Size of its changes that wait. */
  readonly bytes: number;
}

/** Share of each limit that clients may take by what they hand in. */
const clientShare = 0.5;

export class WaitingBytes {
  readonly #limits: StoreLimits;
  readonly #byOwner = new Map<string, number>();
  #total = 0;

  constructor(limits: StoreLimits) {
    this.#limits = limits;
  }

  get total(): number {
    return this.#total;
  }

  /** Adds to what waits of an owner, or takes from it. */
  add(ownerId: string, bytes: number): void {
    this.#total += bytes;
    const owned = this.#ofOwner(ownerId) + bytes;
    if (owned > 0) this.#byOwner.set(ownerId, owned);
    else this.#byOwner.delete(ownerId);
  }

  /** Whether all journals together have room for so many bytes more. */
  fits(bytes: number): boolean {
    return this.#total + bytes <= this.#limits.waitingBytes;
  }

  /** Whether the session, and its owner, may hold so many bytes more. */
  fitsShare({ ownerId, bytes: held }: Sharer, bytes: number): boolean {
    const { ownerWaitingBytes, sessionWaitingBytes } = this.#limits;
    return held + bytes <= sessionWaitingBytes && this.#ofOwner(ownerId) + bytes <= ownerWaitingBytes;
  }

  /** Bytes that a session's client may still hand in, 0 or more. */
  clientRoom({ ownerId, bytes }: Sharer): number {
    const { waitingBytes, ownerWaitingBytes, sessionWaitingBytes } = this.#limits;
    const room = Math.min(
      clientShare * waitingBytes - this.#total,
      clientShare * ownerWaitingBytes - this.#ofOwner(ownerId),
      clientShare * sessionWaitingBytes - bytes,
    );
    return Math.max(0, room);
  }

  #ofOwner(ownerId: string): number {
    return this.#byOwner.get(ownerId) ?? 0;
  }
}
