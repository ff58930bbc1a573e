/** How like two recordings are, whatever a lossy coder did to their waveforms. */

/** Loudness every 5 ms, of audio at 24 kHz. */
function envelope(pcm: Int16Array): number[] {
  const step = 120;
  return Array.from({ length: Math.floor(pcm.length / step) }, (_, i) => {
    let sum = 0;
    for (let at = i * step; at < (i + 1) * step; at++) sum += pcm[at]! * pcm[at]!;
    return Math.sqrt(sum / step);
  });
}

function correlation(a: readonly number[], b: readonly number[], lag: number): number {
  const from = Math.max(0, lag);
  const to = Math.min(a.length, b.length + lag);
  const x = a.slice(from, to);
  const y = b.slice(from - lag, to - lag);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i]! - mx) * (y[i]! - my);
    xx += (x[i]! - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}

/** The correlation of two loudness curves where they fit best, up to 150 ms apart, and how far apart that is, ms. */
export function likeness(heard: Int16Array, meant: Int16Array): { correlation: number; lagMs: number } {
  const [a, b] = [envelope(heard), envelope(meant)];
  let best = { correlation: -1, lagMs: 0 };
  for (let lag = -30; lag <= 30; lag++) {
    const found = correlation(a, b, lag);
    if (found > best.correlation) best = { correlation: found, lagMs: lag * 5 };
  }
  return best;
}
