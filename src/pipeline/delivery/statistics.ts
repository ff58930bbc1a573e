/** The few statistics that the delivery figures share. */

/** The value under which a share (0–1) of the values lies; undefined of none. */
export function quantile(values: ArrayLike<number>, share: number): number | undefined {
  return quantileOf(new Float64Array(values).sort(), share);
}

/** Returns a quantile of values in rising order. */
export function quantileOf(sorted: Float64Array, share: number): number | undefined {
  return sorted[Math.floor((sorted.length - 1) * share)];
}

/** Level below the loudest at which all is silence, dB, and the resolution of levels for a percentile of them. */
const silence = 40;
const step = 0.1;

/**
 * The 99th percentile of what is no silence, dB, so that silence around the speech does not move it; undefined of none.
 * Counted rather than sorted: it is asked for twice a second of ever longer speech.
 */
export function loudestOf(decibels: readonly number[]): number | undefined {
  if (decibels.length === 0) return undefined;
  let peak = -Infinity;
  for (const each of decibels) if (each > peak) peak = each;
  const counts = new Uint32Array(silence / step);
  let heard = 0;
  for (const each of decibels) {
    if (each <= peak - silence) continue;
    counts[Math.floor((peak - each) / step)]!++;
    heard++;
  }
  let above = heard - 1 - Math.floor((heard - 1) * 0.99);
  let at = 0;
  while (above >= counts[at]!) above -= counts[at++]!;
  return peak - at * step;
}

/** Standard deviation, of all values rather than of a sample; undefined of none. */
export function deviation(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
