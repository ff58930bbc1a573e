/** Processes of the bench: each pinned to a core, asked and answering over IPC. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";

interface Question {
  readonly id: number;
  readonly ask: string;
  readonly with: unknown;
}
type Answer = { readonly id: number; readonly answer?: unknown; readonly failed?: string };

export interface Child {
  readonly pid: number;
  /** Asks the process and waits for its answer; rejects with its error, or when it dies. */
  ask<T>(question: string, argument?: unknown): Promise<T>;
  /** Lets it end by itself (a profile is written then), for at most 10 s. */
  stop(): Promise<void>;
}

export interface LaunchOptions {
  /** Core to pin to; undefined: wherever the system likes. */
  readonly core?: number;
  readonly nodeOptions?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** Whether processes can be pinned here. */
export const canPin = spawnSync("taskset", ["-p", String(process.pid)]).status === 0;

/** Starts a script of the bench and resolves once it says it is up. */
export async function launch(script: URL, options: LaunchOptions = {}): Promise<Child> {
  const node = [process.execPath, "--expose-gc", ...(options.nodeOptions ?? []), script.pathname];
  const pinned =
    canPin && options.core !== undefined ? ["taskset", "-c", String(options.core), ...node] : node;
  const child = spawn(pinned[0]!, pinned.slice(1), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...process.env, ...options.environment },
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let next = 1;
  child.on("message", (message: Answer) => {
    const question = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.failed !== undefined) question?.reject(new Error(message.failed));
    else question?.resolve(message.answer);
  });
  void gone.then(() => {
    for (const question of waiting.values()) question.reject(new Error(`${script.pathname} has died`));
  });
  const ask = <T>(question: string, argument?: unknown): Promise<T> => {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(next, answer);
    child.send({ id: next++, ask: question, with: argument } satisfies Question, (error) => {
      if (error) answer.reject(error);
    });
    return answer.promise as Promise<T>;
  };
  await ask("up");
  return {
    pid: child.pid as number,
    ask,
    async stop() {
      if (child.connected) child.disconnect();
      const ended = await Promise.race([gone.then(() => true), wait(10_000, false, { ref: false })]);
      if (!ended) kill(child);
      await gone;
    },
  };
}

function kill(child: ChildProcess): void {
  child.kill("SIGKILL");
}

/** The other side: answers questions by name until the parent lets go, then exits. */
export function answer(answers: Readonly<Record<string, (argument: never) => unknown>>): void {
  const reply = (message: Answer) => process.send?.(message);
  process.on("message", async (question: Question) => {
    try {
      const found = question.ask === "up" ? () => true : answers[question.ask];
      if (!found) throw new Error(`unknown question: ${question.ask}`);
      reply({ id: question.id, answer: await found(question.with as never) });
    } catch (error) {
      reply({
        id: question.id,
        failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  });
  process.once("disconnect", () => process.exit(0));
}
