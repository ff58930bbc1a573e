/** A worker as the primary sees it: a child process, the connections it was handed, and how it ended. */
import { type ChildProcess, fork } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../config/config.ts";
import type { ToPrimary, ToWorker, WorkerStart } from "./messages.ts";

const program = fileURLToPath(new URL("../../worker.ts", import.meta.url));

/** Unanswered pings at which a worker counts as one that hangs. */
const hangingAfter = 4;

/** End of a worker. */
export interface WorkerEnd {
  /** True: the worker had begun to answer. */
  readonly answered: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface WorkerProcessOptions {
  readonly start: Omit<WorkerStart, "type">;
  /** Takes whole lines of its log. */
  readonly write: (lines: string) => void;
  readonly onMessage: (message: ToPrimary, from: WorkerProcess) => void;
}

export class WorkerProcess {
  readonly number: number;
  /** Resolves with the engines' names once it answers. @throws ConfigError and Error, with the reason why it does not */
  readonly ready: Promise<Extract<ToPrimary, { type: "ready" }>["engines"]>;
  readonly ended: Promise<WorkerEnd>;
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<Extract<ToPrimary, { type: "ready" }>["engines"]>();
  readonly #ended = Promise.withResolvers<WorkerEnd>();
  /** Sockets on their way to it, which nobody would close if it ended now. */
  readonly #underWay = new Set<Socket>();
  #state: "starting" | "running" | "draining" | "ended" = "starting";
  #connections = 0;
  /** Pings since it last said anything. */
  #unanswered = 0;

  constructor({ start, write, onMessage }: WorkerProcessOptions) {
    this.number = start.worker;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // whoever waits for it is told
    this.#child = fork(program, [], {
      // Settings are class instances and bytes as well as plain values.
      serialization: "advanced",
      // Lines that several processes write to one pipe would be torn: the primary passes them on.
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    this.ended = this.#ended.promise;
    this.#child.on("error", (error) => {
      // A fork that failed has no exit; a message that could not be sent has one of its own.
      this.#ready.reject(error);
      if (this.#child.pid === undefined) this.#end(null, null);
    });
    this.#child.once("exit", (code, signal) => this.#end(code, signal));
    this.#child.on("message", (message) => this.#receive(message as ToPrimary, onMessage));
    passLines(this.#child, write);
    this.send({ type: "start", ...start });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Open connections, those under way among them. */
  get connections(): number {
    return this.#connections;
  }

  /** True: the worker answers, if perhaps only that it drains. */
  get answers(): boolean {
    return this.#state === "running" || this.#state === "draining";
  }

  get draining(): boolean {
    return this.#state === "draining";
  }

  /** Pings in a row that it has not answered. */
  get unanswered(): number {
    return this.#unanswered;
  }

  /** True: the worker is alive and has not answered for some time. */
  get hangs(): boolean {
    return this.#unanswered >= hangingAfter;
  }

  /** Asks it for a sign of life, once it has begun to answer. */
  ping(): void {
    if (!this.answers) return;
    this.#unanswered++;
    this.send({ type: "ping" });
  }

  send(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => {}); // its end is told by its exit
  }

  /** Hands it a connection, of which nothing has been read. */
  give(socket: Socket): void {
    this.#connections++;
    this.#underWay.add(socket);
    const message: ToWorker = { type: "connection" };
    this.#child.send(message, socket, { keepOpen: false }, (error) => {
      this.#underWay.delete(socket);
      if (error) socket.destroy();
    });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #receive(message: ToPrimary, onMessage: WorkerProcessOptions["onMessage"]): void {
    this.#unanswered = 0;
    if (message.type === "ready") {
      if (this.#state === "starting") this.#state = "running";
      this.#ready.resolve(message.engines);
    } else if (message.type === "failed")
      this.#ready.reject(message.known ? new ConfigError(message.message) : new Error(message.message));
    else if (message.type === "closed") this.#connections--;
    else if (message.type === "draining") this.#state = message.draining ? "draining" : "running";
    else if (message.type !== "pong") onMessage(message, this);
  }

  #end(code: number | null, signal: NodeJS.Signals | null): void {
    const end = { code, signal, answered: this.answers };
    this.#state = "ended";
    this.#connections = 0;
    for (const socket of this.#underWay) socket.destroy();
    this.#underWay.clear();
    this.#ready.reject(new Error(`worker ${this.number} ended at its start (${describeEnd(end)})`));
    this.#ended.resolve(end);
  }
}

/** Describes how a worker ended. */
export function describeEnd({ code, signal }: WorkerEnd): string {
  return signal ?? (code === null ? "it could not be started" : `code ${code}`);
}

/** Longest part of a line that is kept for its end, characters; a longer one is passed on in pieces. */
const longestLine = 256 * 1024;

/** Passes a process's standard output on in whole lines. */
function passLines({ stdout }: ChildProcess, write: (lines: string) => void): void {
  let rest = "";
  stdout?.setEncoding("utf8").on("data", (text: string) => {
    const end = text.lastIndexOf("\n") + 1;
    const whole = rest + text.slice(0, end);
    if (end === 0) rest += text;
    else {
      write(whole);
      rest = text.slice(end);
    }
    if (rest.length <= longestLine) return;
    write(`${rest}\n`);
    rest = "";
  });
}
