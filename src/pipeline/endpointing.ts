/** When is a turn over? Silence of a fixed length, or silence weighed with how the speech before it ended. Pure. */
import type { TurnDetection } from "./turn-detection.ts";
import type { VoiceFrame } from "./voice-activity.ts";

/** How the speech before a silence ended. What is not known is absent and moves nothing. */
export interface EndingCues {
  /** From the first to the last speech of the utterance, ms. */
  readonly speechMs: number;
  /** How the pitch moved over the last third of a second of voice, semitones; negative: it fell. */
  readonly pitchMove?: number;
  /** How the level moved over the same time, dB; negative: it trailed off. */
  readonly levelMove?: number;
  /** The words so far, when the transcriber tells them as it goes. */
  readonly words?: string;
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

/** Words that nobody ends a thought on, by language; fillers among them. */
const hanging = new Set(
  [
    "and or but so because if when while that which with without to of for from the a an my your our their",
    "i we they than as like um uh er erm hmm",
    "et ou mais donc parce que quand avec sans de du des le la les un une mon ma mes je nous euh",
    "und oder aber weil wenn dass mit ohne von für der die das ein eine mein ich wir äh ähm",
  ].flatMap((line) => line.split(" ")),
);

/** 0: said to the end. 1: surely goes on. Each cue adds its share; the words, where known, weigh most. */
function openness(cues: EndingCues): number {
  let open = 0;
  if (cues.speechMs < 400) open += 0.15;
  if (cues.pitchMove !== undefined) open += cues.pitchMove > -1 ? 0.1 : -0.05;
  if (cues.levelMove !== undefined) open += cues.levelMove > -3 ? 0.05 : -0.05;
  const words = cues.words?.trim() ?? "";
  if (/(…|\.\.|[,;:–—-])$/u.test(words)) open += 0.4;
  else if (/[.!?。！？]$/u.test(words)) open -= 0.2;
  const last = words.toLowerCase().match(/([\p{L}']+)[^\p{L}]*$/u)?.[1];
  if (last !== undefined && hanging.has(last)) open += 0.6;
  return Math.max(0, Math.min(1, open));
}

/** Follows the voice of one utterance so that its ending can be told, at the cost of two writes a frame. */
export interface Ending {
  take(frame: VoiceFrame): void;
  /** How the pitch and the level moved; empty while there is too little voice to tell. */
  moves(): { pitchMove?: number; levelMove?: number };
  reset(): void;
}

const span = 16;

/** Makes a follower of the last 320 ms of voice. */
export function createEnding(): Ending {
  const pitches = new Float32Array(span);
  const levels = new Float32Array(span);
  let taken = 0;
  const middle = (values: Float32Array, from: number, to: number) =>
    Float32Array.from({ length: to - from }, (_, i) => values[(taken - span + from + i) % span]!).sort()[
      (to - from) >> 1
    ]!;
  return {
    take(frame) {
      if (!frame.voiced) return;
      pitches[taken % span] = frame.pitch;
      levels[taken % span] = frame.level;
      taken++;
    },
    moves() {
      if (taken < span) return {};
      return {
        pitchMove: 12 * Math.log2(middle(pitches, span - 5, span) / middle(pitches, 0, 5)),
        levelMove: middle(levels, span - 5, span) - middle(levels, 0, 5),
      };
    },
    reset() {
      taken = 0;
    },
  };
}
