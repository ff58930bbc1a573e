/** The offline ears' last step: SoundSwallower's models in worker threads tell what was read or commanded. */
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { channel } from "../../../lib/channel.ts";
import { StageError } from "../../../lib/errors.ts";
import { untilAborted } from "../../../lib/until-aborted.ts";
import { joinPcm } from "../../../pipeline/audio/pcm.ts";
import { spokenLanguage } from "../../../pipeline/text-normalization/spoken-words.ts";
import type {
  TranscribeOptions,
  Transcriber,
  Transcript,
  TranscriptEvent,
} from "../../../ports/transcriber.ts";
import { type SpeakerProfile, updateProfile } from "./acoustic/model-adaptation.ts";
import type { Recognition } from "./recogniser.ts";
import type { RecognitionTask } from "./worker.ts";

export interface EmbeddedTranscriberOptions {
  /** Threads that listen, each with its own models (about 150 MB a language); default: the processors but one, 2–4. */
  readonly threads?: number;
  /** Module that threads run in place of the recogniser, for tests. */
  readonly worker?: string;
}

export interface EmbeddedTranscriber extends Transcriber {
  /** Ends the threads; what is being heard fails. */
  close(): Promise<void>;
}

/** Utterances that wait for a thread; beyond this one fails as `rate_limited`. */
const WAITING_UTTERANCES = 256;
/** Longest utterance that is listened to, s; what comes after is not heard. */
const LONGEST_S = 60;
/** Less than this, s, holds no word. */
const SHORTEST_S = 0.1;
/** New audio between two partials, s. */
const PARTIAL_EVERY_S = 0.5;
/** Partials come from at most so much audio, s: decoding more again and again costs more than it shows. */
const PARTIAL_LONGEST_S = 20;

/**
 * Opens the ears: starts the threads and loads English into each.
 * @throws StageError `transcribe`/`unavailable` where the engine cannot be loaded.
 */
export async function openEmbeddedTranscriber(
  options: EmbeddedTranscriberOptions = {},
): Promise<EmbeddedTranscriber> {
  const threads = options.threads ?? Math.min(4, Math.max(2, availableParallelism() - 1));
  const pool = openPool(threads, options.worker ?? new URL("./worker.ts", import.meta.url).href);
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
  const voices: Voices = new WeakMap();
  return {
    name: "soundswallower",
    transcribe: (audio, options) => transcribe(pool, voices, audio, options),
    close: () => pool.close(),
  };
}

/** What is known of those who speak, as long as they are known themselves. */
type Voices = WeakMap<object, SpeakerProfile>;

interface Pool {
  /** Takes the task's audio away from the caller. @throws StageError */
  run(task: RecognitionTask): Promise<Recognition>;
  /** Whether a thread could be spared for a partial without a final ever waiting for it. */
  spare(): boolean;
  close(): Promise<void>;
}

function openPool(threads: number, filename: string): Pool {
  const pool: Piscina<RecognitionTask, Recognition> = new Piscina({
    filename,
    minThreads: threads,
    maxThreads: threads,
    concurrentTasksPerWorker: 1,
    maxQueue: WAITING_UTTERANCES,
    recordTiming: false,
    env: {},
  });
  // A thread that dies between two tasks is replaced by the pool; within a task, the task fails.
  pool.on("error", () => {});
  let running = 0;
  return {
    async run(task) {
      if (pool.queueSize >= WAITING_UTTERANCES) throw new StageError("transcribe", "rate_limited");
      running++;
      try {
        return await pool.run(task, { transferList: [task.pcm.buffer] as never });
      } catch (cause) {
        throw new StageError("transcribe", "unavailable", { cause });
      } finally {
        running--;
      }
    },
    spare: () => running === 0 && threads > 1,
    close: () => pool.destroy(),
  };
}

function transcribe(
  pool: Pool,
  voices: Voices,
  audio: AsyncIterable<Int16Array>,
  options: TranscribeOptions,
): AsyncIterable<TranscriptEvent> {
  const events = channel<TranscriptEvent>(64);
  const utterance = openUtterance(pool, voices, options, (text) => events.push({ type: "partial", text }));
  let started = false;
  const hear = async () => {
    for await (const pcm of untilAborted(audio, options.signal)) {
      if (!utterance.add(pcm)) return;
    }
    events.push({ type: "final", transcript: await utterance.finish() });
  };
  return {
    async *[Symbol.asyncIterator]() {
      if (started) return;
      started = true;
      hear().then(
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

const NOTHING: Transcript = { text: "", understood: false };

/** The audio of one utterance so far, re-heard in part while it grows and in full at its end. */
function openUtterance(
  pool: Pool,
  voices: Voices,
  options: TranscribeOptions,
  onPartial: (text: string) => void,
) {
  const { rate, expectation, speaker, signal } = options;
  const language = spokenLanguage(options.language);
  const text = expectation?.kind === "reading" ? expectation.text : undefined;
  const rival = expectation?.kind === "reading" ? expectation.rival : undefined;
  const chunks: Int16Array[] = [];
  let length = 0;
  let heardLength = 0;
  let hearingPart = false;
  let over = false;
  let shown = "";
  const task = (partial: boolean): RecognitionTask => {
    if (!language) throw new StageError("transcribe", "unsupported");
    const expected = { ...(text !== undefined && { text }), ...(rival !== undefined && { rival }) };
    return { pcm: joinPcm(chunks), rate, language, ...expected, partial };
  };
  // The words so far of one word would be the one that is asked for, whichever is being said.
  const partDue = () =>
    text !== undefined &&
    rival === undefined &&
    language !== undefined &&
    !over &&
    !hearingPart &&
    length - heardLength >= PARTIAL_EVERY_S * rate &&
    length <= PARTIAL_LONGEST_S * rate;
  const hearPart = () => {
    if (!partDue() || !pool.spare()) return;
    hearingPart = true;
    heardLength = length;
    pool
      .run(task(true))
      .then((part) => {
        if (over || part.text === "" || part.text === shown) return;
        shown = part.text;
        onPartial(shown);
      })
      // The final will fail for the same reason, or succeed: a partial is never worth an error.
      .catch(() => {})
      .finally(() => {
        hearingPart = false;
        hearPart();
      });
  };
  return {
    /** False: nobody waits for the answer any more. */
    add(pcm: Int16Array): boolean {
      if (over) return false;
      const room = LONGEST_S * rate - length;
      if (room <= 0 || pcm.length === 0) return true;
      const kept = pcm.slice(0, room);
      chunks.push(kept);
      length += kept.length;
      hearPart();
      return true;
    },
    async finish(): Promise<Transcript> {
      over = true;
      if (!language) throw new StageError("transcribe", "unsupported");
      if (length < SHORTEST_S * rate) return NOTHING;
      // Only a reading is judged by what is known of the voice: nothing else need carry it to the thread.
      const voice = speaker && text !== undefined && rival === undefined && voices.get(speaker);
      const { sample, ...transcript } = await pool.run({ ...task(false), ...(voice && { voice }) });
      // Of a draft that was given up on, nothing is learnt: all of it comes again.
      if (speaker && sample && text !== undefined && !signal.aborted)
        voices.set(speaker, updateProfile(voices.get(speaker), sample, text));
      return transcript;
    },
    abandon() {
      over = true;
      chunks.length = 0;
    },
  };
}
