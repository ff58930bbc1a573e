/** Usage of engines that charge: reported request by request, added up over a turn or a session. Pure. */
import type { Stage } from "../lib/errors.ts";

/** The countable figures; an unknown one is absent. */
export interface UsageFigures {
  /** Tokens as the model counts them, those taken from its cache included. */
  readonly inputTokens?: number;
  readonly cachedInputTokens?: number;
  readonly outputTokens?: number;
  /** Length of the audio that was transcribed, or made, s. */
  readonly audioSeconds?: number;
  /** Length of the text that was to be spoken. */
  readonly characters?: number;
  /** In the currency of the prices; absent where no price is known. */
  readonly cost?: number;
  /** The request was abandoned, or its server reports nothing: the figures are estimates, not those of a bill. */
  readonly estimated?: true;
}

/** One request's usage. */
export interface UsageReport extends UsageFigures {
  readonly stage: Stage;
  readonly model: string;
}

/** Called once with a request's usage. Must not throw. */
export type OnUsage = (report: UsageReport) => void;

/** Reports the transcriber's work on an utterance, counted from 1 within the session; as `OnUsage`. */
export type OnUtteranceUsage = (report: UsageReport, utterance: number) => void;

/** One stage's usage: sums of the reported figures. A cost is there only if every request had one. */
export interface StageUsage extends UsageFigures {
  readonly requests: number;
}

/** Usage of a turn or a session; a stage that charged nothing is absent. */
export type TurnUsage = Readonly<Partial<Record<Stage, StageUsage>>>;

/** Adds one request to a total; `{}` is the total of none. */
export function addUsage(total: TurnUsage, { stage, model: _, ...figures }: UsageReport): TurnUsage {
  const before = total[stage];
  const used = { requests: 1, ...figures };
  return { ...total, [stage]: before ? joinStage(before, used) : used };
}

const summed = ["inputTokens", "cachedInputTokens", "outputTokens", "audioSeconds", "characters"] as const;

function joinStage(a: StageUsage, b: StageUsage): StageUsage {
  const sums: { -readonly [Name in keyof UsageFigures]: UsageFigures[Name] } = {};
  for (const name of summed)
    if (a[name] !== undefined || b[name] !== undefined) sums[name] = (a[name] ?? 0) + (b[name] ?? 0);
  if (a.cost !== undefined && b.cost !== undefined) sums.cost = a.cost + b.cost;
  if (a.estimated || b.estimated) sums.estimated = true;
  return { requests: a.requests + b.requests, ...sums };
}

/** The total cost; undefined where a part has no known cost, or where nothing was charged. */
export function turnCost(usage: TurnUsage): number | undefined {
  const stages = Object.values(usage);
  if (stages.length === 0) return undefined;
  let cost = 0;
  for (const stage of stages) {
    if (stage.cost === undefined) return undefined;
    cost += stage.cost;
  }
  return cost;
}

/** Prices of one model, in any one currency; each that is set counts, and 0 says that something is free. */
export interface Price {
  readonly perMillionInputTokens?: number;
  /** Price of input tokens from the model's cache; left out, they cost as the others do. */
  readonly perMillionCachedInputTokens?: number;
  readonly perMillionOutputTokens?: number;
  readonly perAudioMinute?: number;
  readonly perMillionCharacters?: number;
}

/** Cost of the usage, in the price's currency; undefined where nothing is priced, or a priced figure is unknown. */
export function costOf(used: UsageFigures, price: Price): number | undefined {
  const { inputTokens, cachedInputTokens = 0, outputTokens, audioSeconds, characters } = used;
  const { perMillionInputTokens: perInput, perMillionCachedInputTokens: perCached = perInput } = price;
  const uncached = inputTokens === undefined ? undefined : inputTokens - cachedInputTokens;
  const parts = [
    [uncached, perInput, 1e6],
    [cachedInputTokens, perCached, 1e6],
    [outputTokens, price.perMillionOutputTokens, 1e6],
    [audioSeconds, price.perAudioMinute, 60],
    [characters, price.perMillionCharacters, 1e6],
  ] as const;
  let cost: number | undefined;
  for (const [figure, per, unit] of parts) {
    if (per === undefined) continue;
    if (figure === undefined) return undefined;
    cost = (cost ?? 0) + (figure / unit) * per;
  }
  return cost;
}
