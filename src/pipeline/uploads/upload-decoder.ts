/** Decoding of uploaded recordings on threads of their own: a file on disk in, one mono track out. */
import { availableParallelism } from "node:os";
import { onAbort } from "../../lib/abort.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { SampleRate } from "../../ports/audio.ts";
import { durationMs } from "../audio/pcm.ts";
import { type DecodingThread, openDecodingThread } from "./decoding-thread.ts";
import type { UploadFormat } from "./sniff.ts";
import { UploadError } from "./upload-error.ts";
import type { DecodeTask } from "./worker.ts";

export interface UploadDecoderOptions {
  /** Files decoded at once, each on a thread of its own; default: the cores but one, 1–4. */
  readonly threads?: number;
  /** Cores that the threads may take; default: the processors. */
  readonly cores?: number | undefined;
  /** Files that may wait for a thread; beyond, one is refused as `busy`. Default 32. */
  readonly waiting?: number;
  /** Longest time one file may take on its thread, ms; beyond, it counts as `truncated`. Default 10,000. */
  readonly deadlineMs?: number;
  readonly clock?: Clock;
}

interface DecodeOptions {
  /** Rate of the decoded PCM, Hz. */
  readonly rate: SampleRate;
  /** Longest recording accepted, ms of decoded audio; the length the file claims plays no part. */
  readonly maxMs: number;
  /** Ends the work and frees its place at once. */
  readonly signal: AbortSignal;
}

export interface DecodedUpload {
  /** Mono. */
  readonly pcm: Int16Array;
  /** Format by the file's bytes. */
  readonly format: UploadFormat;
  readonly durationMs: number;
  /** Whether anybody speaks in it. */
  readonly speech: boolean;
}

export interface UploadDecoder {
  /**
   * Decodes the file at path `file`.
   * @throws UploadError, the signal's reason, or an Error where the file cannot be read from the disk.
   */
  decode(file: string, options: DecodeOptions): Promise<DecodedUpload>;
  /** Refuses waiting, running and later files as `busy`, and ends the threads. */
  close(): Promise<void>;
}

/** Opens the decoder. Threads, which run the module `worker`, start with the first file. */
export function openUploadDecoder(
  options: UploadDecoderOptions = {},
  worker = new URL("./worker.ts", import.meta.url),
): UploadDecoder {
  const { waiting = 32, deadlineMs = 10_000, clock = systemClock, cores = availableParallelism() } = options;
  const count = options.threads ?? Math.min(4, Math.max(1, cores - 1));
  const threads = openThreads(
    Array.from({ length: count }, () => openDecodingThread(worker)),
    waiting,
  );
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();

  const decode = async (file: string, { rate, maxMs, signal }: DecodeOptions): Promise<DecodedUpload> => {
    signal.throwIfAborted();
    const life = new AbortController();
    const unlink = [signal, closing.signal].map((parent) => onAbort(parent, () => life.abort(parent.reason)));
    try {
      const thread = await threads.take(life.signal);
      const cancel = clock.after(deadlineMs, () => life.abort(new UploadError("truncated", "took too long")));
      try {
        return await decodeOn(thread, { file, rate, maxMs }, life.signal);
      } finally {
        cancel();
        threads.giveBack(thread);
      }
    } finally {
      for (const each of unlink) each();
    }
  };
  return {
    decode(file, decodeOptions) {
      const task = decode(file, decodeOptions);
      const settled = task.catch(() => {}).finally(() => running.delete(settled));
      running.add(settled);
      return task;
    },
    async close() {
      closing.abort(new UploadError("busy", "the decoder is closed"));
      await Promise.all(running);
      await threads.close();
    },
  };
}

async function decodeOn(
  thread: DecodingThread,
  task: DecodeTask,
  signal: AbortSignal,
): Promise<DecodedUpload> {
  const answer = await thread.run(task, signal).catch((cause: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw new UploadError("truncated", "the decoding thread died", { cause });
  });
  if ("broken" in answer) throw new UploadError("truncated", "the decoder broke", { cause: answer.broken });
  if ("unreadable" in answer) throw new Error(`upload cannot be read: ${answer.unreadable}`);
  if ("refused" in answer) throw new UploadError(answer.refused, answer.message);
  return { ...answer, durationMs: durationMs(answer.pcm.length, task.rate) };
}

/** Threads handed out one to a file, in the order asked for; at most `limit` files wait. */
function openThreads(all: readonly DecodingThread[], limit: number) {
  const idle = [...all];
  const queue: ((thread: DecodingThread) => void)[] = [];
  return {
    /** @throws UploadError `busy`, or the signal's reason. */
    take(signal: AbortSignal): Promise<DecodingThread> {
      signal.throwIfAborted();
      const free = idle.pop();
      if (free) return Promise.resolve(free);
      if (queue.length >= limit) throw new UploadError("busy", `${limit} uploads wait already`);
      return new Promise((resolve, reject) => {
        const onThread = (thread: DecodingThread) => {
          unlink();
          resolve(thread);
        };
        queue.push(onThread);
        const unlink = onAbort(signal, () => {
          queue.splice(queue.indexOf(onThread), 1);
          reject(signal.reason);
        });
      });
    },
    giveBack(thread: DecodingThread): void {
      const next = queue.shift();
      if (next) next(thread);
      else idle.push(thread);
    },
    close: () => Promise.all(all.map((thread) => thread.close())),
  };
}
