/*
 * Silero VAD's network for 8 kHz: 256 new samples and the 32 before them in, the gates of its LSTM out. Weights are 8-bit
 * with a scale a row, activations 16-bit with a scale a vector. `silero.ts` loads the weights and moves the cell.
 */
#include <stdint.h>
#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(name)))

enum {
  frame = 128, hop = 64, frames = 4, bins = 65, bins_padded = 72, context = 32, chunk = 256,
  first_row = 3 * bins_padded, second_row = 3 * 128, third_row = 2 * 64, fourth_row = 64, hidden = 128, gate_count = 512,
};

/* One file's bytes, in this order. A layer's rows have their taps side by side, oldest first. */
static struct {
  float scales[128 + 64 + 64 + 128 + 2 * gate_count];
  float biases[128 + 64 + 64 + 128 + gate_count];
  float hann[frame];
  float out[hidden + 4];
  int8_t first[128 * first_row], second[64 * second_row], third[64 * third_row], fourth[128 * fourth_row];
  int8_t from_input[gate_count * hidden], from_hidden[gate_count * hidden];
} model __attribute__((aligned(16)));

static float audio[context + chunk + hop / 2];
static float cosines[frame / 2], sines[frame / 2];
static float real[frame], imaginary[frame];
/* Frames with an empty one before and behind. */
static float magnitudes[(frames + 2) * bins_padded], encoded[3][6 * 128], state[hidden], gates[gate_count];
static int16_t quantised[6 * 128] __attribute__((aligned(16)));

EXPORT("model") void *model_at(void) { return &model; }
EXPORT("model_size") int model_size(void) { return sizeof model; }
EXPORT("model_out") float *model_out_at(void) { return model.out; }
EXPORT("audio") float *audio_at(void) { return audio; }
EXPORT("cosines") float *cosines_at(void) { return cosines; }
EXPORT("sines") float *sines_at(void) { return sines; }
EXPORT("state") float *state_at(void) { return state; }
EXPORT("gates") float *gates_at(void) { return gates; }

/* Fast Fourier transform of `real` and `imaginary` in place. */
static void transform(void) {
  for (int i = 1, j = 0; i < frame; i++) {
    int bit = frame >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      float swap = real[i];
      real[i] = real[j], real[j] = swap;
      swap = imaginary[i];
      imaginary[i] = imaginary[j], imaginary[j] = swap;
    }
  }
  for (int half = 1, stride = frame / 2; half < frame; half *= 2, stride /= 2)
    for (int start = 0; start < frame; start += 2 * half)
      for (int k = 0; k < half; k++) {
        int low = start + k, high = low + half;
        float c = cosines[k * stride], s = -sines[k * stride];
        float re = real[high] * c - imaginary[high] * s, im = real[high] * s + imaginary[high] * c;
        real[high] = real[low] - re, imaginary[high] = imaginary[low] - im;
        real[low] += re, imaginary[low] += im;
      }
}

/* Magnitudes of two windows at a time, one as the transform's real and one as its imaginary part. */
static void measure_magnitudes(void) {
  for (int t = 0; t < frames; t += 2) {
    for (int i = 0; i < frame; i++) {
      real[i] = audio[t * hop + i] * model.hann[i];
      imaginary[i] = audio[(t + 1) * hop + i] * model.hann[i];
    }
    transform();
    float *one = magnitudes + (t + 1) * bins_padded, *two = one + bins_padded;
    for (int k = 0; k < bins; k++) {
      int mirror = (frame - k) % frame;
      float a = real[k] + real[mirror], b = imaginary[k] - imaginary[mirror];
      float c = imaginary[k] + imaginary[mirror], d = real[mirror] - real[k];
      one[k] = 0.5f * __builtin_sqrtf(a * a + b * b);
      two[k] = 0.5f * __builtin_sqrtf(c * c + d * d);
    }
  }
}

/* Writes `count` numbers as 16 bits into `quantised`; returns the value of one step. */
static float quantise(const float *values, int count) {
  float most = 0;
  for (int i = 0; i < count; i++) {
    float size = __builtin_fabsf(values[i]);
    if (size > most) most = size;
  }
  if (most == 0) most = 1;
  float scale = 32767 / most;
  for (int i = 0; i < count; i++) quantised[i] = (int16_t)(values[i] * scale + (values[i] < 0 ? -0.5f : 0.5f));
  return most / 32767;
}

/* Sum of the products of `length` (a multiple of 8) weights and activations. */
static inline int32_t dot(const int8_t *weights, const int16_t *from, int length) {
  v128_t sum = wasm_i32x4_splat(0), other = sum;
  int i = 0;
  for (; i + 16 <= length; i += 16) {
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(weights + i), wasm_v128_load(from + i)));
    other = wasm_i32x4_add(other, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(weights + i + 8), wasm_v128_load(from + i + 8)));
  }
  if (i < length)
    sum = wasm_i32x4_add(sum, wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(weights + i), wasm_v128_load(from + i)));
  sum = wasm_i32x4_add(sum, other);
  sum = wasm_i32x4_add(sum, wasm_i32x4_shuffle(sum, sum, 2, 3, 0, 1));
  return wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1);
}

/* A convolution with a rectifier: `rows` outputs at each of `places`, which lie `stride` activations apart. */
static void convolve(const int8_t *weights, int length, int rows, int places, int stride, float step,
                     const float *scales, const float *biases, float *out) {
  for (int row = 0; row < rows; row++)
    for (int place = 0; place < places; place++) {
      float value = biases[row] + step * scales[row] * dot(weights + row * length, quantised + place * stride, length);
      out[place * rows + row] = value > 0 ? value : 0;
    }
}

/* Reads `audio` and `state`, writes `gates`: input, forget, cell, output, 128 each, before their nonlinearities. */
EXPORT("run_silero") void run_silero(void) {
  for (int i = 0; i < hop / 2; i++) audio[context + chunk + i] = audio[context + chunk - 2 - i];
  measure_magnitudes();
  const float *scales = model.scales, *biases = model.biases;
  /* The outputs of each layer lie behind room for an empty frame. */
  float step = quantise(magnitudes, (frames + 2) * bins_padded);
  convolve(model.first, first_row, 128, 4, bins_padded, step, scales, biases, encoded[0] + 128);
  step = quantise(encoded[0], 6 * 128);
  convolve(model.second, second_row, 64, 2, 2 * 128, step, scales + 128, biases + 128, encoded[1]);
  step = quantise(encoded[1], 2 * 64);
  convolve(model.third, third_row, 64, 1, 0, step, scales + 192, biases + 192, encoded[2]);
  step = quantise(encoded[2], 64);
  convolve(model.fourth, fourth_row, 128, 1, 0, step, scales + 256, biases + 256, encoded[2] + 64);
  step = quantise(encoded[2] + 64, hidden);
  for (int row = 0; row < gate_count; row++)
    gates[row] = biases[384 + row] + step * scales[384 + row] * dot(model.from_input + row * hidden, quantised, hidden);
  step = quantise(state, hidden);
  for (int row = 0; row < gate_count; row++)
    gates[row] += step * scales[384 + gate_count + row] * dot(model.from_hidden + row * hidden, quantised, hidden);
}
