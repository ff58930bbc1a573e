/** When is a turn over? Silence of a fixed length, or silence weighed with how the speech before it ended. Pure. */

import type { VoiceFrame } from "../voice-activity/voice-activity.ts";
import type { TurnDetection } from "./turn-detection.ts";
import { saidToTheEnd, unfinished } from "./unfinished-words.ts";

/** How the speech before a silence ended. What is not known is absent and moves nothing. */
export interface EndingCues {
  /** From the first to the last speech of the utterance, ms. */
  readonly speechMs: number;
  /** The last tenth of a second of voice against the utterance's mean pitch, semitones; negative: it ended low. */
  readonly pitchEnd?: number;
  /** How the pitch moved over the last third of a second of voice, semitones; negative: it fell. */
  readonly pitchMove?: number;
  /** How the level moved over the same time, dB; negative: it trailed off. */
  readonly levelMove?: number;
  /** The words so far, when the transcriber tells them as it goes. */
  readonly words?: string;
  /** BCP 47, of the words. */
  readonly language?: string;
}

/** Shortest and longest wait in ms by eagerness; the longest are the reference's time limits. */
const waits = {
  low: { shortest: 2000, longest: 8000 },
  medium: { shortest: 800, longest: 4000 },
  high: { shortest: 400, longest: 2000 },
} as const;

/** How long silence must last, ms, before the utterance is over. */
export function endpointWaitMs(detection: NonNullable<TurnDetection>, cues: EndingCues): number {
  if (detection.type === "server_vad") return detection.silenceMs;
  const { shortest, longest } = waits[detection.eagerness === "auto" ? "medium" : detection.eagerness];
  return Math.round(shortest + (longest - shortest) * openness(cues));
}

/** 0: said to the end. 1: surely goes on. Each cue adds its share; the words, where known, weigh most. */
function openness(cues: EndingCues): number {
  let open = 0;
  if (cues.speechMs < 400) open += 0.15;
  // Statements end low in the speaker's range; a voice that stays up holds the floor. Level tells next to nothing.
  if (cues.pitchEnd !== undefined) open += between(-0.15, 0.1 * (cues.pitchEnd + 2), 0.15);
  if (cues.pitchMove !== undefined) open += cues.pitchMove > -1 ? 0.05 : -0.05;
  if (cues.levelMove !== undefined) open += cues.levelMove > -3 ? 0.02 : -0.02;
  const words = cues.words?.trim() ?? "";
  const more = unfinished(words, cues.language ?? "en");
  if (more > 0) open += 0.6 * more;
  else if (saidToTheEnd(words)) open -= 0.2;
  if (/(…|\.\.|[,;:–—-])$/u.test(words)) open += 0.4;
  return between(0, open, 1);
}

function between(least: number, value: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}

/** Follows the voice of one utterance so that its ending can be told, at the cost of a few sums a frame. */
export interface Ending {
  /** A frame of speech. */
  take(frame: VoiceFrame): void;
  /** How the pitch and the level ended; empty while there is too little voice to tell. */
  cues(): Pick<EndingCues, "pitchEnd" | "pitchMove" | "levelMove">;
  /** How long the silence since the last speech must last, ms. Reckoned once a silence, and again when words come. */
  waitMs(
    detection: NonNullable<TurnDetection>,
    known: Omit<EndingCues, "pitchEnd" | "pitchMove" | "levelMove">,
  ): number;
  reset(): void;
}

const span = 16;
const semitones = (hz: number) => 12 * Math.log2(hz);

/** Makes a follower of the last 320 ms of voice. */
export function createEnding(): Ending {
  const pitches = new Float32Array(span);
  const levels = new Float32Array(span);
  let taken = 0;
  /** Sum of the pitches, semitones over 1 Hz. */
  let height = 0;
  const middle = (values: Float32Array, from: number, to: number) =>
    Float32Array.from({ length: to - from }, (_, i) => values[(taken - span + from + i) % span]!).sort()[
      (to - from) >> 1
    ]!;
  /** What the wait was reckoned from last, and how long it is. */
  let from: { readonly detection: TurnDetection; readonly words: string | undefined } | undefined;
  let wait = 0;
  const cues = () => {
    if (taken < span) return {};
    const last = semitones(middle(pitches, span - 5, span));
    return {
      pitchEnd: last - height / taken,
      pitchMove: last - semitones(middle(pitches, 0, 5)),
      levelMove: middle(levels, span - 5, span) - middle(levels, 0, 5),
    };
  };
  return {
    cues,
    take(frame) {
      from = undefined;
      if (!frame.voiced) return;
      pitches[taken % span] = frame.pitch;
      levels[taken % span] = frame.level;
      height += semitones(frame.pitch);
      taken++;
    },
    waitMs(detection, known) {
      if (from?.detection !== detection || from.words !== known.words) {
        from = { detection, words: known.words };
        wait = endpointWaitMs(detection, { ...cues(), ...known });
      }
      return wait;
    },
    reset() {
      taken = height = 0;
      from = undefined;
    },
  };
}
