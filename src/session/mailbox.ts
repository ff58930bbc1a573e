/** One event at a time: `post` never waits, and what a step itself posts is taken before what waited already. */
import type { SessionEvent } from "./events.ts";

/** Events that may wait. A step is synchronous, so that only a step that posts without end can fill this. */
const maxWaiting = 10_000;

export interface Mailbox {
  post(event: SessionEvent): void;
  /** Nothing is taken any more. */
  close(): void;
}

/** Makes a mailbox that hands each event to `step`, which must not await. */
export function mailbox(
  step: (event: SessionEvent) => void,
  on: { onBug(error: unknown): void; onOverflow(): void },
): Mailbox {
  let waiting: SessionEvent[] = [];
  let answers: SessionEvent[] | undefined;
  let open = true;

  const drain = () => {
    while (open && waiting.length > 0) {
      const event = waiting.shift() as SessionEvent;
      const posted: SessionEvent[] = [];
      answers = posted;
      try {
        step(event);
      } catch (error) {
        on.onBug(error);
      }
      answers = undefined;
      if (posted.length > 0) waiting = posted.concat(waiting);
    }
  };

  return {
    post(event) {
      if (!open) return;
      if (answers) {
        if (answers.length + waiting.length >= maxWaiting) {
          open = false;
          on.onOverflow();
        } else answers.push(event);
        return;
      }
      // Nobody is in a step, so nothing waits: this event is taken here and now.
      waiting.push(event);
      drain();
    },
    close() {
      open = false;
      waiting = [];
    },
  };
}
