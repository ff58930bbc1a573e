/** Sweep of this machine's temporary files, by every process for itself: jobs run on one node, whose disk is its own. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { Logger } from "../logging/log.ts";

/** Interval of the sweeps, ms. */
const sweepMs = 60_000;

export interface TemporaryFilesOptions {
  readonly sweeps: readonly (() => Promise<void>)[];
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn">;
}

/** Sweeps at once and then every minute; a sweep that fails is logged. Returns a function that stops this. */
export function sweepTemporaryFiles({ sweeps, clock, log }: TemporaryFilesOptions): () => void {
  let cancel: CancelTimer = () => {};
  let stopped = false;
  const next = async () => {
    for (const sweep of sweeps)
      await sweep().catch((error: unknown) => log.warn({ err: error }, "sweeping temporary files failed"));
    if (!stopped) cancel = clock.after(sweepMs, () => void next());
  };
  void next();
  return () => {
    stopped = true;
    cancel();
  };
}
