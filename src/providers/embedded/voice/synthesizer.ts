/** The embedded Synthesizer: eSpeak NG in worker threads, streaming each sentence while it is synthesised. */
import { availableParallelism } from "node:os";
import { MessageChannel } from "node:worker_threads";
import type { Piscina } from "piscina";
import { type Channel, channel } from "../../../lib/channel.ts";
import { StageError } from "../../../lib/errors.ts";
import { untilAborted } from "../../../lib/until-aborted.ts";
import { sentenceSplitter } from "../../../pipeline/mouth/sentences.ts";
import type { SpeechChunk, SynthesizeOptions, Synthesizer } from "../../../ports/synthesizer.ts";
import { openThreadPool, warmThreads } from "../thread-pool.ts";
import { ENGINE_PACKAGE } from "./engine.ts";
import { safeText } from "./safe-text.ts";
import { type EmbeddedVoice, voices } from "./voices.ts";
import type { SpeakResult, SpeakTask } from "./worker.ts";

export interface EmbeddedSynthesizerOptions {
  /** Threads, each with its own engine (about 60 MB). @default half the cores, 1–4 */
  readonly threads?: number;
  /** Cores that the threads may take. @default the processors */
  readonly cores?: number | undefined;
  /** Module to load in place of the engine's package, for tests: a URL that threads can import. */
  readonly engine?: string;
}

export interface EmbeddedSynthesizer extends Synthesizer {
  /** Starts the threads where none runs and loads the engine into each, ahead of the first text. */
  warm(): void;
  /** Ends the threads; running syntheses fail. */
  close(): Promise<void>;
}

/** Texts that wait for a thread; beyond this a call fails as `rate_limited`. */
const WAITING_TEXTS = 256;
/** Longer texts are spoken part by part, so that no call holds a thread for long. */
const LONGEST_TEXT = 300;
/** The next part is made once less than this waits to be read, s; so at most one part and this wait in memory. */
const WAITING_AUDIO_S = 2;
/** Text synthesised ahead, so that the first listener does not wait for the engine to warm up. */
const WARM_UP = "What would you like to have done by Friday? Take your time; there is no hurry at all.";

/**
 * Opens the synthesizer; its threads start with the first text or `warm`.
 * @throws StageError `synthesize`/`unavailable` where the engine's package is not installed; its cause says what to do.
 */
export async function openEmbeddedSynthesizer(
  options: EmbeddedSynthesizerOptions = {},
): Promise<EmbeddedSynthesizer> {
  const { cores = availableParallelism() } = options;
  const threads = options.threads ?? Math.min(4, Math.max(1, cores >> 1));
  const { engine } = options;
  checkInstalled(engine);
  const filename = new URL("./worker.ts", import.meta.url).href;
  const pool: Pool = openThreadPool({ filename, threads, waiting: WAITING_TEXTS });
  return {
    name: "espeak-ng",
    voices: voices.map((voice) => voice.name),
    synthesize: (text, options) => speak(pool, text, options, engine),
    warm: () => warmThreads(pool, () => pool.run(warmUp(engine))),
    close: () => pool.destroy(),
  };
}

type Pool = Piscina<SpeakTask, SpeakResult>;

function checkInstalled(engine: string = ENGINE_PACKAGE): void {
  try {
    import.meta.resolve(engine);
  } catch (error) {
    throw errorOf({ failed: "not_installed", message: String(error) });
  }
}

/** A text that nobody hears. */
function warmUp(engine: string | undefined): SpeakTask {
  return {
    text: WARM_UP,
    voice: voices[0] as EmbeddedVoice,
    language: "en-US",
    speed: 1,
    rate: 24_000,
    stop: new Int32Array(1),
    engine,
  };
}

