/** One thread for decoding uploads, opened when it is first needed and again after it had to be ended. */
import { Worker } from "node:worker_threads";
import { onAbort } from "../../lib/abort.ts";
import type { DecodeAnswer, DecodeTask } from "./worker.ts";

export interface DecodingThread {
  /**
   * Decodes one file; the thread must be idle. An abort ends the thread at once.
   * @throws the signal's reason; an Error when the thread dies of the task.
   */
  run(task: DecodeTask, signal: AbortSignal): Promise<DecodeAnswer>;
  /** Ends the thread; it must be idle. */
  close(): Promise<void>;
}

/** Limit of a thread's heap, MB; audio lies outside of it and is bounded by the decoders. */
const HEAP_MB = 128;

/** Makes a thread that runs `module`; it costs nothing until its first task, and never keeps the process alive idle. */
export function openDecodingThread(module: URL): DecodingThread {
  let worker: Worker | undefined;
  const start = () => {
    const started = new Worker(module, { env: {}, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    // A thread that dies between two tasks is replaced at the next; within one, the task's own listener reports it.
    started.on("error", () => {});
    started.once("exit", () => {
      if (worker === started) worker = undefined;
    });
    return started;
  };
  const end = async () => {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  };
  return {
    async run(task, signal) {
      signal.throwIfAborted();
      worker ??= start();
      const answer = await ask(worker, task, signal).catch(async (error: unknown) => {
        await end();
        throw error;
      });
      if ("broken" in answer) await end();
      return answer;
    },
    close: end,
  };
}

function ask(worker: Worker, task: DecodeTask, signal: AbortSignal): Promise<DecodeAnswer> {
  return new Promise<DecodeAnswer>((resolve, reject) => {
    let unlink = () => {};
    const settle = (act: () => void) => {
      worker.off("message", onMessage);
      worker.off("error", onError);
      worker.off("exit", onExit);
      unlink();
      worker.unref();
      act();
    };
    const onMessage = (answer: DecodeAnswer) => settle(() => resolve(answer));
    const onError = (error: unknown) => settle(() => reject(error));
    const onExit = (code: number) => settle(() => reject(new Error(`decoding thread ended with ${code}`)));
    worker.on("message", onMessage);
    worker.on("error", onError);
    worker.on("exit", onExit);
    unlink = onAbort(signal, () => settle(() => reject(signal.reason)));
    worker.ref();
    worker.postMessage(task);
  });
}
