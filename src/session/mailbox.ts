/** The session's one way in: events are taken one at a time, and what a step itself posts before what waited already. */
import type { SessionEvent } from "./events.ts";

/** Events that may wait. A step is synchronous, so that only a step that posts without end can fill this. */
const maxWaiting = 10_000;

export interface MailboxOptions {
  /** Takes one event; must not await. */
  step(event: SessionEvent): void;
  /** Called with what `step` throws. */
  onBug(error: unknown): void;
  /** Called once too many events wait; the mailbox is closed then. */
  onOverflow(): void;
}

export class Mailbox {
  readonly #options: MailboxOptions;
  #waiting: SessionEvent[] = [];
  /** Events posted by the running step; undefined between steps. */
  #posted: SessionEvent[] | undefined;
  #open = true;

  constructor(options: MailboxOptions) {
    this.#options = options;
  }

  /** Never waits. An event posted between steps is taken at once. */
  readonly post = (event: SessionEvent): void => {
    if (!this.#open) return;
    if (!this.#posted) {
      this.#waiting.push(event);
      this.#drain();
      return;
    }
    if (this.#posted.length + this.#waiting.length < maxWaiting) {
      this.#posted.push(event);
      return;
    }
    this.#open = false;
    this.#options.onOverflow();
  };

  /** Drops what waits; later events are ignored. */
  close(): void {
    this.#open = false;
    this.#waiting = [];
  }

  #drain(): void {
    while (this.#open && this.#waiting.length > 0) {
      const event = this.#waiting.shift() as SessionEvent;
      const posted: SessionEvent[] = [];
      this.#posted = posted;
      try {
        this.#options.step(event);
      } catch (error) {
        this.#options.onBug(error);
      }
      this.#posted = undefined;
      if (posted.length > 0) this.#waiting = posted.concat(this.#waiting);
    }
  }
}
