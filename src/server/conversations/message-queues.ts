/** Queues in which the messages of each session wait for their turn. */
import { onAbort } from "../../lib/abort.ts";
import { type HttpError, protocolError } from "../net/http-error.ts";

/** Messages that may wait for their turn in one session; more are refused. */
const mostWaiting = 4;

/** Queues of messages, one for each session; at most `mostWaiting` wait in each, further ones are refused as busy. */
export class MessageQueues {
  readonly #queues = new Map<string, { tail: Promise<unknown>; waiting: number }>();

  /** Runs `work` after the session's earlier messages. @throws HttpError `session_busy` when aborted before its turn */
  inTurn<T>(sessionId: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(sessionId) ?? { tail: Promise.resolve(), waiting: 0 };
    if (queue.waiting >= mostWaiting) return Promise.reject(busy());
    this.#queues.set(sessionId, queue);
    queue.waiting++;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const unlink = onAbort(signal, () => reject(busy()));
    const begin = () => {
      unlink();
      if (signal.aborted) throw busy();
      return work();
    };
    const mine = queue.tail.then(begin).finally(() => {
      queue.waiting--;
      if (queue.waiting === 0) this.#queues.delete(sessionId);
    });
    queue.tail = mine.catch(() => {});
    return Promise.race([mine, late]);
  }
}

function busy(): HttpError {
  return protocolError("session_busy", "Too many messages wait for this session.", { retryAfter: 2 });
}
