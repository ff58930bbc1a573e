/** The end of a turn: silence of a fixed length, or silence weighed with how the speech before it ended. */

import type { VoiceFrame } from "../voice-activity/voice-activity.ts";
import type { ServerVad, TurnDetection } from "./turn-detection.ts";
import { endsSentence, unfinishedness } from "./unfinished-words.ts";

/** Cues at the end of the speech before a silence. A cue that is not known is absent and has no influence. */
export interface EndingCues {
  /** From the first to the last speech of the utterance, ms. */
  readonly speechMs: number;
  /** Pitch of the last tenth of a second of voice over the utterance's mean, semitones; negative: it ended low. */
  readonly pitchEnd?: number;
  /** Move of the pitch over the last third of a second of voice, semitones; negative: it fell. */
  readonly pitchMove?: number;
  /** Move of the level over the same time, dB; negative: it trailed off. */
  readonly levelMove?: number;
  /** The words so far, where the transcriber gives partials. */
  readonly words?: string;
  /** BCP 47 language of the words. */
  readonly language?: string;
  /** The text that was expected was read to its end: nothing more is to come. */
  readonly readToEnd?: boolean;
}

/** Shortest and longest wait in ms by eagerness; the longest are the reference's time limits. */
const waits = {
  low: { shortest: 2000, longest: 8000 },
  medium: { shortest: 800, longest: 4000 },
  high: { shortest: 400, longest: 2000 },
} as const;

/** Silence, ms, after which the utterance is over. */
export function endpointWaitMs(detection: NonNullable<TurnDetection>, cues: EndingCues): number {
  if (detection.type === "server_vad") return fixedWaitMs(detection, cues.readToEnd);
  const { shortest, longest } = waits[detection.eagerness === "auto" ? "medium" : detection.eagerness];
  return cues.readToEnd ? shortest : Math.round(shortest + (longest - shortest) * openness(cues));
}

function fixedWaitMs({ silenceMs, readToEndMs = silenceMs }: ServerVad, readToEnd = false): number {
  return readToEnd ? Math.min(silenceMs, readToEndMs) : silenceMs;
}

/**
 * Estimates how surely the speaker goes on, 0 (said to the end) to 1. Each cue adds its share; the words, where
 * known, weigh most.
 */
function openness(cues: EndingCues): number {
  let open = 0;
  if (cues.speechMs < 400) open += 0.15;
  // Statements end low in the speaker's range; a voice that stays up holds the floor. Level tells next to nothing.
  if (cues.pitchEnd !== undefined) open += between(-0.15, 0.1 * (cues.pitchEnd + 2), 0.15);
  if (cues.pitchMove !== undefined) open += cues.pitchMove > -1 ? 0.05 : -0.05;
  if (cues.levelMove !== undefined) open += cues.levelMove > -3 ? 0.02 : -0.02;
  const words = cues.words?.trim() ?? "";
  const more = unfinishedness(words, cues.language ?? "en");
  if (more > 0) open += 0.6 * more;
  else if (endsSentence(words)) open -= 0.2;
  if (/(…|\.\.|[,;:–—-])$/u.test(words)) open += 0.4;
  return between(0, open, 1);
}

function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

type VoiceCues = Pick<EndingCues, "pitchEnd" | "pitchMove" | "levelMove">;

/** Voiced frames that the ending is told from: 320 ms. */
const span = 16;
const semitones = (hz: number) => 12 * Math.log2(hz);

/** Follows the voice of one utterance, so that its ending can be judged at a few sums a frame. */
export class Ending {
  /** Rings of the last voiced frames' pitches, Hz, and levels, dBFS. */
  readonly #pitches = new Float32Array(span);
  readonly #levels = new Float32Array(span);
  #voiced = 0;
  /** Sum of the pitches, semitones over 1 Hz. */
  #pitchSum = 0;
  /** Inputs of the wait that was computed last, and that wait, ms. */
  #waitOf:
    | {
        readonly detection: TurnDetection;
        readonly words: string | undefined;
        readonly readToEnd: boolean | undefined;
      }
    | undefined;
  #waitMs = 0;

  /** Takes a frame of speech. */
  take(frame: VoiceFrame): void {
    this.#waitOf = undefined;
    if (!frame.voiced) return;
    this.#pitches[this.#voiced % span] = frame.pitch;
    this.#levels[this.#voiced % span] = frame.level;
    this.#pitchSum += semitones(frame.pitch);
    this.#voiced++;
  }

  /** Returns the silence that ends the turn, ms. Computed once a silence, and again when words come. */
  waitMs(detection: NonNullable<TurnDetection>, known: Omit<EndingCues, keyof VoiceCues>): number {
    const { words, readToEnd } = known;
    const of = this.#waitOf;
    if (of?.detection !== detection || of.words !== words || of.readToEnd !== readToEnd) {
      this.#waitOf = { detection, words, readToEnd };
      this.#waitMs = endpointWaitMs(detection, { ...this.#cues(), ...known });
    }
    return this.#waitMs;
  }

  /** Forgets the utterance. */
  reset(): void {
    this.#voiced = this.#pitchSum = 0;
    this.#waitOf = undefined;
  }

  /** Returns the cues of pitch and level; empty while there is too little voice to tell. */
  #cues(): VoiceCues {
    if (this.#voiced < span) return {};
    const last = semitones(this.#median(this.#pitches, span - 5, span));
    return {
      pitchEnd: last - this.#pitchSum / this.#voiced,
      pitchMove: last - semitones(this.#median(this.#pitches, 0, 5)),
      levelMove: this.#median(this.#levels, span - 5, span) - this.#median(this.#levels, 0, 5),
    };
  }

  /** Median of a stretch of a ring, its oldest value being number 0. */
  #median(ring: Float32Array, from: number, to: number): number {
    const values = Float32Array.from(
      { length: to - from },
      (_, i) => ring[(this.#voiced - span + from + i) % span]!,
    );
    return values.sort()[(to - from) >> 1]!;
  }
}
