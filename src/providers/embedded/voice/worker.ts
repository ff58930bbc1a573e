/** A thread of the synthesizer: one text a task, its audio streamed back over a port. */
import type { MessagePort } from "node:worker_threads";
import { joinPcm } from "../../../pipeline/audio/pcm.ts";
import { createResampler, type Resampler } from "../../../pipeline/audio/resample.ts";
import type { SpeechChunk } from "../../../ports/synthesizer.ts";
import { type Engine, loadEngine } from "./engine.ts";
import { pauseAfter } from "./pauses.ts";
import { spokenForm } from "./spoken-form.ts";
import { stretchTime } from "./time-stretch.ts";
import { type EmbeddedVoice, findLanguage } from "./voices.ts";
import { timeChunks } from "./word-times.ts";

/** One text to speak. */
export interface SpeakTask {
  /** The text as written, and short: it is spoken to its end in one go. */
  readonly text: string;
  readonly voice: EmbeddedVoice;
  /** BCP 47. */
  readonly language: string;
  readonly speed: number;
  /** Words of the text that are emphasised. */
  readonly emphasis?: readonly string[] | undefined;
  /** Rate of the audio that comes back, Hz. */
  readonly rate: number;
  /** Port for the answers; absent: nobody listens (a warm-up). */
  readonly port?: MessagePort;
  /** Shared; anything but 0 in it: stop. */
  readonly stop: Int32Array;
  /** Module to load in place of the engine's package. */
  readonly engine?: string;
}

export type SpeakFailure = "not_installed" | "language" | "crashed";

/** Messages over the port: chunks, then one of the others. */
export type SpeakResult =
  | SpeechChunk
  | { readonly done: true }
  | { readonly failed: SpeakFailure; readonly message: string };

/** The engine's slowest pace, words a minute; slower speech is stretched. */
const SLOWEST_PACE = 80;

let engine: Engine | undefined;
const resamplers = new Map<number, Resampler>();

/** Speaks a task; resolves when all of it has been posted, with how it ended. Never rejects of its own. */
export default async function speak(task: SpeakTask): Promise<SpeakResult> {
  const answer = await attempt(task);
  task.port?.postMessage(answer);
  return answer;
}

async function attempt(task: SpeakTask): Promise<SpeakResult> {
  try {
    engine ??= await loadEngine(task.engine);
  } catch (error) {
    return { failed: "not_installed", message: String(error) };
  }
  const language = findLanguage(task.voice.language ?? task.language, engine.languages);
  if (language === undefined) return { failed: "language", message: task.language };
  try {
    await speakWith(engine, task, language);
    return { done: true };
  } catch (error) {
    // After an abort inside the WASM nothing of it can be trusted: the next task loads it afresh.
    engine = undefined;
    return { failed: "crashed", message: String(error) };
  }
}

async function speakWith(engine: Engine, task: SpeakTask, language: string): Promise<void> {
  const { voice, speed, rate, stop } = task;
  const { text, words } = spokenForm(task.text, voice.language ?? task.language, task.emphasis);
  const resampler = await resamplerTo(engine.rate, rate);
  const wanted = voice.pace * speed;
  const pace = Math.max(wanted, SLOWEST_PACE);
  const stretch = pace / wanted;
  const timer = timeChunks(words, rate, stretch);
  const post = (chunks: readonly SpeechChunk[]) => {
    for (const chunk of chunks) task.port?.postMessage(chunk, [chunk.pcm.buffer as ArrayBuffer]);
  };
  const whole: Int16Array[] = [];
  const settings = { ...voice, pace, voice: `${language}+${voice.timbre}` };
  engine.speak(text, settings, (pcm, events) => {
    if (Atomics.load(stop, 0) !== 0) return false;
    timer.addEvents(events);
    if (stretch > 1) whole.push(pcm);
    else {
      timer.add(resampler.process(pcm));
      post(timer.ready());
    }
    return true;
  });
  if (stretch > 1 && Atomics.load(stop, 0) === 0)
    for (const pcm of slowed(whole, stretch, engine.rate)) timer.add(resampler.process(pcm));
  timer.add(resampler.flush());
  timer.add(new Int16Array(Math.round((pauseAfter(text) * rate) / (1000 * speed))));
  if (Atomics.load(stop, 0) === 0) post(timer.flush());
}

/** Stretches a whole text's audio and cuts it into chunks again, 100 ms each. */
function* slowed(chunks: readonly Int16Array[], factor: number, rate: number): Generator<Int16Array> {
  const slow = stretchTime(joinPcm(chunks), factor, rate);
  for (let from = 0; from < slow.length; from += rate / 10)
    yield slow.slice(Math.floor(from), Math.floor(from + rate / 10));
}

/** Resamplers are kept per rate: a flushed one begins a new stream. */
async function resamplerTo(from: number, to: number): Promise<Resampler> {
  let resampler = resamplers.get(to);
  if (!resampler) {
    resampler = await createResampler(from, to);
    resamplers.set(to, resampler);
  }
  return resampler;
}
