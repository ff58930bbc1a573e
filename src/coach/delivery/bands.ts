/** Judges figures by published rules of thumb. Pure; a figure without a rule has no judgement. */

import { primaryLanguage } from "../../lib/language.ts";
import type { DeliveryFigure } from "../../ports/delivery.ts";
import type { ConversationDelivery } from "./conversation-delivery.ts";

/** The figures of an utterance, and those of a conversation. */
export type Metric = DeliveryFigure | Exclude<keyof ConversationDelivery, "delivery">;

/** `fair`: neither good nor poor. */
type Band = "low" | "good" | "fair" | "high";

export interface Judgement {
  readonly band: Band;
  /** Source of the bounds, to be shown beside the figure. */
  readonly source: string;
}

/** In rising order; a value belongs to the last band whose `from` it reaches. */
interface Rule {
  readonly bands: ReadonlyArray<{ readonly from: number; readonly band: Band }>;
  readonly source: string;
}

/**
 * English bounds, and words a minute when reading aloud (Trauzettel-Klosinski & Dietz 2012, IReST): one language's words
 * are longer than another's, so the same pace has fewer of them.
 */
const englishPace = { slow: 100, quick: 165 };
const readingAloud: Readonly<Record<string, number>> = { en: 228, fr: 195, de: 179, es: 218 };
const ruleOfThumb = "rule of thumb";

function paceRule(language: string): Rule | undefined {
  const words = readingAloud[language];
  if (words === undefined) return undefined;
  const scaled = (pace: number) => Math.round((pace * words) / readingAloud.en!);
  const source = "Microsoft Speaker Coach: 100–165 words/min";
  return {
    bands: [
      { from: 0, band: "low" },
      { from: scaled(englishPace.slow), band: "good" },
      // Whole words a minute: the bound itself is still good.
      { from: scaled(englishPace.quick) + 0.5, band: "high" },
    ],
    source: language === "en" ? source : `${source} in English, by the language's reading speed (IReST)`,
  };
}

const rules: Readonly<Partial<Record<Metric, Rule>>> = {
  fillerPercent: {
    bands: [
      { from: 0, band: "good" },
      { from: 2, band: "fair" },
      { from: 5, band: "high" },
    ],
    source: ruleOfThumb,
  },
  pitchSdSemitones: {
    bands: [
      { from: 0, band: "low" },
      { from: 2, band: "good" },
    ],
    source: `${ruleOfThumb}: under 2 semitones sounds monotone`,
  },
};

/** The band of a value, in a BCP 47 language; undefined where there is no rule for the figure or the language. */
export function judge(metric: Metric, value: number, language: string): Judgement | undefined {
  const rule = metric === "wordsPerMinute" ? paceRule(primaryLanguage(language)) : rules[metric];
  const found = rule?.bands.findLast(({ from }) => value >= from);
  return rule && found && { band: found.band, source: rule.source };
}
