import type { Delivery, VoiceDelivery, WordDelivery } from "../../ports/delivery.ts";
import type { Transcript } from "../../ports/transcriber.ts";
import { findPhrases } from "./fillers-and-hedges.ts";
import { countRepetitions } from "./repetitions.ts";
import { tokensOf } from "./tokens.ts";
import { languageWords } from "./word-lists.ts";

/** Fewer words have no pace. */
const fewestForPace = 3;
/** Fewest words for shares: of fewer, a single word would be a tenth and more. Counts are always told. */
const fewestForShares = 10;

/** The voice's figures with those of the words. `language`: BCP 47. */
export function withWords(delivery: VoiceDelivery, transcript: Transcript, language: string): Delivery {
  return { ...delivery, ...measureWords(transcript, language, delivery.speechMs) };
}

/**
 * Figures of a final transcript. `speechMs`: the voiced span, for transcripts without word times. Nothing is told of
 * words that were not understood, fillers and repetitions only of a verbatim transcript, and lists only of the
 * languages that have them.
 */
export function measureWords(transcript: Transcript, language: string, speechMs?: number): WordDelivery {
  if (!transcript.understood) return {};
  const tokens = tokensOf(transcript.text, language);
  if (tokens.length === 0) return {};
  const minutes = (spanOf(transcript) ?? speechMs ?? 0) / 60_000;
  const paced = tokens.length >= fewestForPace && minutes > 0;
  return {
    wordCount: tokens.length,
    ...(paced && { wordsPerMinute: Math.round(tokens.length / minutes) }),
    ...listFigures(tokens, language, transcript.verbatim === true, paced ? minutes : undefined),
  };
}

/** First word's start to last word's end, ms; undefined without word times. */
function spanOf({ words }: Transcript): number | undefined {
  const [first, last] = [words?.[0], words?.at(-1)];
  return first && last && last.endMs > first.startMs ? last.endMs - first.startMs : undefined;
}

function listFigures(
  tokens: ReturnType<typeof tokensOf>,
  language: string,
  verbatim: boolean,
  minutes: number | undefined,
): WordDelivery {
  const words = languageWords(language);
  if (!words) return {};
  const { fillers, hedges, rest } = findPhrases(tokens, words);
  const repetitions = countRepetitions(rest, words.doubled);
  const shared = tokens.length >= fewestForShares;
  const share = (count: number) => tenths((count * 100) / tokens.length);
  return {
    hedgeCount: hedges,
    ...(shared && { hedgesPer100Words: share(hedges) }),
    ...(verbatim && { fillerCount: fillers, repetitionCount: repetitions }),
    ...(verbatim && minutes !== undefined && { fillersPerMinute: tenths(fillers / minutes) }),
    ...(verbatim && shared && { fillerPercent: share(fillers), repetitionsPer100Words: share(repetitions) }),
  };
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
