/** Starts the server of a worker. */
import { rmdir } from "node:fs/promises";
import { Listener } from "../../http/listener.ts";
import type { Running } from "../server-process.ts";
import { type ServerStart, startOn } from "../start-server.ts";
import { adoptAddress, forward, sessionOf } from "./forward.ts";
import { socketOf, type WorkerStart } from "./messages.ts";
import type { PrimaryLink } from "./primary-link.ts";

/** @throws ConfigError naming the setting at fault */
export async function startWorker(
  { config, port, folder, worker, secret, embeddedAt, cores }: WorkerStart,
  primary: PrimaryLink,
  around: Pick<ServerStart, "log" | "errors" | "output" | "opened">,
): Promise<Running> {
  const listener = await Listener.handed(config, {
    port,
    path: socketOf(folder, worker),
    adopt: (request) => adoptAddress(request, secret),
  });
  around.opened.add(async () => {
    await listener.close();
    // The primary removes the folder, unless it was killed: then the last worker does, the others find it not empty.
    if (primary.gone) await rmdir(folder).catch(() => {});
  });
  const onDraining = (draining: boolean) => primary.tell({ type: "draining", draining });
  const server = await startOn({
    ...around,
    config,
    listener,
    services: {
      cores,
      embeddedAt,
      onDraining,
      watch: primary.watch,
      personas: {
        onChanged: () => primary.personasChanged(),
        share: ({ reload }) =>
          primary.onPersonas(() =>
            reload().catch((error: unknown) => around.log.error({ err: error }, "reading personas failed")),
          ),
      },
    },
    adapt: (composed, metrics) => {
      primary.receive({ connection: (socket) => listener.take(socket), ownMetrics: metrics.values });
      return {
        metrics: { ...metrics, read: primary.readMetrics },
        async health(signal) {
          return { ...(await composed.health(signal)), workers: healthOfWorkers(primary.running) };
        },
      };
    },
  });
  listener.divert((request, response) => {
    const holder = primary.holderOf(sessionOf(request) ?? "");
    if (holder === undefined) return false;
    forward(request, response, { path: socketOf(folder, holder), secure: config.tls !== undefined, secret });
    return true;
  });
  return {
    get connections() {
      return server.connections;
    },
    stop() {
      onDraining(true);
      return server.stop();
    },
    announce: () => primary.tell({ type: "ready", engines: server.engines }),
  };
}

/** `degraded` while some are being replaced. */
function healthOfWorkers({ running, wanted }: PrimaryLink["running"]) {
  return running < wanted
    ? { status: "degraded" as const, detail: `${running} of ${wanted} worker processes run.` }
    : { status: "up" as const };
}
