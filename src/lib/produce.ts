/** A stream that is filled by work of its own. */
import type { Channel } from "./channel.ts";
import { untilAborted } from "./until-aborted.ts";

/**
 * Starts `work`, which pushes into `events`, with the first read, and passes the events on. The stream ends with the work, or
 * fails with its error, or with the signal's reason as soon as `signal` is aborted. `onLeave`: called once, when the stream
 * has ended in any way or its reader leaves.
 */
export async function* produce<T>(
  events: Channel<T>,
  work: () => Promise<void>,
  signal: AbortSignal,
  onLeave: () => void,
): AsyncGenerator<T, void, undefined> {
  work().then(
    () => events.close(),
    (error) => events.close(error),
  );
  try {
    yield* untilAborted(events, signal);
  } finally {
    onLeave();
    events.discard();
  }
}
