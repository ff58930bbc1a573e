/** Bytes of the items in the live conversations of each user on this node. */
import type { UserText } from "../../session/session-options.ts";

export class UserTexts {
  readonly #most: number;
  readonly #byOwner = new Map<string, number>();

  /** @param most limit of one user, bytes; undefined: none */
  constructor(most: number | undefined) {
    this.#most = most ?? Number.POSITIVE_INFINITY;
  }

  /** Opens the account of one conversation, which holds nothing yet. */
  open(ownerId: string): UserText {
    const texts = this;
    let held = 0;
    return {
      get room() {
        return Math.max(0, texts.#most - texts.#of(ownerId));
      },
      hold(bytes) {
        texts.#add(ownerId, bytes - held);
        held = bytes;
      },
    };
  }

  #of(ownerId: string): number {
    return this.#byOwner.get(ownerId) ?? 0;
  }

  #add(ownerId: string, bytes: number): void {
    const owned = this.#of(ownerId) + bytes;
    if (owned > 0) this.#byOwner.set(ownerId, owned);
    else this.#byOwner.delete(ownerId);
  }
}
