/** Level of a stretch of audio. */

/** Level of digital silence, dBFS. */
const silent = -120;

/** RMS level in dBFS, −120 at the least, from every `step`-th sample: a third of them is enough to judge a level by. */
export function levelOf(pcm: Int16Array, step = 1): number {
  // Four sums, so that no addition waits for the one before; all are integers, and exact.
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const last = pcm.length - 3 * step;
  let i = 0;
  for (; i < last; i += 4 * step) {
    const [a, b] = [pcm[i]!, pcm[i + step]!];
    const [c, d] = [pcm[i + 2 * step]!, pcm[i + 3 * step]!];
    first += a * a;
    second += b * b;
    third += c * c;
    fourth += d * d;
  }
  for (; i < pcm.length; i += step) first += pcm[i]! * pcm[i]!;
  const mean = (first + second + third + fourth) / Math.ceil(pcm.length / step) / (32_768 * 32_768);
  return mean <= 1e-12 ? silent : 10 * Math.log10(mean);
}
