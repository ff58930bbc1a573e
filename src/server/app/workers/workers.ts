/** The workers of a primary: started, handed connections, replaced when they end, and stopped together. */
import type { Socket } from "node:net";
import { type Clock, sleep } from "../../../lib/clock.ts";
import { settlesWithin } from "../../../lib/timeout.ts";
import type { Logger } from "../../logging/log.ts";
import type { ToPrimary, ToWorker, WorkerStart } from "./messages.ts";
import { describeEnd, type WorkerEnd, WorkerProcess } from "./worker-process.ts";

/** Pauses before a worker is replaced: the first, doubled for each that did not live `steadyMs`, up to the last, ms. */
const replaceFirstMs = 200;
const replaceMostMs = 10_000;
/** Time after which a worker counts as having lived, ms. */
const steadyMs = 30_000;

/** Interval of pings, ms. Counted are pings, not time: where this process itself was stopped, no worker is to blame. */
const pingMs = 500;
/** Unanswered pings after which a worker is killed, to be replaced: 20 s. */
const killAfter = 40;

export interface WorkersOptions {
  readonly count: number;
  /** Connections that one may have; further ones are closed. */
  readonly mostConnections: number;
  /** Time that they have to drain, ms. */
  readonly stopMs: number;
  readonly startOf: (worker: number) => Omit<WorkerStart, "type">;
  readonly write: (lines: string) => void;
  readonly onMessage: (message: ToPrimary, from: WorkerProcess) => void;
  /** Called with each worker that is started, and once it has ended. */
  readonly onBegun: (worker: WorkerProcess) => void;
  readonly onEnded: (worker: WorkerProcess) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Workers {
  readonly #options: WorkersOptions;
  readonly #processes = new Map<number, WorkerProcess>();
  readonly #stopping = new AbortController();
  /** Kept lives, one a worker. */
  readonly #lives: Promise<void>[] = [];
  #failed = false;
  #turn = 0;
  /** Numbers of those that hang, as told. */
  readonly #hanging = new Set<number>();

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /** Processes that are alive. */
  get processes(): readonly WorkerProcess[] {
    return [...this.#processes.values()];
  }

  get connections(): number {
    return this.processes.reduce((sum, { connections }) => sum + connections, 0);
  }

  /**
   * Starts all of them side by side, and returns the names of their engines.
   * @throws ConfigError and Error: the first failure of any, at once
   */
  async start() {
    const first = Array.from({ length: this.#options.count }, (_, index) => this.#begin(index + 1));
    const [engines] = await Promise.all(first.map(({ ready }) => ready));
    for (const each of first) this.#lives.push(this.#keep(each));
    this.#tellRunning();
    this.#watch();
    return engines;
  }

  /** Hands a connection to the worker with the fewest. False: there is none that answers. */
  give(socket: Socket): boolean {
    const answering = this.processes.filter(({ answers, hangs }) => answers && !hangs);
    const open = answering.filter(({ draining }) => !draining);
    const candidates = open.length > 0 ? open : answering;
    // Whoever was first the last time comes last, so that equals take turns.
    const turn = this.#turn++ % Math.max(1, candidates.length);
    const [best] = [...candidates.slice(turn), ...candidates.slice(0, turn)].sort(
      (a, b) => a.connections - b.connections,
    );
    if (!best) return false;
    if (best.connections >= this.#options.mostConnections) socket.destroy();
    else best.give(socket);
    return true;
  }

  /** Tells all of them, but for `except`. */
  tell(message: ToWorker, except?: WorkerProcess): void {
    for (const each of this.processes) if (each !== except) each.send(message);
  }

  /** Drains all of them. @throws Error where one had to be killed, or ended otherwise than with code 0 */
  async stop(): Promise<void> {
    const { clock, stopMs } = this.#options;
    this.#stopping.abort();
    const processes = this.processes;
    this.tell({ type: "stop" });
    const ends = Promise.all(processes.map(({ ended }) => ended));
    if (!(await settlesWithin(clock, stopMs, ends))) {
      this.kill();
      this.#failed = true;
    }
    for (const { code, answered } of await ends) this.#failed ||= answered && code !== 0;
    await Promise.all(this.#lives);
    if (this.#failed) throw new Error("a worker did not end as it should");
  }

  /** Kills those that are left. */
  kill(): void {
    for (const each of this.processes) each.kill();
  }

  #begin(number: number): WorkerProcess {
    const { startOf, write, onMessage, onBegun, onEnded } = this.#options;
    const begun = new WorkerProcess({ start: startOf(number), write, onMessage });
    this.#processes.set(number, begun);
    this.#options.log.info({ worker: number, pid: begun.pid }, "worker started");
    onBegun(begun);
    void begun.ended.then(() => {
      if (this.#processes.get(number) === begun) this.#processes.delete(number);
      onEnded(begun);
    });
    return begun;
  }

  /** Has a worker replaced whenever it ends, until all are stopped. */
  async #keep(first: WorkerProcess): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopping;
    let current = first;
    let pause = replaceFirstMs;
    let since = clock.now();
    for (;;) {
      const end = await current.ended;
      if (signal.aborted) return;
      tellEnd(log, current.number, end);
      this.#tellRunning();
      if (clock.now() - since >= steadyMs) pause = replaceFirstMs;
      await sleep(clock, pause, signal).catch(() => {});
      if (signal.aborted) return;
      pause = Math.min(2 * pause, replaceMostMs);
      since = clock.now();
      current = this.#begin(current.number);
      current.ready.then(
        () => this.#tellRunning(),
        (error: Error) => {
          if (!signal.aborted)
            log.error({ worker: first.number, error: error.message }, "worker start failed");
        },
      );
    }
  }

  /** Pings all of them from now on, until all are stopped; kills those that hang for too long. */
  #watch(): void {
    const { clock, log } = this.#options;
    if (this.#stopping.signal.aborted) return;
    for (const worker of this.processes) {
      worker.ping();
      if (worker.unanswered === killAfter) {
        log.error({ worker: worker.number }, "worker killed: it did not answer");
        worker.kill();
      }
    }
    this.#tellHanging();
    clock.after(pingMs, () => this.#watch());
  }

  #tellHanging(): void {
    const { log } = this.#options;
    for (const { number, hangs } of this.processes) {
      if (hangs === this.#hanging.has(number)) continue;
      if (hangs) this.#hanging.add(number);
      else this.#hanging.delete(number);
      if (hangs) log.warn({ worker: number }, "worker does not answer; it is handed no connections");
      else log.info({ worker: number }, "worker answers again");
      this.#tellRunning();
    }
  }

  #tellRunning(): void {
    const running = this.processes.filter(({ answers, hangs }) => answers && !hangs).length;
    this.tell({ type: "running", running, wanted: this.#options.count });
  }
}

function tellEnd(log: Logger, worker: number, end: WorkerEnd): void {
  const how = describeEnd(end);
  // Code 0 is a worker's that was told to end by somebody else than its primary.
  if (end.code === 0) log.info({ worker, how }, "worker ended; another takes its place");
  else log.error({ worker, how }, "worker died; another takes its place");
}
