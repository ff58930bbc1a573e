/** The scripted Synthesizer for tests, demo and bench: a tone as long as the spoken text would be. */
import { type Clock, sleep, systemClock } from "../../lib/clock.ts";
import { StageError } from "../../lib/errors.ts";
import type { TimedWord } from "../../ports/audio.ts";
import type { SpeechChunk, SynthesizeOptions, Synthesizer } from "../../ports/synthesizer.ts";
import { answerReader, playOutputs, reportUsage, type Script, type ScriptedTiming } from "./script.ts";

/** Speech of one sentence. `fail` strikes after `failAfter` chunks, left out: before the first. */
export interface ScriptedSpeech extends ScriptedTiming {
  /** Length of the audio per character of text at speed 1, ms; default 60. */
  readonly msPerCharacter?: number;
  /** Length of a chunk, ms; default 100. */
  readonly chunkMs?: number;
  /** Chunks come no sooner than they would be played; default as fast as they are read. */
  readonly realTime?: boolean;
  /** Whether chunks carry word times; default true. */
  readonly timesWords?: boolean;
}

/** The call that a script function answers. */
export interface SynthesizeCall {
  readonly text: string;
  readonly options: SynthesizeOptions;
}

/**
 * A Synthesizer that speaks as `script` says: a soft 220 Hz tone in place of words. Its chunks are views of buffers
 * that all calls share: whoever reads them must neither write into them nor transfer them.
 * @throws RangeError for a script without answers.
 */
export function scriptedSynthesizer(
  script: Script<SynthesizeCall, ScriptedSpeech> = [{}],
  options: { readonly clock?: Clock; readonly voices?: readonly string[] } = {},
): Synthesizer {
  const { clock = systemClock, voices = ["scripted"] } = options;
  const nextAnswer = answerReader(script);
  return {
    name: "scripted",
    voices,
    synthesize: (text, options) => speak(text, options, nextAnswer({ text, options }), voices, clock),
  };
}

async function* speak(
  text: string,
  options: SynthesizeOptions,
  answer: ScriptedSpeech,
  voices: readonly string[],
  clock: Clock,
): AsyncGenerator<SpeechChunk, void, undefined> {
  const { voice, speed, signal } = options;
  if (!voices.includes(voice)) throw new StageError("synthesize", "unsupported");
  if (!(speed >= 0.25 && speed <= 1.5)) throw new StageError("synthesize", "rejected");
  reportUsage("synthesize", answer, options.onUsage);
  const outputs = chunksOf(text, options, answer);
  if (!answer.realTime) {
    yield* playOutputs("synthesize", outputs, answer, clock, signal);
    return;
  }
  let dueAt: number | undefined;
  for await (const chunk of playOutputs("synthesize", outputs, answer, clock, signal)) {
    dueAt ??= clock.now();
    const wait = dueAt - clock.now();
    if (wait > 0) await sleep(clock, wait, signal);
    dueAt += (chunk.pcm.length / options.rate) * 1000;
    yield chunk;
  }
}

function* chunksOf(
  text: string,
  { rate, speed }: SynthesizeOptions,
  { msPerCharacter = 60, chunkMs = 100, timesWords = true }: ScriptedSpeech,
): Generator<SpeechChunk, void, undefined> {
  const msPerLetter = msPerCharacter / speed;
  const total = Math.round((text.trim().length * msPerLetter * rate) / 1000);
  const size = Math.max(1, Math.round((chunkMs * rate) / 1000));
  const hum = toneOf(rate, size);
  const words = timesWords ? wordsOf(text.trim(), msPerLetter) : [];
  let nextWord = 0;
  for (let start = 0; start < total; start += size) {
    const end = Math.min(start + size, total);
    const phase = start % hum.cycle;
    const pcm = hum.pcm.subarray(phase, phase + end - start);
    const first = nextWord;
    const endMs = (end / rate) * 1000;
    while (nextWord < words.length && (words[nextWord] as TimedWord).startMs < endMs) nextWord++;
    yield nextWord > first ? { pcm, words: words.slice(first, nextWord) } : { pcm };
  }
}

function wordsOf(text: string, msPerLetter: number): TimedWord[] {
  const words: TimedWord[] = [];
  for (const match of text.matchAll(/\S+/g)) {
    const startMs = match.index * msPerLetter;
    words.push({ text: match[0], startMs, endMs: startMs + match[0].length * msPerLetter });
  }
  return words;
}

const TONE_HZ = 220;
const PEAK = 3000; // about −21 dBFS: heard, and never loud

/** Tones made so far, by rate and chunk size; a server uses one or two. */
const tones = new Map<string, { pcm: Int16Array; cycle: number }>();

/** A tone that may be read from any sample of its first `cycle` for `size` samples, so that chunks join seamlessly. */
function toneOf(rate: number, size: number): { pcm: Int16Array; cycle: number } {
  const key = `${rate}/${size}`;
  let hum = tones.get(key);
  if (!hum) {
    const cycle = rate / greatestCommonDivisor(rate, TONE_HZ);
    const pcm = new Int16Array(cycle + size);
    for (let i = 0; i < pcm.length; i++)
      pcm[i] = Math.round(PEAK * Math.sin((2 * Math.PI * TONE_HZ * i) / rate));
    hum = { pcm, cycle };
    tones.set(key, hum);
  }
  return hum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
