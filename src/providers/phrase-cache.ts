/** Phrases that are said again and again are made once: a Synthesizer that keeps the audio of `fixed` calls. */
import { StageError } from "../lib/errors.ts";
import { Cancelled } from "../lib/scope.ts";
import { untilAborted } from "../lib/until-aborted.ts";
import type { SpeechChunk, SynthesizeOptions, Synthesizer } from "../ports/synthesizer.ts";

export interface PhraseCacheOptions {
  /** Audio kept in all; the phrase said longest ago goes first. Default 16 MB: nearly six minutes at 24 kHz. */
  readonly maxBytes?: number;
}

/** Longer texts are no phrases, and are not kept. */
const LONGEST_TEXT = 400;
/** No voice takes longer over such a text, s; an upstream that does is out of order. */
const LONGEST_SPEECH_S = 300;
/** What an entry takes besides its samples, and a word of it, bytes: a rough upper bound. */
const ENTRY_BYTES = 512;
const WORD_BYTES = 128;

/**
 * Keeps the audio, word times included, of calls marked `fixed`, by text, voice, speed, language and rate; all other
 * calls pass through. Calls for the same phrase share one synthesis, which ends when the last of them has gone; what
 * was cancelled or failed is not kept. Use is told to the call that began it: what is kept costs nothing.
 */
export function cachePhrases(
  synthesizer: Synthesizer,
  { maxBytes = 16 * 1024 * 1024 }: PhraseCacheOptions = {},
): Synthesizer {
  /** The one used longest ago first. */
  const phrases = new Map<string, Phrase>();
  let bytes = 0;
  const forget = (key: string, phrase: Phrase) => {
    if (phrases.get(key) !== phrase) return;
    phrases.delete(key);
    if (phrase.ended) bytes -= phrase.bytes;
  };
  const onEnd = (key: string, phrase: Phrase) => {
    if (phrase.bytes > maxBytes) return void phrases.delete(key);
    bytes += phrase.bytes;
    for (const [oldKey, old] of phrases) {
      if (bytes <= maxBytes) break;
      if (old.ended) forget(oldKey, old);
    }
  };
  const find = (text: string, call: SynthesizeOptions): Phrase => {
    const { voice, speed, language, rate } = call;
    const key = JSON.stringify([text, voice, speed, language, rate]);
    const known = phrases.get(key);
    phrases.delete(key);
    const phrase: Phrase =
      known ??
      openPhrase(
        rate,
        (signal) => synthesizer.synthesize(text, { ...call, signal }),
        () => onEnd(key, phrase),
        () => forget(key, phrase),
        ENTRY_BYTES + 2 * key.length,
      );
    phrases.set(key, phrase);
    return phrase;
  };
  return {
    name: synthesizer.name,
    voices: synthesizer.voices,
    synthesize: (text, call) =>
      call.fixed && text.length <= LONGEST_TEXT
        ? read(() => find(text, call), call.signal)
        : synthesizer.synthesize(text, call),
  };
}

/** A phrase being made, or made. */
interface Phrase {
  readonly chunks: readonly SpeechChunk[];
  readonly bytes: number;
  readonly ended: boolean;
  /** Asks for the next chunk, once for all who ask. @throws StageError */
  more(): Promise<void>;
  enter(): void;
  /** The last to leave a phrase that has not ended cancels it. */
  leave(): void;
}

function openPhrase(
  rate: number,
  start: (signal: AbortSignal) => AsyncIterable<SpeechChunk>,
  onEnd: () => void,
  onLost: () => void,
  emptyBytes: number,
): Phrase {
  const life = new AbortController();
  const source = untilAborted(start(life.signal), life.signal);
  const chunks: SpeechChunk[] = [];
  let bytes = emptyBytes;
  let samples = 0;
  let ended = false;
  let readers = 0;
  let pending: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  const step = async () => {
    try {
      const next = await source.next();
      if (next.done) {
        ended = true;
        onEnd();
        return;
      }
      const chunk = withOwnBuffer(next.value);
      samples += chunk.pcm.length;
      if (samples > LONGEST_SPEECH_S * rate) throw new StageError("synthesize", "malformed");
      chunks.push(chunk);
      bytes += chunk.pcm.byteLength + (chunk.words?.length ?? 0) * WORD_BYTES;
    } catch (error) {
      failure = { error };
      onLost();
      life.abort(new Cancelled("failed"));
      throw error;
    } finally {
      pending = undefined;
    }
  };
  return {
    chunks,
    get bytes() {
      return bytes;
    },
    get ended() {
      return ended;
    },
    more() {
      if (failure) return Promise.reject(failure.error);
      pending ??= step();
      return pending;
    },
    enter() {
      readers++;
    },
    leave() {
      if (--readers > 0 || ended) return;
      onLost();
      life.abort(new Cancelled("finished"));
    },
  };
}

/** A chunk that holds no more memory than its samples. */
function withOwnBuffer(chunk: SpeechChunk): SpeechChunk {
  const { pcm } = chunk;
  return pcm.byteLength === pcm.buffer.byteLength ? chunk : { ...chunk, pcm: pcm.slice() };
}

async function* read(find: () => Phrase, signal: AbortSignal): AsyncGenerator<SpeechChunk, void, undefined> {
  signal.throwIfAborted();
  const phrase = find();
  phrase.enter();
  try {
    for (let at = 0; ; ) {
      signal.throwIfAborted();
      if (at < phrase.chunks.length) yield phrase.chunks[at++] as SpeechChunk;
      else if (phrase.ended) return;
      else await beforeAbort(phrase.more(), signal);
    }
  } finally {
    phrase.leave();
  }
}

/** Waits for a shared promise, but no longer than the signal allows. */
function beforeAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const unlink = () => signal.removeEventListener("abort", onAbort);
    promise.then(resolve, reject).then(unlink, unlink);
  });
}
