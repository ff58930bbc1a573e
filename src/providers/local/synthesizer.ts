/** The local Synthesizer: neural voices that run on this machine, each model in a process that all sessions share. */
import { availableParallelism } from "node:os";
import { StageError } from "../../lib/errors.ts";
import { untilAborted } from "../../lib/until-aborted.ts";
import { sentenceSplitter } from "../../pipeline/mouth/sentences.ts";
import type { TimedWord } from "../../ports/audio.ts";
import type { SpeechChunk, SynthesizeOptions, Synthesizer } from "../../ports/synthesizer.ts";
import { spokenForm } from "../embedded/voice/spoken-form.ts";
import { ProportionalWords } from "../openai/speech/proportional-words.ts";
import { controlsOf, type EngineCall, type EngineControls, LocalEngine } from "./engine/local-engine.ts";
import { type InstalledModel, isFor } from "./models/installed-models.ts";

export interface LocalSynthesizerOptions {
  /** In order of preference: the default voice is the first that speaks the reply's language. At least one. */
  readonly models: readonly [InstalledModel, ...InstalledModel[]];
  /** Cores that each model may take. @default the processors */
  readonly cores?: number | undefined;
}

export interface LocalSynthesizer extends Synthesizer, EngineControls {}

/** A voice that can be asked for: a speaker of a model. */
interface LocalVoice {
  readonly name: string;
  readonly engine: LocalEngine;
  readonly speaker: number;
}

/** Most speakers of a model that are offered by number; some models have hundreds. */
const mostSpeakers = 100;
/** Length of a chunk, s. */
const chunkSeconds = 0.1;

/** Makes the synthesizer; the first model is loaded by `open`, others with their first sentence. */
export function localSynthesizer(options: LocalSynthesizerOptions): LocalSynthesizer {
  const { models, cores = availableParallelism() } = options;
  const threads = Math.min(4, cores);
  const engines = models.map((model) => new LocalEngine({ model, threads })) as [
    LocalEngine,
    ...LocalEngine[],
  ];
  const [first] = engines;
  const voices = engines.flatMap(voicesOf);
  return {
    name: `local/${first.model.name}`,
    voices: ["default", ...voices.map((voice) => voice.name)],
    async *synthesize(text, call) {
      const { language, signal, speed } = call;
      signal.throwIfAborted();
      const known = call.voice === "default" || voices.some((voice) => voice.name === call.voice);
      if (!known) throw new StageError("synthesize", "unsupported");
      if (!(speed >= 0.25 && speed <= 1.5)) throw new StageError("synthesize", "rejected");
      const voice =
        call.voice === "default"
          ? voices.find(({ engine }) => isFor(engine.model, language))
          : voices.find((each) => each.name === call.voice);
      if (!voice) throw new StageError("synthesize", "unsupported", { cause: noVoiceFor(language) });
      yield* speak(voice, text, call);
    },
    ...controlsOf(engines),
  };
}

/** The voices of a model: by its name, and where it has several speakers, by their numbers behind it. */
function voicesOf(engine: LocalEngine): readonly LocalVoice[] {
  const { name, speakers } = engine.model;
  const numbered = Array.from({ length: Math.min(speakers, mostSpeakers) - 1 }, (_, i) => i + 1);
  return [
    { name, engine, speaker: 0 },
    ...numbered.map((speaker) => ({ name: `${name}/${speaker}`, engine, speaker })),
  ];
}

/** Speaks sentence by sentence; each is made while the one before it is read. */
async function* speak(
  voice: LocalVoice,
  text: string,
  options: SynthesizeOptions,
): AsyncGenerator<SpeechChunk, void, undefined> {
  const { signal } = options;
  const sentences = sentencesIn(text, options.language);
  const ask = (sentence: Sentence | undefined) => sentence && beginSentence(voice, sentence, options);
  let current: SpokenSentence | undefined;
  let next: SpokenSentence | undefined;
  let startMs = 0;
  try {
    current = ask(sentences[0]);
    for (let index = 1; current; index++) {
      const pcm = await soundOf(current.call, signal);
      next = ask(sentences[index]);
      for (const chunk of chunksOf(pcm, current.sentence.written, options.rate, startMs)) {
        signal.throwIfAborted();
        yield chunk;
      }
      startMs += (pcm.length / options.rate) * 1000;
      current = next;
      next = undefined;
    }
  } finally {
    current?.call.drop();
    next?.call.drop();
  }
}

/** A sentence as it is written, and as the voice is given it. */
interface Sentence {
  readonly written: string;
  readonly spoken: string;
}

function sentencesIn(text: string, language: string): readonly Sentence[] {
  const splitter = sentenceSplitter();
  return [...splitter.push(text), ...splitter.end()]
    .map(({ text: written }) => ({ written, spoken: spokenForm(written, language).text }))
    .filter(({ spoken }) => spoken !== "");
}

interface SpokenSentence {
  readonly sentence: Sentence;
  readonly call: EngineCall;
}

function beginSentence(
  { engine, speaker }: LocalVoice,
  sentence: Sentence,
  { speed, rate }: SynthesizeOptions,
): SpokenSentence {
  return { sentence, call: engine.begin({ type: "speak", text: sentence.spoken, speaker, speed, rate }) };
}

async function soundOf({ answers }: EngineCall, signal: AbortSignal): Promise<Int16Array> {
  for await (const answer of untilAborted(answers, signal)) if (answer.type === "sound") return answer.pcm;
  throw new StageError("synthesize", "unavailable", { cause: new Error("the voice's process ended") });
}

/** Cuts a sentence's audio; each chunk has the words that begin in it, by their share of the sentence. */
function* chunksOf(
  pcm: Int16Array,
  written: string,
  rate: number,
  startMs: number,
): Generator<SpeechChunk, void, undefined> {
  const msOf = (samples: number) => (samples / rate) * 1000;
  const words = new ProportionalWords(written, msOf(pcm.length));
  const length = Math.round(chunkSeconds * rate);
  for (let at = 0; at < pcm.length; at += length) {
    const piece = pcm.subarray(at, at + length);
    const begun = words.until(msOf(at + piece.length)).map((word) => shifted(word, startMs));
    yield begun.length > 0 ? { pcm: piece, words: begun } : { pcm: piece };
  }
}

const shifted = ({ text, startMs, endMs }: TimedWord, ms: number): TimedWord => ({
  text,
  startMs: startMs + ms,
  endMs: endMs + ms,
});

function noVoiceFor(language: string): Error {
  return new Error(`no voice of those installed speaks ${language}; kuku models list shows which there are`);
}
