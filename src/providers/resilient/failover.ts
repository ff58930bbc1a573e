/** Retries and failover: another attempt on the same provider where the failure may pass, then the next provider. */

import { DelegateBackoff, fallback, handleWhen, retry } from "cockatiel";
import { channel } from "../../lib/channel.ts";
import { type Stage, StageError } from "../../lib/errors.ts";
import { produce } from "../../lib/produce.ts";
import { openScope } from "../../lib/scope.ts";
import { CallNotMade } from "../call-not-made.ts";

export interface Route<T> {
  /** The provider's name, for logs. */
  readonly name: string;
  /** Makes a call; the stream must end with the signal, at once. */
  open(signal: AbortSignal): AsyncIterable<T>;
}

/** An attempt that failed, told as it happens. */
export interface FailedAttempt {
  readonly stage: Stage;
  readonly provider: string;
  readonly error: StageError;
}

export interface RouteOptions<T> {
  readonly stage: Stage;
  readonly signal: AbortSignal;
  /** Whether the listener has had something that cannot be taken back, from which on nothing is tried again. */
  readonly commits: (event: T) => boolean;
  /** Further attempts on one route, default 1. */
  readonly retries?: number;
  readonly onFailure?: (attempt: FailedAttempt) => void;
}

/** Pause before another attempt when the upstream names none, ms. */
const RETRY_AFTER_MS = 150;
/** An upstream that asks for a longer rest than this is not asked again, ms. */
const LONGEST_WAIT_MS = 2000;

/**
 * Gives what the first route gives; where that fails before anything was committed, it is asked again if the failure
 * may pass (`unavailable`, or `rate_limited` with a short `Retry-After`; not after a `timeout`, which cost the listener
 * enough), and then the routes after it.
 * @throws StageError of the last attempt, or the signal's reason once aborted.
 */
export async function* withFailover<T>(
  routes: readonly Route<T>[],
  options: RouteOptions<T>,
): AsyncGenerator<T, void, undefined> {
  const { signal } = options;
  signal.throwIfAborted();
  const life = openScope().follow(signal);
  // One event waits at most: what the reader does not take is not asked for.
  const events = channel<T>(1);
  let committed = false;
  const attempt = async (route: Route<T>) => {
    life.signal.throwIfAborted();
    try {
      for await (const event of route.open(life.signal)) {
        committed ||= options.commits(event);
        while (!events.push(event)) {
          await events.writable();
          life.signal.throwIfAborted();
        }
      }
    } catch (error) {
      if (error instanceof StageError && !(error.cause instanceof CallNotMade))
        options.onFailure?.({ stage: options.stage, provider: route.name, error });
      throw error;
    }
  };
  const seek = failoverPolicy(routes, attempt, options, () => committed || life.signal.aborted);
  yield* produce(events, seek, signal, () => life.cancel("finished"));
}

/** The routes as nested policies: fallback(retry(attempt)). */
function failoverPolicy<T>(
  routes: readonly Route<T>[],
  attempt: (route: Route<T>) => Promise<void>,
  { retries = 1 }: RouteOptions<T>,
  over: () => boolean,
): () => Promise<void> {
  const again = handleWhen((error) => !over() && mayPass(error));
  const elsewhere = handleWhen((error) => !over() && error instanceof StageError);
  const backoff = new DelegateBackoff(({ result }: { result: object }) =>
    "error" in result ? waitMs(result.error) : RETRY_AFTER_MS,
  );
  return routes.reduceRight<(() => Promise<void>) | undefined>((next, route) => {
    const retried = retry(again, { maxAttempts: retries, backoff }).dangerouslyUnref();
    const run = () => retried.execute(() => attempt(route));
    if (!next) return run;
    const policy = fallback(elsewhere, next);
    return () => policy.execute(run);
  }, undefined) as () => Promise<void>;
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof StageError) || !error.retryable) return false;
  if (error.kind === "unavailable") return true;
  return error.kind === "rate_limited" && waitMs(error) <= LONGEST_WAIT_MS;
}

/** Returns the pause that the upstream asked for (`retryAfterMs` of the cause), else the default. */
function waitMs(error: unknown): number {
  const cause = error instanceof StageError ? error.cause : undefined;
  const asked = (cause as { retryAfterMs?: unknown } | undefined)?.retryAfterMs;
  return typeof asked === "number" ? asked : RETRY_AFTER_MS;
}
