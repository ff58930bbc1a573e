/** The embedded Transcriber: SoundSwallower's models in worker threads, for readings of a known text, spoken commands, and free speech in English. */

import { access } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { channel } from "../../../lib/channel.ts";
import { StageError } from "../../../lib/errors.ts";
import { produce } from "../../../lib/produce.ts";
import { untilAborted } from "../../../lib/until-aborted.ts";
import type { TranscribeOptions, Transcriber, TranscriptEvent } from "../../../ports/transcriber.ts";
import { modelFolder } from "./acoustic/model-folder.ts";
import { type SpeakerProfiles, Utterance } from "./utterance.ts";
import type { RecognitionTask } from "./worker.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface EmbeddedTranscriberOptions {
  /** Threads, each with its own models (about 150 MB a language). @default the cores but one, 2–4 */
  readonly threads?: number;
  /** Cores that the threads may take. @default the processors */
  readonly cores?: number | undefined;
  /** Module that the threads run in place of the recogniser, for tests. */
  readonly worker?: string;
}

export interface EmbeddedTranscriber extends Transcriber {
  /** Starts the threads where none runs and loads English into each, ahead of the first utterance. */
  warm(): void;
  /** Ends the threads; running transcriptions fail. */
  close(): Promise<void>;
}

/**
 * Opens the transcriber; its threads start with the first utterance or `warm`.
 * @throws StageError `transcribe`/`unavailable` where the engine's models are not installed.
 */
export async function openEmbeddedTranscriber(
  options: EmbeddedTranscriberOptions = {},
): Promise<EmbeddedTranscriber> {
  const { cores = availableParallelism() } = options;
  const threads = options.threads ?? Math.min(4, Math.max(2, cores - 1));
  await checkInstalled();
  const pool = new WorkerPool(threads, options.worker ?? new URL("./worker.ts", import.meta.url).href);
  const profiles: SpeakerProfiles = new WeakMap();
  return {
    name: "soundswallower",
    readsAhead: true,
    transcribe: (audio, options) => transcribe(pool, profiles, audio, options),
    warm: () => {
      pool.warm(silence);
      pool.freeSpeech().catch(() => {});
    },
    close: () => pool.close(),
  };
}

/** A second of silence to recognise, whose result nobody needs. */
function silence(): RecognitionTask {
  return { pcm: new Int16Array(16_000), rate: 16_000, language: "en", partial: false };
}

async function checkInstalled(): Promise<void> {
  try {
    await access(modelFolder("en-us"));
  } catch (cause) {
    throw new StageError("transcribe", "unavailable", { retryable: false, cause });
  }
}

function transcribe(
  pool: WorkerPool,
  profiles: SpeakerProfiles,
  audio: AsyncIterable<Int16Array>,
  options: TranscribeOptions,
): AsyncIterable<TranscriptEvent> {
  const events = channel<TranscriptEvent>(64);
  const utterance = new Utterance(pool, profiles, options, (event) => events.push(event));
  options.pauses?.subscribe(utterance);
  const run = async () => {
    for await (const pcm of untilAborted(audio, options.signal)) {
      if (!utterance.add(pcm)) return;
    }
    events.push({ type: "final", transcript: await utterance.finish() });
  };
  return produce(events, run, options.signal, () => utterance.abandon());
}
