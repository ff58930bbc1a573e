/*
 * Sums over audio, with SIMD: the loops in which voice activity spends its time. One thread, static buffers, no allocation;
 * `kernels.ts` writes inputs and reads outputs. Built by `scripts/build-kernels.sh` into `kernels.wasm`.
 */
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(name)))

/* Decimation: taps of one factor are padded to a multiple of 8 with zeros. */
enum { max_factor = 6, max_taps = 40, max_frame = 960 };
static int16_t taps[max_factor + 1][max_taps] __attribute__((aligned(16)));
static int16_t input[max_taps + max_frame + max_taps] __attribute__((aligned(16)));
static int16_t output[max_frame] __attribute__((aligned(16)));

EXPORT("taps") int16_t *taps_of(int factor) { return taps[factor]; }
EXPORT("input") int16_t *input_at(void) { return input; }
EXPORT("output") int16_t *output_at(void) { return output; }

/* Writes `count` samples: number n is the weighted sum of `length` (a multiple of 8) inputs from (n + 1) * factor on. */
EXPORT("decimate") void decimate(int factor, int length, int count) {
  const int16_t *weights = taps[factor];
  for (int n = 0; n < count; n++) {
    const int16_t *from = input + (n + 1) * factor;
    v128_t sum = wasm_i32x4_dot_i16x8(wasm_v128_load(from), wasm_v128_load(weights));
    for (int k = 8; k < length; k += 8)
      sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_v128_load(from + k), wasm_v128_load(weights + k)));
    sum = wasm_i32x4_add(sum, wasm_i32x4_shuffle(sum, sum, 2, 3, 0, 1));
    sum = wasm_i32x4_add(sum, wasm_i32x4_shuffle(sum, sum, 1, 0, 3, 2));
    int32_t value = wasm_i32x4_extract_lane(sum, 0) / 32768;
    output[n] = value > 32767 ? 32767 : value < -32768 ? -32768 : value;
  }
}

/* Voicing: 40 ms at 8 kHz. */
enum { window_length = 320, half_length = 160, longest_lag = 58, order = 10 };
static int16_t window[window_length] __attribute__((aligned(16)));
static float hann[window_length] __attribute__((aligned(16)));
static float low[half_length + 64] __attribute__((aligned(16)));
static double squares[half_length + 1];
static float clarities[longest_lag + 1];
static double windowed[window_length + 16] __attribute__((aligned(16)));
static double correlation[order + 1];

EXPORT("window") int16_t *window_at(void) { return window; }
EXPORT("hann") float *hann_at(void) { return hann; }
EXPORT("clarities") float *clarities_at(void) { return clarities; }
EXPORT("correlation") double *correlation_at(void) { return correlation; }

/* Halves the audio to 4 kHz into `low`, and removes its mean. */
static void halve(void) {
  float sum = low[0] = 0.5f * (window[0] + window[1]);
  for (int i = 1; i < half_length; i++) {
    float value = 0.25f * (window[2 * i - 1] + window[2 * i + 1]) + 0.5f * window[2 * i];
    low[i] = value;
    sum += value;
  }
  float mean = sum / half_length;
  for (int i = 0; i < half_length; i++) low[i] -= mean;
}

/* Writes the normalised square difference (McLeod & Wyvill 2005) of the audio at 4 kHz, lags 2 to `longest_lag`. */
EXPORT("measure_clarities") void measure_clarities(void) {
  halve();
  for (int i = 0; i < half_length; i++) squares[i + 1] = squares[i] + (double)low[i] * low[i];
  double total = squares[half_length];
  for (int lag = 2; lag <= longest_lag; lag++) {
    v128_t even = wasm_f32x4_splat(0), odd = even;
    /* Zeros lie behind the audio, so that the last step may reach over its end. */
    for (int i = 0; i < half_length - lag; i += 8) {
      even = wasm_f32x4_add(even, wasm_f32x4_mul(wasm_v128_load(low + i), wasm_v128_load(low + i + lag)));
      odd = wasm_f32x4_add(odd, wasm_f32x4_mul(wasm_v128_load(low + i + 4), wasm_v128_load(low + i + 4 + lag)));
    }
    v128_t sum = wasm_f32x4_add(even, odd);
    sum = wasm_f32x4_add(sum, wasm_i32x4_shuffle(sum, sum, 2, 3, 0, 1));
    double product = wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 1);
    double energy = squares[half_length - lag] + total - squares[lag];
    clarities[lag] = 2 * product / (energy + 1e-9);
  }
}

/* Writes the autocorrelation of the windowed audio, lags 0 to `order`. */
EXPORT("correlate") void correlate(void) {
  for (int i = 0; i < window_length; i++) windowed[i] = window[i] * hann[i];
  for (int lag = 0; lag <= order; lag++) {
    v128_t even = wasm_f64x2_splat(0), odd = even;
    for (int i = 0; i < window_length; i += 4) {
      even = wasm_f64x2_add(even, wasm_f64x2_mul(wasm_v128_load(windowed + i), wasm_v128_load(windowed + i + lag)));
      odd = wasm_f64x2_add(odd, wasm_f64x2_mul(wasm_v128_load(windowed + i + 2), wasm_v128_load(windowed + i + 2 + lag)));
    }
    v128_t sum = wasm_f64x2_add(even, odd);
    correlation[lag] = wasm_f64x2_extract_lane(sum, 0) + wasm_f64x2_extract_lane(sum, 1);
  }
}
