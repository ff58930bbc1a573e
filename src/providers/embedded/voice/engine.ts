/** eSpeak NG in WASM, loaded on demand: an optional package under another licence, reached only from here. */
import type { EngineLanguage } from "./voices.ts";
import type { EngineEvent } from "./word-times.ts";

export const ENGINE_PACKAGE = "@echogarden/espeak-ng-emscripten";

/** Parameters of speaking a text. */
interface EngineSettings {
  /** An engine's identifier of a language, with `+timbre` behind it. */
  readonly voice: string;
  /** Words a minute, 80–450. */
  readonly pace: number;
  /** 0–100. */
  readonly pitch: number;
  /** 0–100. */
  readonly range: number;
  /** 0–100. */
  readonly volume: number;
}

export interface Engine {
  /** Rate of the audio, Hz. */
  readonly rate: number;
  readonly languages: readonly EngineLanguage[];
  /** Speaks at once, calling `onAudio` about every 100 ms of audio (the caller owns it); false stops it. */
  speak(
    text: string,
    settings: EngineSettings,
    onAudio: (pcm: Int16Array, events: readonly EngineEvent[]) => boolean,
  ): void;
}

/** Used part of the package, which has no types of its own. */
interface EspeakWorker {
  get_samplerate(): number;
  list_voices(): { identifier: string; languages: { name: string }[] }[];
  /** 0: found. */
  set_voice(name: string): number;
  set_rate(wordsPerMinute: number): void;
  set_pitch(pitch: number): void;
  set_range(range: number): void;
  set_volume(volume: number): void;
  synthesize(text: string, callback: (pcm: Int16Array, events: EngineEvent[]) => boolean): void;
}
interface EspeakPackage {
  readonly default: (module: object) => Promise<{ eSpeakNGWorker: new () => EspeakWorker }>;
}

/**
 * Loads the engine; `specifier` is the module to load in place of the package (tests).
 * @throws whatever the import throws where the package is not installed.
 */
export async function loadEngine(specifier = ENGINE_PACKAGE): Promise<Engine> {
  const { default: load } = (await import(specifier)) as EspeakPackage;
  const silent = () => {};
  const { eSpeakNGWorker } = await load({ print: silent, printErr: silent });
  const worker = new eSpeakNGWorker();
  const languages = worker.list_voices().map(({ identifier, languages }) => ({
    identifier,
    tags: languages.map(({ name }) => name),
  }));
  return {
    rate: worker.get_samplerate(),
    languages,
    speak(text, { voice, pace, pitch, range, volume }, onAudio) {
      if (worker.set_voice(voice) !== 0) throw new Error(`eSpeak NG has no voice ${voice}`);
      worker.set_rate(Math.round(pace));
      worker.set_pitch(pitch);
      worker.set_range(range);
      worker.set_volume(volume);
      worker.synthesize(text, (pcm, events) => !onAudio(pcm, events));
    },
  };
}
