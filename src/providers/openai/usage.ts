/** What a request used, and what that costs: counted where the upstream tells it. */
import type { Stage } from "../../lib/errors.ts";

/** One request's use, told once it has ended; a figure the upstream does not give is absent. */
export interface UsageReport {
  readonly stage: Stage;
  readonly model: string;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Length of the audio transcribed, s. */
  readonly audioSeconds?: number;
  /** Length of the text spoken, in characters. */
  readonly characters?: number;
}

/** Is told of each request's use. Must not throw. */
export type OnUsage = (report: UsageReport) => void;

/** Prices in any one currency; what has none costs nothing. */
export interface Prices {
  readonly perMillionInputTokens?: number;
  readonly perMillionOutputTokens?: number;
  readonly perAudioMinute?: number;
  readonly perMillionCharacters?: number;
}

/** What the reported use costs, in the prices' currency. */
export function costOf(report: UsageReport, prices: Prices): number {
  const { inputTokens = 0, outputTokens = 0, audioSeconds = 0, characters = 0 } = report;
  const {
    perMillionInputTokens = 0,
    perMillionOutputTokens = 0,
    perAudioMinute = 0,
    perMillionCharacters = 0,
  } = prices;
  return (
    (inputTokens * perMillionInputTokens +
      outputTokens * perMillionOutputTokens +
      characters * perMillionCharacters) /
      1_000_000 +
    (audioSeconds / 60) * perAudioMinute
  );
}