function errorOf({ failed, message }: Extract<SpeakResult, { failed: string }>): StageError {
  if (failed === "language")
    return new StageError("synthesize", "unsupported", { cause: new Error(`no voice speaks ${message}`) });
  if (failed === "crashed") return new StageError("synthesize", "unavailable", { cause: new Error(message) });
  const advice = `the embedded voice needs the optional package ${ENGINE_PACKAGE} (npm install)`;
  return new StageError("synthesize", "unavailable", {
    retryable: false,
    cause: new Error(`${advice}: ${message}`),
  });
}

/** Speaks a text part by part; each part is made on a thread while the one before it is read. */
async function* speak(
  pool: Pool,
  text: string,
  options: SynthesizeOptions,
  engine: string | undefined,
): AsyncGenerator<SpeechChunk, void, undefined> {
  const { speed, language, rate, emphasis, signal } = options;
  const voice = voices.find((each) => each.name === options.voice);
  if (!voice) throw new StageError("synthesize", "unsupported");
  if (!(speed >= 0.25 && speed <= 1.5)) throw new StageError("synthesize", "rejected");
  signal.throwIfAborted();
  const parts = partsOf(text);
  const about = { voice, language, speed, rate, emphasis, engine };
  const ask = (index: number): SpokenPart | undefined => {
    const part = parts[index];
    return part === undefined ? undefined : startSpeaking(pool, { ...about, text: part });
  };
  let current = ask(0);
  let next: SpokenPart | undefined;
  let samples = 0;
  try {
    for (let index = 0; current; index++) {
      const startMs = (samples / rate) * 1000;
      for await (const chunk of untilAborted(current.chunks, signal)) {
        samples += chunk.pcm.length;
        if (!next && current.chunks.closed && current.chunks.size < WAITING_AUDIO_S * rate)
          next = ask(index + 1);
        yield startMs === 0 ? chunk : shiftWords(chunk, startMs);
      }
      current = next ?? ask(index + 1);
      next = undefined;
    }
  } finally {
    current?.stop();
    next?.stop();
  }
}

function partsOf(text: string): readonly string[] {
  const splitter = sentenceSplitter();
  const pieces = text.length <= LONGEST_TEXT ? [{ text }] : [...splitter.push(text), ...splitter.end()];
  return pieces.map((piece) => piece.text).filter((part) => safeText(part) !== "");
}

function shiftWords(chunk: SpeechChunk, ms: number): SpeechChunk {
  if (!chunk.words) return chunk;
  const words = chunk.words.map(({ text, startMs, endMs }) => ({
    text,
    startMs: startMs + ms,
    endMs: endMs + ms,
  }));
  return { pcm: chunk.pcm, words };
}

/** A part being spoken on a thread. */
interface SpokenPart {
  readonly chunks: Channel<SpeechChunk>;
  /** Cancels the synthesis; the thread stops within 100 ms of audio. */
  stop(): void;
}

function startSpeaking(pool: Pool, task: Omit<SpeakTask, "port" | "stop">): SpokenPart {
  // A part is short: its channel needs no limit of its own, and a thread never waits for a slow reader.
  const chunks = channel<SpeechChunk>(Number.POSITIVE_INFINITY, (chunk) => chunk.pcm.length);
  const { port1: here, port2: there } = new MessageChannel();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const finish = (error?: unknown) => {
    here.close();
    chunks.close(error);
  };
  here.on("message", (answer: SpeakResult) => {
    if ("pcm" in answer) chunks.push(answer);
    else if ("failed" in answer) finish(errorOf(answer));
    else finish();
  });
  // The pool's type for this list comes from an overload that Node's types have since changed.
  const transferList = [there] as never;
  pool.run({ ...task, port: there, stop }, { transferList }).catch((cause: unknown) => {
    const full = pool.queueSize >= WAITING_TEXTS;
    finish(new StageError("synthesize", full ? "rate_limited" : "unavailable", { cause }));
  });
  return {
    chunks,
    stop() {
      Atomics.store(stop, 0, 1);
      here.close();
      chunks.discard();
    },
  };
}
