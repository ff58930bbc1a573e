/** Runs every upstream request under its abort signal and time limits, and maps errors to StageErrors. */
import { onAbort } from "../../lib/abort.ts";
import type { Stage } from "../../lib/errors.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import type { Upstream } from "./upstream.ts";
import { toStageError, upstreamError } from "./upstream-failure.ts";

/** The reason of an abort at a time limit. */
class DeadlineExceeded extends Error {
  override readonly name = "TooLate";
}

/**
 * Passes on what the request that `open` makes gives. The request's own signal is aborted when the caller's is, when
 * the first output or the next one takes too long, and when the caller reads no further: the upstream sees its
 * connection closed at once. Time is counted only while an output is waited for, not while the caller is busy.
 * @throws StageError, or the signal's reason once aborted.
 */
export async function* withDeadlines<T>(
  stage: Stage,
  upstream: Upstream,
  signal: AbortSignal,
  open: (signal: AbortSignal) => PromiseLike<AsyncIterable<T>> | AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  signal.throwIfAborted();
  const { clock, timeouts, secrets } = upstream;
  const request = new AbortController();
  const unlink = onAbort(signal, () => request.abort(signal.reason));
  const outputs = untilAborted(
    (async function* () {
      yield* await open(request.signal);
    })(),
    request.signal,
  );
  let limitMs = timeouts.firstByteMs;
  let what = "first byte";
  try {
    for (;;) {
      // Made only when it is due: an error gathers its stack, and this is done for every token.
      const giveUp = () => request.abort(new DeadlineExceeded(`no ${what} within ${limitMs} ms`));
      const cancelTimer = clock.after(limitMs, giveUp);
      const output = await outputs.next().finally(cancelTimer);
      if (output.done) return;
      yield output.value;
      limitMs = timeouts.stallMs;
      what = "further byte";
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const late = request.signal.reason;
    if (late instanceof DeadlineExceeded) throw upstreamError(stage, "timeout", late.message);
    throw toStageError(stage, error, secrets);
  } finally {
    unlink();
    // Nothing happens to a request that has ended; one that has not is closed.
    request.abort();
  }
}
