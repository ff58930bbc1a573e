/** Speech made slower without being made lower, for paces the engine itself does not go down to. */

const WINDOW_MS = 32;
const SEARCH_MS = 8;

/**
 * Stretches mono `pcm` in time by `factor` (≥ 1) at the same pitch: overlapping windows, each taken where it best
 * continues the one before it (WSOLA; Verhelst & Roelands, ICASSP 1993). The result is `factor` times as long.
 */
export function stretchTime(pcm: Int16Array, factor: number, rate: number): Int16Array {
  const half = Math.round((WINDOW_MS * rate) / 2000);
  const search = Math.round((SEARCH_MS * rate) / 1000);
  const length = Math.round(pcm.length * factor);
  if (factor === 1 || pcm.length < 4 * half) return resized(pcm, length);
  const fade = Float32Array.from(
    { length: half },
    (_, i) => 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / half),
  );
  const out = new Int16Array(length);
  out.set(pcm.subarray(0, half));
  let previous = 0;
  for (let at = half; at < length; at += half) {
    const wanted = previous + half;
    const nominal = Math.round((at - half) / factor);
    const start = bestStart(pcm, wanted, nominal, half, search);
    for (let i = 0; i < half && at + i < length; i++) {
      const weight = fade[i] as number;
      out[at + i] = Math.round((pcm[wanted + i] ?? 0) * (1 - weight) + (pcm[start + i] ?? 0) * weight);
    }
    previous = start;
  }
  return out;
}

/**
 * Finds the place near `nominal` at which the speech looks most like what would follow at `wanted`; every fourth
 * sample is compared.
 */
function bestStart(pcm: Int16Array, wanted: number, nominal: number, half: number, search: number): number {
  const first = Math.max(0, nominal - search);
  const last = Math.min(pcm.length - half, nominal + search);
  let best = Math.max(0, Math.min(nominal, pcm.length - half));
  let highest = Number.NEGATIVE_INFINITY;
  for (let start = first; start <= last; start++) {
    let product = 0;
    let energy = 1;
    for (let i = 0; i < half; i += 4) {
      const sample = pcm[start + i] as number;
      product += sample * (pcm[wanted + i] ?? 0);
      energy += sample * sample;
    }
    const likeness = product / Math.sqrt(energy);
    if (likeness > highest) {
      highest = likeness;
      best = start;
    }
  }
  return best;
}

function resized(pcm: Int16Array, length: number): Int16Array {
  const out = new Int16Array(length);
  out.set(pcm.subarray(0, length));
  return out;
}
