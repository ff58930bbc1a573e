/** Whether an upstream still has a model. */
import type { Stage } from "../../lib/errors.ts";
import { withTimeout } from "../../lib/timeout.ts";
import type { Upstream } from "./upstream.ts";
import { deniesModel, isModelGone, toStageError } from "./upstream-failure.ts";

/**
 * Asks the upstream for the model by name. False: it says that it has none; undefined: it did not say.
 * `knowsRoute`: it is sure to serve that request, so that any 404 is of the model.
 */
export async function hasModel(
  upstream: Upstream,
  model: string,
  stage: Stage,
  knowsRoute: boolean,
): Promise<boolean | undefined> {
  const { client, clock, timeouts, secrets } = upstream;
  const ms = timeouts.connectMs + timeouts.firstByteMs;
  const error = () => new Error("the upstream did not answer in time");
  try {
    await withTimeout({ clock, ms, error }, (signal) => client.models.retrieve(model, { signal }));
    return true;
  } catch (failure) {
    const error = toStageError(stage, failure, secrets);
    return (knowsRoute ? isModelGone(error) : deniesModel(error, model)) ? false : undefined;
  }
}
