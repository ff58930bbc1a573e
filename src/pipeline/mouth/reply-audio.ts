import type { SampleRate, TimedWord } from "../../ports/audio.ts";
import type { SpeechChunk } from "../../ports/synthesizer.ts";
import type { ReplyEvent } from "./reply-events.ts";

type AudioEvent = ReplyEvent & { type: "audio" };

/** No frame is longer, so that a client can be told to stop, and a socket fills, in small steps. */
const LONGEST_FRAME_MS = 200;

/**
 * Cuts `chunk` into frames of at most 200 ms (views of its samples, not copies). `start` is where its sentence begins
 * and `position` where the chunk does, in samples of the reply's audio.
 */
export function audioFrames(
  chunk: SpeechChunk,
  start: number,
  position: number,
  rate: SampleRate,
): readonly AudioEvent[] {
  const { pcm } = chunk;
  if (pcm.length === 0) return [];
  const longest = Math.floor((rate * LONGEST_FRAME_MS) / 1000);
  const words = chunk.words?.length ? later(chunk.words, (start / rate) * 1000) : undefined;
  if (pcm.length <= longest) return [words ? { type: "audio", pcm, words } : { type: "audio", pcm }];
  const frames: AudioEvent[] = [];
  let nextWord = 0;
  for (let from = 0; from < pcm.length; from += longest) {
    const frame = pcm.subarray(from, from + longest);
    const last = from + longest >= pcm.length;
    const endMs = ((position + from + frame.length) / rate) * 1000;
    const first = nextWord;
    while (words && nextWord < words.length && (last || words[nextWord]!.startMs < endMs)) nextWord++;
    frames.push(
      words && nextWord > first
        ? { type: "audio", pcm: frame, words: words.slice(first, nextWord) }
        : { type: "audio", pcm: frame },
    );
  }
  return frames;
}

/** The words, `ms` later. */
export function later(words: readonly TimedWord[], ms: number): TimedWord[] {
  return words.map(({ text, startMs, endMs }) => ({ text, startMs: startMs + ms, endMs: endMs + ms }));
}
