/** Linear prediction over an autocorrelation: the shape of a sound's spectrum in ten numbers. Part of voice activity. */

/** Poles of every predictor. */
export const order = 10;

/**
 * Levinson–Durbin: writes the predictor of `correlation` (lags 0 to `order`) into `poles`, and the energy that it fails
 * to predict with each number of poles into `errors`. Both hold `order + 1` numbers.
 */
export function predict(correlation: Float64Array, poles: Float64Array, errors: Float64Array): void {
  poles.fill(0);
  poles[0] = 1;
  let error = correlation[0]!;
  errors[0] = error;
  for (let i = 1; i <= order; i++) {
    let sum = correlation[i]!;
    for (let j = 1; j < i; j++) sum += poles[j]! * correlation[i - j]!;
    const reflection = -sum / error;
    for (let j = 1; j <= i >> 1; j++) {
      const low = poles[j]!;
      const high = poles[i - j]!;
      poles[j] = low + reflection * high;
      if (j !== i - j) poles[i - j] = high + reflection * low;
    }
    poles[i] = reflection;
    error *= 1 - reflection * reflection;
    errors[i] = error;
  }
}

/**
 * Writes the weight of each lag in the energy that a predictor fails to predict: for any sound that energy is the sum of
 * weight times autocorrelation.
 */
export function residualWeights(poles: Float64Array, weights: Float64Array): void {
  for (let lag = 0; lag <= order; lag++) {
    let sum = 0;
    for (let i = 0; i + lag <= order; i++) sum += poles[i]! * poles[i + lag]!;
    weights[lag] = lag === 0 ? sum : 2 * sum;
  }
}

/** Energy of a sound, given by its autocorrelation, that the predictor behind `weights` fails to predict. */
export function residual(weights: Float64Array, correlation: Float64Array): number {
  let sum = 0;
  for (let lag = 0; lag <= order; lag++) sum += weights[lag]! * correlation[lag]!;
  return Math.max(sum, 1e-9);
}
