/** Work begun before anyone has asked for it: a stream that is read ahead, up to a limit, until it is taken over or dropped. */
import { onAbort } from "../../lib/abort.ts";
import { channel } from "../../lib/channel.ts";

/** Events of a reply that are made ahead of its release; a first sentence with its audio fits well. */
const maxEventsAhead = 64;

export interface Prefetched<T> {
  /** The events read so far, then the rest as they come. To be read once. */
  readonly events: AsyncIterable<T>;
  /** Reads ahead until the source ends or the signal is aborted. Never rejects: an error waits in `events`. */
  fill(signal: AbortSignal): Promise<void>;
}

/** Makes one; nothing is read before `fill`. `onEvent` sees each event as it is read. */
export function prefetch<T>(source: AsyncIterable<T>, onEvent: (event: T) => void): Prefetched<T> {
  const ahead = channel<T>(maxEventsAhead);
  return {
    events: ahead,
    async fill(signal) {
      const unlink = onAbort(signal, () => ahead.discard());
      try {
        for await (const event of source) {
          onEvent(event);
          await ahead.writable();
          if (!ahead.push(event)) break;
        }
        ahead.close();
      } catch (error) {
        ahead.close(error);
      } finally {
        unlink();
      }
    },
  };
}
