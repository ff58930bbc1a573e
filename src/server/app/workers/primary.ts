/** The primary process of a server with several workers: has the port, and hands connections to the workers. */
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../lib/clock.ts";
import type { CloseStack } from "../../../lib/close-stack.ts";
import { newSecret } from "../../../lib/ids.ts";
import type { Database } from "../../../store/database.ts";
import { StoreError } from "../../../store/store.ts";
import { type Config, ConfigError } from "../../config/config.ts";
import { Listener, listen } from "../../http/listener.ts";
import type { Logger } from "../../logging/log.ts";
import { closingMs, type Running } from "../server-process.ts";
import { announceListening, announceStart, type StartConfig } from "../start-lines.ts";
import { CollectedMetrics } from "./collected-metrics.ts";
import { HeldSessions } from "./held-sessions.ts";
import type { ToPrimary, WorkerStart } from "./messages.ts";
import type { WorkerProcess } from "./worker-process.ts";
import { WorkerQuestions } from "./worker-questions.ts";
import { Workers } from "./workers.ts";

export interface PrimaryOptions {
  readonly log: Logger;
  readonly output: { write(lines: string): void; readonly dropped: number };
  readonly opened: CloseStack;
}

/** Time beyond their own deadlines that workers have to end, ms. */
const spareMs = 3000;

/**
 * Takes the port, starts the workers, and hands each connection to one of them.
 * @throws ConfigError naming the setting at fault, and whatever the start of a worker fails with
 */
export async function startPrimary(
  config: StartConfig,
  { log, output, opened }: PrimaryOptions,
): Promise<Running> {
  const { server, handOver } = await openPort(config, opened);
  const { port } = server.address() as AddressInfo;
  announceStart(config, port);
  const folder = await mkdtemp(join(tmpdir(), "kuku-workers-"));
  opened.add(() => rm(folder, { recursive: true, force: true }));
  const metrics = new CollectedMetrics(systemClock, output);
  const database = await openEmbedded(config, { log, opened });
  const held = new HeldSessions();
  const personas = new WorkerQuestions<true>(systemClock);
  const secret = newSecret();
  const perWorker = divided(config);
  const workers = new Workers({
    count: config.workers,
    mostConnections: Listener.mostConnections(perWorker),
    stopMs: config.limits.drainDeadlineMs + closingMs + spareMs,
    startOf: (worker): Omit<WorkerStart, "type"> => ({
      config: perWorker,
      worker,
      port,
      folder,
      secret,
      embeddedAt: database?.embeddedAt,
      cores: Math.max(1, Math.floor(availableParallelism() / config.workers)),
    }),
    write: (lines) => output.write(lines),
    onMessage(message: ToPrimary, from: WorkerProcess) {
      metrics.receive(message, from, workers.processes);
      held.receive(message, from, workers.processes);
      if (message.type === "personas_read") personas.answer(message.id, true);
      if (message.type === "personas_changed") void tellPersonas(message.id, from);
    },
    onBegun: (worker) => held.tell(worker),
    onEnded: ({ number }) => held.forget(number, workers.processes),
    clock: systemClock,
    log,
  });
  const tellPersonas = async (id: number, from: WorkerProcess) => {
    const others = workers.processes.filter((each) => each !== from);
    const told = others.map((worker) => ({
      worker,
      read: personas.ask(worker, (question) => ({ type: "read_personas", id: question })),
    }));
    // One that starts or hangs learns of it as well, and is not waited for.
    await Promise.all(told.flatMap(({ worker, read }) => (worker.answers && !worker.hangs ? read : [])));
    from.send({ type: "personas_known", id });
  };
  // Also where this process is ended by a second signal: neither a worker nor the folder is left behind.
  process.once("exit", () => {
    workers.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  opened.add(() => workers.stop());
  const engines = await workers.start();
  handOver((socket) => workers.give(socket));
  return {
    get connections() {
      return workers.connections;
    },
    stop: () => workers.stop(),
    announce: () => announceListening(config, port, { log, about: { ...engines, workers: config.workers } }),
  };
}

/** Opens the embedded database, whose one process this is; undefined: a PostgreSQL is used. @throws ConfigError */
async function openEmbedded(
  { storage, dataDir }: Config,
  { log, opened }: Pick<PrimaryOptions, "log" | "opened">,
): Promise<Database | undefined> {
  if (storage.databaseUrl !== undefined) return undefined;
  const [{ openDatabase }, { storeLimits: limits }] = await Promise.all([
    import("../../../store/database.ts"),
    import("../../../store/limits.ts"),
  ]);
  try {
    return opened.keep(await openDatabase({ dataDir, clock: systemClock, log, limits }));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ConfigError(`DATA_DIR: ${error.message}`);
  }
}

/** Takes the port. Connections are answered 503 `STARTING` while `give` takes none. */
async function openPort(
  config: Config,
  opened: CloseStack,
): Promise<{ server: Server; handOver: (give: (socket: Socket) => boolean) => void }> {
  let give: (socket: Socket) => boolean = () => false;
  // Not listened on: of what comes without a worker, one answer is all there is.
  const starting = Listener.unheard(config);
  const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    if (give(socket)) return;
    starting.take(socket);
    socket.setTimeout(config.limits.authenticationDeadlineMs, () => socket.destroy());
    socket.resume();
  });
  await listen(server, config.host, config.port);
  // Not waited for: that lasts until the last connection has ended, and those are the workers' by now.
  opened.add(() => void server.close());
  return {
    server,
    handOver: (to) => {
      give = to;
    },
  };
}

/** The settings of one worker: what limits the whole server, divided. */
function divided(config: StartConfig): StartConfig {
  const { limits, workers } = config;
  const share = (whole: number) => Math.ceil(whole / workers);
  return {
    ...config,
    limits: {
      ...limits,
      maxSessions: share(limits.maxSessions),
      maxReceivingBytes: share(limits.maxReceivingBytes),
    },
  };
}
