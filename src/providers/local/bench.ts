/** Measures a local model on this machine: how long it takes to load, its memory, and how quick and how fair it is for several talkers. */
import { type Clock, sleep, systemClock } from "../../lib/clock.ts";
import type { InstalledModel } from "./models/installed-models.ts";
import { type LocalSynthesizer, localSynthesizer } from "./synthesizer.ts";
import { type LocalTranscriber, localTranscriber } from "./transcriber.ts";

export interface Speech {
  readonly pcm: Int16Array;
  readonly rate: number;
}

export interface ModelFigures {
  readonly loadMs: number;
  /** Memory of the process once the model is loaded. */
  readonly memoryBytes: number;
  readonly rounds: readonly RoundFigures[];
}

/** Figures of a number of talkers at once. */
interface RoundFigures {
  readonly talkers: number;
  /** From the end of speech to its transcript, or from a sentence to its first sound. */
  readonly medianMs: number;
  readonly worstMs: number;
  /** Partials that the talkers had who had the fewest and the most; undefined: the model gives none. */
  readonly partials: { readonly fewest: number; readonly most: number } | undefined;
  /** Memory of the process after the round. */
  readonly memoryBytes: number;
}

export interface BenchOptions {
  readonly model: InstalledModel;
  /** Models of punctuation that a recogniser has beside it. */
  readonly punctuation: readonly InstalledModel[];
  readonly talkers: readonly number[];
  /** Audio that a recogniser hears, in real time. */
  readonly speech: Speech;
  readonly clock?: Clock;
}

/** Figures of one talker. */
interface Turn {
  readonly waitedMs: number;
  readonly partials: number;
}

/** The sentence that a voice is measured with. */
export const benchSentence = "What would you like to have done by Friday?";

/** Measures a model with each number of talkers. */
export async function benchModel(options: BenchOptions): Promise<ModelFigures> {
  const { model, punctuation, talkers, clock = systemClock } = options;
  const engine =
    model.kind === "voice"
      ? localSynthesizer({ models: [model] })
      : localTranscriber({ models: [model], punctuation });
  const talk = () =>
    "synthesize" in engine ? listen(engine, options, clock) : speak(engine, options, clock);
  try {
    const opening = clock.now();
    const memoryBytes = await engine.open();
    const loadMs = clock.now() - opening;
    const rounds: RoundFigures[] = [];
    for (const count of talkers) {
      const turns = await Promise.all(Array.from({ length: count }, talk));
      rounds.push({ ...summarize(turns, model), memoryBytes: await engine.memory() });
    }
    return { loadMs, memoryBytes, rounds };
  } finally {
    await engine.close();
  }
}

function summarize(turns: readonly Turn[], { kind }: InstalledModel): Omit<RoundFigures, "memoryBytes"> {
  const waits = turns.map(({ waitedMs }) => waitedMs).sort((a, b) => a - b);
  const partials = turns.map((turn) => turn.partials);
  return {
    talkers: turns.length,
    medianMs: waits[waits.length >> 1]!,
    worstMs: waits.at(-1)!,
    partials:
      kind === "streaming" ? { fewest: Math.min(...partials), most: Math.max(...partials) } : undefined,
  };
}

const languageOf = ({ languages }: InstalledModel) => languages?.[0] ?? "en";

/** Waits for the first sound of a sentence. */
async function listen(voice: LocalSynthesizer, { model }: BenchOptions, clock: Clock): Promise<Turn> {
  const { signal } = new AbortController();
  const call = { voice: model.name, speed: 1, language: languageOf(model), rate: 24_000, signal };
  const asked = clock.now();
  for await (const _ of voice.synthesize(benchSentence, call)) break;
  return { waitedMs: clock.now() - asked, partials: 0 };
}

/** Speaks in real time, and waits for the transcript. */
async function speak(
  ears: LocalTranscriber,
  { model, speech: { pcm, rate } }: BenchOptions,
  clock: Clock,
): Promise<Turn> {
  let ended = 0;
  async function* audio() {
    const step = Math.round(rate / 50);
    const begun = clock.now();
    for (let at = 0; at < pcm.length; at += step) {
      yield pcm.slice(at, at + step);
      const dueMs = ((at + step) / rate) * 1000 - (clock.now() - begun);
      if (dueMs > 0) await sleep(clock, dueMs);
    }
    ended = clock.now();
  }
  let partials = 0;
  const { signal } = new AbortController();
  for await (const event of ears.transcribe(audio(), { rate, language: languageOf(model), signal }))
    if (event.type === "partial") partials++;
  return { waitedMs: clock.now() - ended, partials };
}
