/** A local engine as the server sees it: starts its process when needed, passes calls to it, survives its end. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Channel, channel } from "../../../lib/channel.ts";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { type Stage, StageError } from "../../../lib/errors.ts";
import { type InstalledModel, isFor } from "../models/installed-models.ts";
import type { Answer, CallMessage, EngineTask, FromEngine } from "./messages.ts";

/** Calls at the same time; one more fails as `rate_limited`. */
const mostCalls = 256;
/** Time after which a model that could not be loaded is tried again, ms. */
const restMs = 10_000;
/** The end of what the runtime wrote, characters: it says there why it gives up. */
const keptOutput = 2_000;

export interface LocalEngineOptions {
  readonly model: InstalledModel;
  /** Punctuates what the model gives; undefined: nothing does. */
  readonly punctuation?: InstalledModel | undefined;
  /** Threads that it computes with. */
  readonly threads: number;
  readonly clock?: Clock;
}

/** A call under way. */
export interface EngineCall {
  readonly answers: AsyncIterable<Answer>;
  send(message: CallMessage): void;
  /** Ends the call; nothing more is done for it. */
  drop(): void;
}

/** A process and the calls that it is working on. */
interface Running {
  readonly child: ChildProcess;
  /** Resolves with its memory in bytes once the model is loaded. */
  readonly opened: Promise<number>;
  readonly calls: Map<number, Channel<Answer>>;
}

export class LocalEngine {
  readonly #options: LocalEngineOptions;
  readonly #stage: Stage;
  readonly #clock: Clock;
  #running: Running | undefined;
  #failure: { readonly error: StageError; readonly atMs: number } | undefined;
  #calls = 0;
  #closed = false;

  constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#stage = options.model.kind === "voice" ? "synthesize" : "transcribe";
  }

  get model(): InstalledModel {
    return this.#options.model;
  }

  /** True where text in a language, a BCP 47 tag, is punctuated. */
  punctuates(language: string): boolean {
    const { punctuation } = this.#options;
    return punctuation !== undefined && isFor(punctuation, language);
  }

  /** Id of the process, where one runs. */
  get processId(): number | undefined {
    return this.#running?.child.pid;
  }

  /** Starts the process where none runs. @returns its memory, bytes, once the model is loaded @throws StageError */
  async open(): Promise<number> {
    return this.#process().opened;
  }

  /** Memory of the process now, bytes. @throws StageError */
  async memory(): Promise<number> {
    const call = this.begin({ type: "weigh" });
    for await (const answer of call.answers) if (answer.type === "weight") return answer.memoryBytes;
    throw this.#error("unavailable", "its process ended");
  }

  /**
   * Begins a call.
   * @throws StageError `rate_limited` where too many are under way, `unavailable` where the model cannot be loaded
   */
  begin(message: CallMessage): EngineCall {
    const { child, calls } = this.#process();
    if (calls.size >= mostCalls) throw this.#error("rate_limited", `${mostCalls} calls are under way`);
    const id = ++this.#calls;
    const answers = channel<Answer>(Number.POSITIVE_INFINITY);
    calls.set(id, answers);
    const send = (message: CallMessage) => {
      if (calls.has(id) && child.connected) child.send({ ...message, id });
    };
    send(message);
    return {
      answers,
      send,
      drop() {
        send({ type: "drop" });
        calls.delete(id);
        answers.discard();
      },
    };
  }

  /** Ends the process; calls fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const { child } = this.#running ?? {};
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  #process(): Running {
    if (this.#running) return this.#running;
    if (this.#closed) throw this.#error("unavailable", "it was closed");
    if (this.#failure && this.#clock.now() - this.#failure.atMs < restMs) throw this.#failure.error;
    this.#running = this.#start();
    return this.#running;
  }

  #start(): Running {
    const { model, punctuation, threads } = this.#options;
    const { kind, config } = model;
    const program = fileURLToPath(new URL("./engine-process.ts", import.meta.url));
    const child = fork(program, {
      // A small young generation: what a call leaves behind is short-lived, and the process holds no more of it than this.
      execArgv: ["--no-warnings", "--max-semi-space-size=2", "--expose-gc"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let output = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptOutput);
    });
    const opened = Promise.withResolvers<number>();
    opened.promise.catch(() => {});
    const calls = new Map<number, Channel<Answer>>();
    const running: Running = { child, opened: opened.promise, calls };
    const end = (reason: string) => this.#ended(running, opened.reject, reason);
    child.on("message", (message: FromEngine) => {
      if (message.type === "opened") opened.resolve(message.memoryBytes);
      else if (message.type === "refused") end(message.reason);
      else this.#take(calls, message.id, message);
    });
    child.on("error", (error) => end(error.message));
    // With its output read: what the runtime said last is the reason.
    child.on("close", (code, signal) => end(lastLine(output) ?? `its process ended (${signal ?? code})`));
    child.send({
      type: "open",
      kind,
      config,
      threads,
      punctuation: punctuation && { family: punctuation.family, config: punctuation.config },
    } satisfies EngineTask);
    return running;
  }

  #take(calls: Map<number, Channel<Answer>>, id: number, answer: Answer): void {
    const answers = calls.get(id);
    if (!answers) return;
    if (answer.type === "failed") answers.close(this.#error("unavailable", answer.reason));
    else answers.push(answer);
    if (answer.type === "text" && !answer.final) return;
    answers.close();
    calls.delete(id);
  }

  /** Has what waits for the process fail; the next call starts another. */
  #ended({ child, calls, opened }: Running, reject: (error: StageError) => void, reason: string): void {
    const error = this.#error("unavailable", reason);
    reject(error);
    for (const answers of calls.values()) answers.close(error);
    calls.clear();
    if (this.#running?.child !== child) return;
    this.#running = undefined;
    child.kill("SIGKILL");
    // A model that was never loaded will hardly be the next time; one that was may be.
    opened.catch(() => {
      this.#failure = { error, atMs: this.#clock.now() };
    });
  }

  #error(kind: "unavailable" | "rate_limited", reason: string): StageError {
    const cause = new Error(`the model ${this.#options.model.name}: ${reason}`);
    return new StageError(this.#stage, kind, { cause });
  }
}

/** What a port over several engines offers beside its calls; the first engine is the preferred one. */
export interface EngineControls {
  /** Loads the first model. @returns the memory of its process, bytes @throws StageError */
  open(): Promise<number>;
  /** Memory of the first model's process now, bytes. @throws StageError */
  memory(): Promise<number>;
  /** Ends the processes; calls under way fail. */
  close(): Promise<void>;
}

export function controlsOf(engines: readonly [LocalEngine, ...LocalEngine[]]): EngineControls {
  return {
    open: () => engines[0].open(),
    memory: () => engines[0].memory(),
    close: async () => void (await Promise.all(engines.map((engine) => engine.close()))),
  };
}

/** The line of the runtime's output that says most: the reason of an exception, else the last. */
function lastLine(output: string): string | undefined {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const reason = lines.findLast((line) => /what\(\):/.test(line)) ?? lines.at(-1);
  return reason?.replace(/^.*what\(\):\s*/, "").replace(/^.*\/([\w.-]+:\w+:\d+) /, "$1 ");
}
