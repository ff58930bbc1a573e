/** Starts the one server of a process that has a port, or is handed connections. */
import { systemClock } from "../../lib/clock.ts";
import type { CloseStack } from "../../lib/close-stack.ts";
import type { Config } from "../config/config.ts";
import type { Listener } from "../http/listener.ts";
import type { Logger } from "../logging/log.ts";
import type { Metrics } from "../operations/metrics.ts";
import type { RecentErrors } from "../operations/recent-errors.ts";
import type { Composition } from "./compose.ts";
import type { ProcessServices } from "./open-infrastructure.ts";
import type { RunningServer } from "./server.ts";

export interface ServerStart {
  readonly config: Config;
  readonly listener: Listener;
  readonly opened: CloseStack;
  readonly log: Logger;
  readonly errors: RecentErrors;
  /** The log's output, whose dropped lines are counted. */
  readonly output: Parameters<Metrics["watchLog"]>[0];
  /** Parts of the server that are otherwise where it is one of several workers. */
  readonly adapt?: (composed: Composition, metrics: Metrics) => Partial<Composition> & { metrics?: Metrics };
  readonly services?: Pick<ProcessServices, "cores" | "embeddedAt" | "onDraining" | "personas" | "watch">;
}

/**
 * Composes the server around a listener, and answers there.
 * @throws ConfigError naming the variable at fault
 */
export async function startOn(start: ServerStart): Promise<RunningServer & Pick<Composition, "engines">> {
  const { config, listener, opened, log, errors, output, adapt, services } = start;
  // Loaded only now, so that a wrong setting or a port in use is told at once.
  const [{ compose }, { startServer }, { openMetrics }] = await Promise.all([
    import("./compose.ts"),
    import("./server.ts"),
    import("../operations/metrics.ts"),
  ]);
  const metrics = openMetrics();
  metrics.watchLog(output);
  const composed = await compose(config, { clock: systemClock, log, metrics, errors, opened, ...services });
  const adapted = adapt?.(composed, metrics);
  const server = await startServer({ config, log, metrics, listener, ...composed, ...adapted });
  return {
    port: server.port,
    url: server.url,
    routes: server.routes,
    engines: composed.engines,
    get connections() {
      return server.connections;
    },
    stop: () => server.stop(),
  };
}
