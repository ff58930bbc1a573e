/** Whether an upstream still has a model. */
import type { Stage } from "../../lib/errors.ts";
import { withTimeout } from "../../lib/timeout.ts";
import type { Upstream } from "./upstream.ts";
import { isModelGone, toStageError } from "./upstream-failure.ts";

/** Asks the upstream for the model by name. False: it says that it has none; undefined: it did not say. */
export async function hasModel(
  upstream: Upstream,
  model: string,
  stage: Stage,
): Promise<boolean | undefined> {
  const { client, clock, timeouts, secrets } = upstream;
  const ms = timeouts.connectMs + timeouts.firstByteMs;
  const error = () => new Error("the upstream did not answer in time");
  try {
    await withTimeout({ clock, ms, error }, (signal) => client.models.retrieve(model, { signal }));
    return true;
  } catch (failure) {
    return isModelGone(toStageError(stage, failure, secrets)) ? false : undefined;
  }
}
