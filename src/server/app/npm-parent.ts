/** A server that `npm start` started stops with npm, even where npm was killed and could forward no signal. */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../lib/clock.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** How often the parent is looked for, ms. */
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

/** Whether it was this package's own `start`; the variables are inherited by whatever a script of another one starts. */
function isStartedByNpm({ npm_lifecycle_event, npm_package_json }: Environment): boolean {
  if (npm_lifecycle_event !== "start" || npm_package_json === undefined) return false;
  const own = fileURLToPath(new URL("../../../package.json", import.meta.url));
  try {
    return realpathSync(npm_package_json) === realpathSync(own);
  } catch {
    return false;
  }
}
