/** Loudness of audio, for meters and for finding the end of speech in a recording. */

/** Root mean square of 16-bit samples in dB below full scale; −Infinity for silence. */
export function levelOf(pcm: Int16Array): number {
  let sum = 0;
  for (const sample of pcm) sum += sample * sample;
  return pcm.length === 0 || sum === 0
    ? Number.NEGATIVE_INFINITY
    : 10 * Math.log10(sum / pcm.length / 32_768 ** 2);
}

/** A level as 0–1 for a meter: −60 dBFS and below is 0, full scale is 1. */
export function meterOf(level: number): number {
  return Math.min(1, Math.max(0, (level + 60) / 60));
}

/**
 * The end of speech in a recording, ms: of the last 20 ms frame within 30 dB of the loudest. Undefined
 * where nothing is louder than −50 dBFS.
 */
export function endOfSpeech(pcm: Int16Array, rate: number): number | undefined {
  const size = Math.round(rate / 50);
  const levels: number[] = [];
  for (let at = 0; at < pcm.length; at += size) levels.push(levelOf(pcm.subarray(at, at + size)));
  const loudest = levels.reduce((most, level) => Math.max(most, level), Number.NEGATIVE_INFINITY);
  if (loudest < -50) return undefined;
  const last = levels.findLastIndex((level) => level >= loudest - 30);
  return Math.min((last + 1) * 20, (pcm.length * 1000) / rate);
}
