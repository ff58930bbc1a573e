/** A Synthesizer in front of another one that keeps the audio of fixed phrases, so that each is synthesised once. */
import { beforeAbort } from "../lib/abort.ts";
import { StageError } from "../lib/errors.ts";
import { openScope } from "../lib/scope.ts";
import { untilAborted } from "../lib/until-aborted.ts";
import type { TimedWord } from "../ports/audio.ts";
import type { OnDeparture, SpeechChunk, SynthesizeOptions, Synthesizer } from "../ports/synthesizer.ts";

/** Longer texts are not kept, characters. */
const LONGEST_TEXT = 400;
/** Longest audio of a phrase, s; an upstream that gives more is out of order. */
const LONGEST_SPEECH_S = 300;
/** Upper bounds of what an entry takes besides its samples, and of what a timed word takes, bytes. */
const ENTRY_BYTES = 512;
const WORD_BYTES = 128;

/**
 * Keeps the audio, word times included, of calls marked `fixed`, by text, voice, speed, language, rate and emphasis; all other
 * calls pass through. Calls for the same phrase share one synthesis, which ends when the last of them has gone. Nothing
 * cancelled, failed or said otherwise is kept; beyond `maxBytes` in all the least recently used phrase goes first. `onUsage` is called for the call that began the synthesis; kept audio costs nothing.
 */
export function cachePhrases(synthesizer: Synthesizer, maxBytes: number): Synthesizer {
  const cache = new PhraseCache(synthesizer, maxBytes);
  return {
    name: synthesizer.name,
    voices: synthesizer.voices,
    synthesize: (text, call) =>
      call.fixed && text.length <= LONGEST_TEXT
        ? cache.speak(text, call)
        : synthesizer.synthesize(text, call),
  };
}

class PhraseCache {
  readonly #synthesizer: Synthesizer;
  readonly #maxBytes: number;
  /** The least recently used phrase first. */
  readonly #phrases = new Map<string, CachedPhrase>();
  /** Size of the complete phrases. */
  #bytes = 0;

  constructor(synthesizer: Synthesizer, maxBytes: number) {
    this.#synthesizer = synthesizer;
    this.#maxBytes = maxBytes;
  }

  async *speak(text: string, call: SynthesizeOptions): AsyncGenerator<SpeechChunk, void, undefined> {
    const { signal } = call;
    signal.throwIfAborted();
    const phrase = this.#find(text, call);
    const { onDeparture } = call;
    phrase.addReader();
    let told: string | undefined;
    try {
      for (let at = 0; ; ) {
        signal.throwIfAborted();
        if (phrase.said !== undefined && phrase.said !== told) onDeparture?.(phrase.said, phrase.saidWords);
        told = phrase.said;
        if (at < phrase.chunks.length) yield phrase.chunks[at++] as SpeechChunk;
        else if (phrase.complete) break;
        else await beforeAbort(phrase.more(), signal);
      }
    } finally {
      phrase.removeReader();
    }
  }

  #find(text: string, call: SynthesizeOptions): CachedPhrase {
    const { voice, speed, language, rate, emphasis = [] } = call;
    const key = JSON.stringify([text, voice, speed, language, rate, ...emphasis]);
    const known = this.#phrases.get(key);
    this.#phrases.delete(key);
    const phrase: CachedPhrase =
      known ??
      new CachedPhrase({
        start: (signal, onDeparture) => this.#synthesizer.synthesize(text, { ...call, signal, onDeparture }),
        maxSamples: LONGEST_SPEECH_S * rate,
        emptyBytes: ENTRY_BYTES + 2 * key.length,
        onComplete: () => this.#account(key, phrase),
        onLost: () => this.#remove(key, phrase),
      });
    this.#phrases.set(key, phrase);
    return phrase;
  }

  #account(key: string, phrase: CachedPhrase): void {
    if (phrase.bytes > this.#maxBytes) return void this.#phrases.delete(key);
    this.#bytes += phrase.bytes;
    for (const [oldKey, old] of this.#phrases) {
      if (this.#bytes <= this.#maxBytes) break;
      if (old.complete) this.#remove(oldKey, old);
    }
  }

  #remove(key: string, phrase: CachedPhrase): void {
    if (this.#phrases.get(key) !== phrase) return;
    this.#phrases.delete(key);
    if (phrase.complete) this.#bytes -= phrase.bytes;
  }
}

interface PhraseOptions {
  readonly start: (signal: AbortSignal, onDeparture: OnDeparture) => AsyncIterable<SpeechChunk>;
  readonly maxSamples: number;
  /** Size of the phrase before its first sample. */
  readonly emptyBytes: number;
  readonly onComplete: () => void;
  /** Called when the synthesis has failed, was cancelled or said other words than the phrase. */
  readonly onLost: () => void;
}

/** One phrase and its synthesis, shared by all calls that ask for it. */
class CachedPhrase {
  readonly chunks: SpeechChunk[] = [];
  /** Words said in place of the phrase so far; undefined: the phrase, as far as is known. */
  said: string | undefined;
  /** The times of these words; undefined: not known. */
  saidWords: readonly TimedWord[] | undefined;
  readonly #options: PhraseOptions;
  readonly #scope = openScope();
  readonly #source: AsyncIterator<SpeechChunk>;
  #bytes: number;
  #samples = 0;
  #complete = false;
  #readers = 0;
  #pending: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: PhraseOptions) {
    this.#options = options;
    this.#bytes = options.emptyBytes;
    const speech = options.start(this.#scope.signal, (said, words) => {
      this.said = said;
      this.saidWords = words;
    });
    this.#source = untilAborted(speech, this.#scope.signal);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get complete(): boolean {
    return this.#complete;
  }

  /** Asks for the next chunk, once for all callers. @throws StageError */
  more(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    this.#pending ??= this.#step();
    return this.#pending;
  }

  addReader(): void {
    this.#readers++;
  }

  /** Removes a reader; the last one of an incomplete phrase cancels its synthesis. */
  removeReader(): void {
    if (--this.#readers > 0 || this.#complete) return;
    this.#options.onLost();
    this.#scope.cancel("finished");
  }

  async #step(): Promise<void> {
    try {
      const next = await this.#source.next();
      if (next.done) {
        // What was said otherwise is for those who wait for it, and for nobody after them.
        if (this.said !== undefined) this.#options.onLost();
        this.#complete = true;
        if (this.said === undefined) this.#options.onComplete();
      } else this.#keep(withOwnBuffer(next.value));
    } catch (error) {
      this.#failure = { error };
      this.#options.onLost();
      this.#scope.cancel("failed");
      throw error;
    } finally {
      this.#pending = undefined;
    }
  }

  #keep(chunk: SpeechChunk): void {
    this.#samples += chunk.pcm.length;
    if (this.#samples > this.#options.maxSamples) throw new StageError("synthesize", "malformed");
    this.chunks.push(chunk);
    this.#bytes += chunk.pcm.byteLength + (chunk.words?.length ?? 0) * WORD_BYTES;
  }
}

/** The chunk with a buffer that holds its samples and nothing else. */
function withOwnBuffer(chunk: SpeechChunk): SpeechChunk {
  const { pcm } = chunk;
  return pcm.byteLength === pcm.buffer.byteLength ? chunk : { ...chunk, pcm: pcm.slice() };
}
