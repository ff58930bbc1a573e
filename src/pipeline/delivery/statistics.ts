/** The few statistics that the delivery figures share. */

/** The value under which a share (0–1) of the values lies; undefined of none. */
export function quantile(values: ArrayLike<number>, share: number): number | undefined {
  return quantileOf(new Float64Array(values).sort(), share);
}

/** The same of values in rising order. */
export function quantileOf(sorted: Float64Array, share: number): number | undefined {
  return sorted[Math.floor((sorted.length - 1) * share)];
}

/** The 99th percentile of what is no silence, dB, so that silence around the speech does not move it; undefined of none. */
export function loudestOf(decibels: readonly number[]): number | undefined {
  const peak = decibels.reduce((most, each) => Math.max(most, each), -Infinity);
  return quantile(
    decibels.filter((each) => each > peak - 40),
    0.99,
  );
}

/** Standard deviation, of all values rather than of a sample; undefined of none. */
export function deviation(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}
