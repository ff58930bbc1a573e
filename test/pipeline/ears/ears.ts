/** What the ears' tests share: recordings, made-up sounds, and a listener that writes everything down. */
import { readFileSync } from "node:fs";
import { durationMs, joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { readWav } from "../../../src/pipeline/audio/wav.ts";
import type { EarEvent, EarInput, EarSettings } from "../../../src/pipeline/ears/ear-events.ts";
import { listen } from "../../../src/pipeline/ears/listen.ts";
import type { ServerVad } from "../../../src/pipeline/ears/turn-detection.ts";
import type { TranscribeOptions, Transcriber, TranscriptEvent } from "../../../src/ports/transcriber.ts";

export const rate = 24_000;

/** One of the recordings in test/fixtures/speech. */
export const recording = (name: string): Int16Array =>
  readWav(readFileSync(`test/fixtures/speech/${name}.wav`)).pcm;

export const silence = (ms: number, at = rate): Int16Array => new Int16Array((ms * at) / 1000);

/** A sound from a function of time in seconds, its loudest sample at `dbfs`. */
export function sound(ms: number, dbfs: number, shape: (seconds: number) => number, at = rate): Int16Array {
  const raw = Float64Array.from({ length: (ms * at) / 1000 }, (_, i) => shape(i / at));
  return atLevel(raw, dbfs);
}

/** The same audio with its loudest sample at `dbfs`. */
export function atLevel(audio: ArrayLike<number>, dbfs: number): Int16Array {
  let peak = 1e-9;
  for (let i = 0; i < audio.length; i++) peak = Math.max(peak, Math.abs(audio[i]!));
  const gain = (32_767 * 10 ** (dbfs / 20)) / peak;
  return Int16Array.from({ length: audio.length }, (_, i) => Math.round(audio[i]! * gain));
}

/** Audio with noise `snrDb` under its mean level; the same noise every time. */
export function withNoise(audio: Int16Array, snrDb: number): Int16Array {
  const noise = seededNoise(7);
  const power = audio.reduce((sum, sample) => sum + sample * sample, 0) / audio.length;
  const size = Math.sqrt(power) * 10 ** (-snrDb / 20);
  return audio.map((sample) => sample + size * noise());
}

/** Numbers of about normal distribution, the same for the same seed. */
export function seededNoise(seed: number): () => number {
  let state = seed >>> 0;
  const next = () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return () => (next() + next() + next() + next() + next() + next() - 3) * Math.SQRT2;
}

export const serverVad: ServerVad = {
  type: "server_vad",
  threshold: 0.5,
  prefixPaddingMs: 300,
  silenceMs: 500,
};

export const settings = (over: Partial<EarSettings> = {}): EarSettings => ({
  rate,
  detection: serverVad,
  language: "en-US",
  measureDelivery: false,
  ...over,
});

/** A transcriber that writes down what it was given; its transcript is the number of samples, as words or as none. */
export function recorder(partials = 0, understood = true) {
  const heard: Int16Array[] = [];
  const asked: TranscribeOptions[] = [];
  let running = 0;
  const transcriber: Transcriber = {
    name: "recorder",
    async *transcribe(audio, options): AsyncGenerator<TranscriptEvent> {
      const index = asked.push(options) - 1;
      const pieces: Int16Array[] = [];
      running++;
      try {
        for await (const pcm of audio) {
          pieces.push(pcm.slice());
          if (pieces.length <= partials) yield { type: "partial", text: "so ".repeat(pieces.length).trim() };
        }
        heard[index] = joinPcm(pieces);
        yield { type: "final", transcript: { text: `${heard[index].length}`, understood } };
      } finally {
        running--;
      }
    },
  };
  return {
    transcriber,
    heard,
    asked,
    get running() {
      return running;
    },
  };
}

export const audioInput = (pcm: Int16Array): EarInput => ({ type: "audio", pcm });

/** Cuts audio into chunks, the sizes (in samples) taken in turn. */
export function* cut(pcm: Int16Array, sizes: readonly number[] = [480]): Generator<EarInput> {
  for (let at = 0, k = 0; at < pcm.length; k++) {
    const end = Math.min(pcm.length, at + sizes[k % sizes.length]!);
    yield audioInput(pcm.subarray(at, end));
    at = end;
  }
}

export async function* stream(inputs: Iterable<EarInput>): AsyncGenerator<EarInput> {
  yield* inputs;
}

export interface HearOptions {
  settings?: EarSettings;
  transcriber?: Transcriber;
  maxUtteranceMs?: number;
}

/** Everything the ears say to these inputs. */
export async function hear(inputs: Iterable<EarInput>, options: HearOptions = {}): Promise<EarEvent[]> {
  const events: EarEvent[] = [];
  const ears = listen(stream(inputs), {
    settings: options.settings ?? settings(),
    transcriber: options.transcriber ?? recorder().transcriber,
    signal: new AbortController().signal,
    ...(options.maxUtteranceMs !== undefined && { maxUtteranceMs: options.maxUtteranceMs }),
  });
  for await (const event of ears) events.push(event);
  return events;
}

export const typesOf = (events: readonly EarEvent[]): string[] => events.map((event) => event.type);

export const only = <T extends EarEvent["type"]>(events: readonly EarEvent[], type: T) =>
  events.filter((event): event is Extract<EarEvent, { type: T }> => event.type === type);

export const msOf = (pcm: Int16Array): number => durationMs(pcm.length, rate);
