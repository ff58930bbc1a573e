/** Word times of a voice that gives none: by proportion, at the pace the voice has had so far. */
import type { TimedWord } from "../../../ports/audio.ts";

/** Pace of a voice that has said nothing yet, ms a character at speed 1; the vendor's voices speak about 15 a second. */
const FIRST_PACE_MS = 66;
/** Weight of one more text in the pace. */
const WEIGHT = 0.3;

/** The pace of a voice, learned from what it has said. */
export class SpeakingPace {
  #msPerCharacter = FIRST_PACE_MS;

  /** Length of a text at this pace, ms. */
  estimateMs(characters: number, speed: number): number {
    return (characters * this.#msPerCharacter) / speed;
  }

  learn(characters: number, speed: number, audioMs: number): void {
    if (characters === 0 || audioMs === 0) return;
    this.#msPerCharacter += WEIGHT * ((audioMs * speed) / characters - this.#msPerCharacter);
  }
}

/** Hands the words of a text out as its audio comes. */
export class ProportionalWords {
  readonly #msPerCharacter: number;
  readonly #words: readonly TimedWord[];
  #next = 0;

  /** `totalMs`: how long the text is expected to take. */
  constructor(text: string, totalMs: number) {
    this.#msPerCharacter = totalMs / Math.max(1, text.length);
    this.#words = this.timesOf(text);
  }

  /** The words of what is said in place of the text, at the same pace. */
  timesOf(said: string): readonly TimedWord[] {
    return [...said.matchAll(/\S+/gu)].map(({ 0: word, index }) => ({
      text: word,
      startMs: index * this.#msPerCharacter,
      endMs: (index + word.length) * this.#msPerCharacter,
    }));
  }

  /** The words that start before `endMs`, each once. */
  until(endMs: number): readonly TimedWord[] {
    const from = this.#next;
    while (this.#next < this.#words.length && this.#words[this.#next]!.startMs < endMs) this.#next++;
    return this.#words.slice(from, this.#next);
  }
}
