/** Stops a server started by `npm start` or `npx` when npm ends, even where npm was killed and could forward no signal. */
import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Clock } from "../../lib/clock.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Finds the npm that started this process. Resolves with a function that says whether it still runs. */
type FindNpm = () => Promise<() => boolean>;

/** Interval at which npm is looked for, ms. */
const lookMs = 1000;

/**
 * Calls `onGone` once the npm that runs this package's `start` script, or its command, has ended. Does nothing for any other parent: a
 * shell or a service manager may leave a server behind on purpose.
 */
export function watchNpm(
  env: Environment,
  clock: Clock,
  onGone: () => void,
  findNpm: FindNpm = process.platform === "win32" ? findBehindCmd : findParent,
): void {
  if (!isStartedByNpm(env)) return;
  findNpm().then(
    (isRunning) => {
      const look = () => {
        if (isRunning()) clock.after(lookMs, look);
        else onGone();
      };
      clock.after(lookMs, look);
    },
    () => {}, // then the console's own Ctrl-C is all there is
  );
}

/** Elsewhere than on Windows the script replaces its shell (`exec`): npm is the parent, and an orphan is given another. */
async function findParent(): Promise<() => boolean> {
  const parent = process.ppid;
  return () => process.ppid === parent;
}

/** On Windows cmd.exe stands between and outlives npm, and no orphan is given another parent. */
async function findBehindCmd(): Promise<() => boolean> {
  const query = `(Get-CimInstance Win32_Process -Filter 'ProcessId=${process.ppid}').ParentProcessId`;
  const flags = ["-NoProfile", "-NonInteractive", "-Command", query];
  const { stdout } = await promisify(execFile)("powershell.exe", flags, { windowsHide: true });
  const npm = Number(stdout.trim());
  if (!(npm > 0)) throw new Error("the parent of cmd.exe is not known");
  return () => isRunning(npm);
}

/** Whether a process runs. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ESRCH") return false;
    if (code === "EPERM") return true; // somebody else's
    throw error;
  }
}

/**
 * Whether this package's own `start` script runs, or `npx` its command; other packages' scripts and commands hand the
 * variables on to what they start.
 */
function isStartedByNpm(env: Environment): boolean {
  const { npm_lifecycle_event, npm_package_json, npm_lifecycle_script } = env;
  if (npm_lifecycle_event === "npx") return /^'?kuku'?(?=\s|$)/.test(npm_lifecycle_script ?? "");
  if (npm_lifecycle_event !== "start" || npm_package_json === undefined) return false;
  const own = fileURLToPath(new URL("../../../package.json", import.meta.url));
  try {
    return realpathSync(npm_package_json) === realpathSync(own);
  } catch {
    return false;
  }
}
