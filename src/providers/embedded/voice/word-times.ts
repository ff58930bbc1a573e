import type { TimedWord } from "../../../ports/audio.ts";
import type { SpeechChunk } from "../../../ports/synthesizer.ts";
import type { WrittenWord } from "./spoken-form.ts";

/** An event of the engine about the audio it makes; `text_position` counts code points from 1. */
export interface EngineEvent {
  readonly type: string;
  readonly text_position: number;
  /** ms from the start of the text. */
  readonly audio_position: number;
  /** A phoneme's name, "" for a pause; a word's number. */
  readonly id?: string | number | undefined;
}

/** Collects audio and events of one text, and gives chunks whose words are complete. */
export interface ChunkTimer {
  /** The events that came with a piece of audio, before the audio itself. */
  addEvents(events: readonly EngineEvent[]): void;
  /** Audio at the output rate; empty is fine. */
  add(pcm: Int16Array): void;
  /** Chunks that are ready: a chunk waits until the end of every word that starts in it is known. */
  ready(): SpeechChunk[];
  /** The text has been spoken: all that still waits. */
  flush(): SpeechChunk[];
}

/** Times the words `spoken` in audio of `rate` samples a second, stretched in time by `stretch` (1: not at all). */
export function timeChunks(spoken: readonly WrittenWord[], rate: number, stretch = 1): ChunkTimer {
  const timer = timeWords(spoken);
  const waiting: Int16Array[] = [];
  let taken = 0;

  const msOf = (samples: number) => (samples / rate) * 1000;
  const give = (limitMs: number): SpeechChunk[] => {
    const chunks: SpeechChunk[] = [];
    for (let pcm = waiting[0]; pcm && msOf(taken + pcm.length) <= limitMs; pcm = waiting[0]) {
      waiting.shift();
      taken += pcm.length;
      const words = timer.takeBefore(msOf(taken));
      chunks.push(words.length > 0 ? { pcm, words } : { pcm });
    }
    return chunks;
  };
  return {
    addEvents(events) {
      for (const event of events) timer.addEvent(event, event.audio_position * stretch, msOf(taken));
    },
    add(pcm) {
      if (pcm.length > 0) waiting.push(pcm);
    },
    ready: () => give(timer.openSince()),
    flush() {
      timer.end(msOf(taken + waiting.reduce((sum, pcm) => sum + pcm.length, 0)));
      return give(Number.POSITIVE_INFINITY);
    },
  };
}

/** Follows the engine through the words of a text. */
interface WordTimer {
  /** `earliestMs`: audio before it is gone, so that no word can start there any more. */
  addEvent(event: EngineEvent, atMs: number, earliestMs: number): void;
  /** The start of the word whose end is not known yet; infinity: there is none. */
  openSince(): number;
  end(atMs: number): void;
  /** Takes the finished words that start before `ms`. */
  takeBefore(ms: number): TimedWord[];
}

function timeWords(tokens: readonly WrittenWord[]): WordTimer {
  const words: TimedWord[] = [];
  /** The word being spoken: its token's index; its end once a pause has followed it. */
  let open: { index: number; startMs: number; endMs?: number } | undefined;

  /** Ends the open word; tokens up to `before` that the engine did not tell were spoken with it ("at a"). */
  const finish = (atMs: number, before: number) => {
    if (!open) return;
    const { index, startMs, endMs = atMs } = open;
    const together = tokens
      .slice(index, before)
      .filter((token, i) => i === 0 || /[\p{L}\p{N}]/u.test(token.text));
    words.push(...shareTime(together, startMs, Math.max(startMs, endMs)));
    open = undefined;
  };
  return {
    addEvent({ type, id, text_position }, atMs, earliestMs) {
      if (type === "word") {
        const at = text_position - 1;
        const last = open?.index ?? -1;
        const index = tokens.findIndex((token, i) => i >= last && at >= token.start && at < token.end);
        // The engine tells the parts of a number or a compound one by one; they are one word of the text.
        if (index === -1 || index === last) return;
        finish(atMs, index);
        open = { index, startMs: Math.max(atMs, earliestMs) };
      } else if (open && (type === "end" || (type === "phoneme" && id === "")))
        open.endMs ??= Math.max(atMs, open.startMs);
    },
    openSince: () => open?.startMs ?? Number.POSITIVE_INFINITY,
    end: (atMs) => finish(atMs, tokens.length),
    takeBefore(ms) {
      const count = words.findIndex((word) => word.startMs >= ms);
      return words.splice(0, count === -1 ? words.length : count);
    },
  };
}

/** Gives each of several tokens its part of their time, by their length. */
function shareTime(tokens: readonly WrittenWord[], startMs: number, endMs: number): TimedWord[] {
  const letters = tokens.reduce((sum, token) => sum + token.text.length, 0);
  let at = startMs;
  return tokens.map(({ text }) => {
    const from = at;
    at += ((endMs - startMs) * text.length) / letters;
    return { text, startMs: from, endMs: at };
  });
}
