/** Calls `tick` of every connection about once a second. */
import type { CancelTimer, Clock } from "../../lib/clock.ts";
import type { Logger } from "../logging/log.ts";
import type { Connection } from "./connection.ts";

/** Interval of the ticks, ms. */
const tickMs = 1000;

export interface ConnectionSweeper {
  start(): void;
  stop(): void;
}

/** Makes one timer for all connections, to be started while there is any. */
export function openConnectionSweeper(
  clock: Clock,
  log: Logger,
  connections: ReadonlySet<Pick<Connection, "tick">>,
): ConnectionSweeper {
  let cancel: CancelTimer | undefined;
  const tick = () => {
    cancel = clock.after(tickMs, tick);
    const now = clock.now();
    for (const connection of connections)
      try {
        connection.tick(now);
      } catch (error) {
        log.error({ err: error }, "tick failed");
      }
  };
  return {
    start() {
      cancel ??= clock.after(tickMs, tick);
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
