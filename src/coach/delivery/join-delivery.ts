import type { Delivery, DeliveryFigure } from "../../ports/delivery.ts";

type Figure = DeliveryFigure;

/**
 * The figures of what was said in all, each weighed by what it is a share of: times and counts add up, rates come from
 * the sums, the pitch is the median of the utterances' medians by phonation, deviations are the root mean square of the
 * utterances' own. A figure that no utterance has stays absent; utterances without it do not weigh in it. Undefined of
 * none.
 */
export function joinDelivery(parts: readonly Delivery[]): Delivery | undefined {
  if (parts.length === 0) return undefined;
  const speechMs = sum(parts, (each) => each.speechMs);
  const pauseCount = sum(parts, (each) => each.pauseCount);
  const pauses = parts.filter((each) => each.pauseCount > 0);
  return rounded({
    speechMs,
    pauseCount,
    ...(speechMs > 0 && { pausesPerMinute: (pauseCount * 60_000) / speechMs }),
    ...mean(pauses, "meanPauseMs", (each) => each.pauseCount),
    ...largest(parts, "longestPauseMs"),
    ...mean(parts, "phonationRatio", (each) => each.speechMs),
    ...mean(parts, "syllablesPerSecond", phonation),
    ...medianPitch(parts),
    ...mean(parts, "pitchRangeSemitones", phonation),
    ...mean(parts, "pitchSdSemitones", phonation, square, Math.sqrt),
    ...mean(
      parts,
      "loudnessDbfs",
      phonation,
      (db) => 10 ** (db / 10),
      (power) => 10 * Math.log10(power),
    ),
    ...mean(parts, "loudnessSdDb", phonation, square, Math.sqrt),
    ...total(parts, "filledPauseCount"),
    ...total(parts, "prolongationCount"),
    ...wordFigures(parts),
  });
}

function wordFigures(parts: readonly Delivery[]): Partial<Delivery> {
  const paced = parts.filter((each) => each.wordsPerMinute);
  const minutes = (some: readonly Delivery[]) => sum(some, (each) => each.wordCount! / each.wordsPerMinute!);
  const pacedAndListed = paced.filter((each) => each.fillerCount !== undefined);
  return {
    ...total(parts, "wordCount"),
    ...(paced.length > 0 && { wordsPerMinute: sum(paced, (each) => each.wordCount!) / minutes(paced) }),
    ...total(parts, "fillerCount"),
    ...(pacedAndListed.length > 0 && {
      fillersPerMinute: sum(pacedAndListed, (each) => each.fillerCount!) / minutes(pacedAndListed),
    }),
    ...perHundred(parts, "fillerCount", "fillerPercent"),
    ...total(parts, "hedgeCount"),
    ...perHundred(parts, "hedgeCount", "hedgesPer100Words"),
    ...total(parts, "repetitionCount"),
    ...perHundred(parts, "repetitionCount", "repetitionsPer100Words"),
  };
}

/** Fewer words than this have counts and no shares, as in one utterance. */
const fewestForShares = 10;

function perHundred(parts: readonly Delivery[], count: Figure, share: Figure): Partial<Delivery> {
  const counted = parts.filter((each) => each[count] !== undefined);
  const words = sum(counted, (each) => each.wordCount ?? 0);
  return words < fewestForShares ? {} : { [share]: (sum(counted, (each) => each[count]!) * 100) / words };
}

function total(parts: readonly Delivery[], figure: Figure): Partial<Delivery> {
  const having = parts.filter((each) => each[figure] !== undefined);
  return having.length === 0 ? {} : { [figure]: sum(having, (each) => each[figure]!) };
}

function largest(parts: readonly Delivery[], figure: Figure): Partial<Delivery> {
  const values = parts.flatMap((each) => each[figure] ?? []);
  return values.length === 0 ? {} : { [figure]: Math.max(...values) };
}

/** A weighted mean, taken of `into` each value and brought back by `outOf`. */
function mean(
  parts: readonly Delivery[],
  figure: Figure,
  weight: (part: Delivery) => number,
  into = (value: number) => value,
  outOf = (value: number) => value,
): Partial<Delivery> {
  const having = parts.filter((each) => each[figure] !== undefined);
  const weights = sum(having, weight);
  return weights > 0
    ? { [figure]: outOf(sum(having, (each) => into(each[figure]!) * weight(each)) / weights) }
    : {};
}

function medianPitch(parts: readonly Delivery[]): Partial<Delivery> {
  const having = parts.filter((each) => each.pitchHz !== undefined);
  having.sort((one, other) => one.pitchHz! - other.pitchHz!);
  const half = sum(having, phonation) / 2;
  let passed = 0;
  const middle = having.find((each) => {
    passed += phonation(each);
    return passed >= half;
  });
  return middle ? { pitchHz: middle.pitchHz! } : {};
}

/** Time spoken without the pauses, ms. */
function phonation({ speechMs, phonationRatio = 1 }: Delivery): number {
  return speechMs * phonationRatio;
}

function square(value: number): number {
  return value * value;
}

function sum(parts: readonly Delivery[], value: (part: Delivery) => number): number {
  return parts.reduce((before, each) => before + value(each), 0);
}

/** To two digits after the point, ratios to three. */
function rounded(delivery: Delivery): Delivery {
  const entries = Object.entries(delivery) as Array<[Figure, number]>;
  const digits = (figure: Figure) => (figure === "phonationRatio" ? 1000 : 100);
  return Object.fromEntries(
    entries.map(([figure, value]) => [figure, Math.round(value * digits(figure)) / digits(figure)]),
  ) as unknown as Delivery;
}
