/** Stops a server started by `npm start` when npm ends, even where npm was killed and could forward no signal. */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../lib/clock.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Interval at which the parent is looked for, ms. */
const lookMs = 1000;

/**
 * Calls `onGone` once the npm that runs this package's `start` script has ended. Does nothing for any other parent: a
 * shell or a service manager may leave a server behind on purpose.
 */
export function watchNpm(env: Environment, clock: Clock, onGone: () => void): void {
  if (!isStartedByNpm(env)) return;
  // The script replaces its shell (`exec`), so that the parent is npm itself; an orphan is given another parent.
  const parent = process.ppid;
  const look = () => {
    if (process.ppid === parent) clock.after(lookMs, look);
    else onGone();
  };
  clock.after(lookMs, look);
}

/** Whether this package's own `start` script runs; other packages' scripts hand the variables on to what they start. */
function isStartedByNpm({ npm_lifecycle_event, npm_package_json }: Environment): boolean {
  if (npm_lifecycle_event !== "start" || npm_package_json === undefined) return false;
  const own = fileURLToPath(new URL("../../../package.json", import.meta.url));
  try {
    return realpathSync(npm_package_json) === realpathSync(own);
  } catch {
    return false;
  }
}
