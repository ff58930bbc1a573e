/** The embedded Transcriber: SoundSwallower's models in worker threads, for readings of a known text and spoken commands. */
import { availableParallelism } from "node:os";
import { channel } from "../../../lib/channel.ts";
import { untilAborted } from "../../../lib/until-aborted.ts";
import type { TranscribeOptions, Transcriber, TranscriptEvent } from "../../../ports/transcriber.ts";
import { type SpeakerProfiles, Utterance } from "./utterance.ts";
import type { RecognitionTask } from "./worker.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface EmbeddedTranscriberOptions {
  /** Threads, each with its own models (about 150 MB a language). @default the processors but one, 2–4 */
  readonly threads?: number;
  /** Module that the threads run in place of the recogniser, for tests. */
  readonly worker?: string;
}

export interface EmbeddedTranscriber extends Transcriber {
  /** Ends the threads; running transcriptions fail. */
  close(): Promise<void>;
}

/**
 * Opens the transcriber: starts the threads and loads English into each.
 * @throws StageError `transcribe`/`unavailable` where the engine cannot be loaded.
 */
export async function openEmbeddedTranscriber(
  options: EmbeddedTranscriberOptions = {},
): Promise<EmbeddedTranscriber> {
  const threads = options.threads ?? Math.min(4, Math.max(2, availableParallelism() - 1));
  const pool = new WorkerPool(threads, options.worker ?? new URL("./worker.ts", import.meta.url).href);
  const warmUp: RecognitionTask = {
    pcm: new Int16Array(16_000),
    rate: 16_000,
    language: "en",
    partial: false,
  };
  try {
    await Promise.all(
      Array.from({ length: threads }, () => pool.run({ ...warmUp, pcm: warmUp.pcm.slice() })),
    );
  } catch (error) {
    await pool.close();
    throw error;
  }
  const profiles: SpeakerProfiles = new WeakMap();
  return {
    name: "soundswallower",
    transcribe: (audio, options) => transcribe(pool, profiles, audio, options),
    close: () => pool.close(),
  };
}

function transcribe(
  pool: WorkerPool,
  profiles: SpeakerProfiles,
  audio: AsyncIterable<Int16Array>,
  options: TranscribeOptions,
): AsyncIterable<TranscriptEvent> {
  const events = channel<TranscriptEvent>(64);
  const utterance = new Utterance(pool, profiles, options, (text) => events.push({ type: "partial", text }));
  let started = false;
  const run = async () => {
    for await (const pcm of untilAborted(audio, options.signal)) {
      if (!utterance.add(pcm)) return;
    }
    events.push({ type: "final", transcript: await utterance.finish() });
  };
  return {
    async *[Symbol.asyncIterator]() {
      if (started) return;
      started = true;
      run().then(
        () => events.close(),
        (error) => events.close(error),
      );
      try {
        yield* untilAborted(events, options.signal);
      } finally {
        utterance.abandon();
        events.discard();
      }
    },
  };
}
