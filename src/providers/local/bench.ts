/** Measures a local model on this machine: how long it takes to load, its memory, and how quick it is for several talkers. */
import { type Clock, sleep, systemClock } from "../../lib/clock.ts";
import type { InstalledModel } from "./models/installed-models.ts";
import { localSynthesizer } from "./synthesizer.ts";
import { localTranscriber } from "./transcriber.ts";

export interface Speech {
  readonly pcm: Int16Array;
  readonly rate: number;
}

export interface ModelFigures {
  readonly loadMs: number;
  readonly memoryBytes: number;
  readonly rounds: readonly RoundFigures[];
}

/** Figures of a number of talkers at once. */
interface RoundFigures {
  readonly talkers: number;
  /** From the end of speech to its transcript, or from a sentence to its first sound. */
  readonly medianMs: number;
  readonly worstMs: number;
}

/** The sentence that a voice is measured with. */
export const benchSentence = "What would you like to have done by Friday?";

/** Measures a model with each number of talkers; `speech` is what is said to a recogniser, in real time. */
export async function benchModel(
  model: InstalledModel,
  talkers: readonly number[],
  speech: Speech,
  clock: Clock = systemClock,
): Promise<ModelFigures> {
  const engine =
    model.kind === "voice" ? localSynthesizer({ models: [model] }) : localTranscriber({ models: [model] });
  const language = model.languages?.[0] ?? "en";
  const signal = new AbortController().signal;
  const talk = async () => {
    if ("synthesize" in engine) {
      const asked = clock.now();
      const call = { voice: model.name, speed: 1, language, rate: 24_000, signal };
      for await (const _ of engine.synthesize(benchSentence, call)) return clock.now() - asked;
      return clock.now() - asked;
    }
    let ended = 0;
    async function* audio() {
      const step = Math.round(speech.rate / 50);
      const begun = clock.now();
      for (let at = 0; at < speech.pcm.length; at += step) {
        yield speech.pcm.slice(at, at + step);
        const dueMs = ((at + step) / speech.rate) * 1000 - (clock.now() - begun);
        if (dueMs > 0) await sleep(clock, dueMs);
      }
      ended = clock.now();
    }
    for await (const _ of engine.transcribe(audio(), { rate: speech.rate, language, signal }));
    return clock.now() - ended;
  };
  try {
    const opening = clock.now();
    await engine.open();
    const loadMs = clock.now() - opening;
    const rounds: RoundFigures[] = [];
    for (const count of talkers) {
      const times = (await Promise.all(Array.from({ length: count }, talk))).sort((a, b) => a - b);
      rounds.push({ talkers: count, medianMs: times[times.length >> 1]!, worstMs: times.at(-1)! });
    }
    return { loadMs, memoryBytes: await engine.memory(), rounds };
  } finally {
    await engine.close();
  }
}
