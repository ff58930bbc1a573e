/** Before the turn: brings a whole recording to a rate the server takes. For live audio the browser does this itself. */

/** Zero crossings of the sinc kept on either side; 32 keeps the stop band some 80 dB down under a Blackman window. */
const crossings = 32;

/**
 * Changes the rate of a recording by band-limited interpolation: a sinc cut at the lower of both Nyquist rates, under a
 * Blackman window (Smith, "Digital Audio Resampling", CCRMA). For seconds of speech; cost grows with length × 64.
 */
export function convertRate(pcm: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return pcm;
  const out = new Int16Array(Math.round((pcm.length * to) / from));
  const cutoff = Math.min(1, to / from);
  const half = crossings / cutoff;
  for (let i = 0; i < out.length; i++) {
    const centre = (i * from) / to;
    let sum = 0;
    const last = Math.min(pcm.length - 1, Math.floor(centre + half));
    for (let k = Math.max(0, Math.ceil(centre - half)); k <= last; k++) {
      const x = (k - centre) * cutoff;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      const phase = (Math.PI * (k - centre)) / half;
      sum += (pcm[k] as number) * sinc * (0.42 + 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase));
    }
    out[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum * cutoff)));
  }
  return out;
}
