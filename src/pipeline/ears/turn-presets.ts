/** Turn detection by kind of conversation; a persona or a client chooses one by name. Data. */
import type { TurnDetection } from "./turn-detection.ts";

export interface TurnPreset {
  readonly detection: TurnDetection;
  /** Silence, ms, at which a preemptive transcript (and reply) starts; absent: never. */
  readonly draftAfterMs?: number;
}

export type TurnPresetName = keyof typeof turnPresets;

export const turnPresets = {
  /** For thinking aloud: waits 2 s to 8 s. Most preemptive replies before a second would be discarded. */
  patient: {
    detection: { type: "semantic_vad", eagerness: "low" },
    draftAfterMs: 1000,
  },
  /** For talking: 0.8 s after a finished sentence, up to 4 s after an open one. */
  conversation: {
    detection: { type: "semantic_vad", eagerness: "medium" },
    draftAfterMs: 160,
  },
  /** For short questions and answers: 0.4 s after a finished sentence, up to 2 s after an open one. */
  brisk: {
    detection: { type: "semantic_vad", eagerness: "high" },
    draftAfterMs: 160,
  },
  /** The client says when a turn is over; nothing is detected. */
  push_to_talk: { detection: null },
} as const satisfies Readonly<Record<string, TurnPreset>>;
