/** Whispering made of speech: the shape of each moment's spectrum stays, the voice is replaced by noise. */
import { seededNoise } from "../pipeline/ears/ears.ts";

const order = 26;
/** Frames of 20 ms at 24 kHz, of windows twice as long. */
const hop = 480;

/** Predictor of a windowed stretch (Levinson–Durbin) and the RMS of what it fails to predict. */
function predictor(audio: Float64Array): { poles: Float64Array; size: number } {
  const correlation = Float64Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let i = lag; i < audio.length; i++) sum += audio[i]! * audio[i - lag]!;
    return sum;
  });
  correlation[0] = correlation[0]! * 1.0001 + 1;
  const poles = new Float64Array(order + 1);
  poles[0] = 1;
  let error = correlation[0]!;
  for (let i = 1; i <= order; i++) {
    let sum = 0;
    for (let j = 0; j < i; j++) sum += poles[j]! * correlation[i - j]!;
    const reflection = -sum / error;
    const before = poles.slice();
    for (let j = 1; j <= i; j++) poles[j] = before[j]! + reflection * before[i - j]!;
    error *= 1 - reflection * reflection;
  }
  return { poles, size: Math.sqrt(error / (0.375 * audio.length)) };
}

/** The same words whispered; the lowest sounds, which a whisper lacks, are weakened. */
export function whispered(pcm: Int16Array): Int16Array {
  const noise = seededNoise(61);
  const out = new Float64Array(pcm.length);
  for (let at = 0; at + 2 * hop <= pcm.length; at += hop) {
    const window = Float64Array.from({ length: 2 * hop }, (_, i) => {
      const before = at + i > 0 ? pcm[at + i - 1]! : 0;
      return (pcm[at + i]! - 0.9 * before) * (0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / hop));
    });
    const { poles, size } = predictor(window);
    const place = at + hop / 2;
    for (let i = 0; i < hop; i++) {
      let value = size * noise();
      for (let k = 1; k <= order && place + i >= k; k++) value -= poles[k]! * out[place + i - k]!;
      out[place + i] = value;
    }
  }
  // Undoes two thirds of the pre-emphasis.
  let last = 0;
  return Int16Array.from(out, (value) => {
    last = value + 0.6 * last;
    return Math.max(-32_768, Math.min(32_767, Math.round(last)));
  });
}
