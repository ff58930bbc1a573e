/** Sounds made by formula that are no voice. */
import { pinkNoise } from "../../support/noises.ts";
import { seededNoise } from "../ears/ears.ts";

const sine = (hz: number) => (t: number) => Math.sin(2 * Math.PI * hz * t);
const chord =
  (...hz: number[]) =>
  (t: number) =>
    hz.reduce((sum, one) => sum + sine(one)(t), 0);
const harmonics = (hz: number, count: number, slope: number) => (t: number) => {
  let sum = 0;
  for (let k = 1; k <= count; k++) sum += sine(hz * k)(t) / k ** slope;
  return sum;
};
const white = seededNoise(1);
export const pink = pinkNoise(2);
const brown = (() => {
  const noise = seededNoise(3);
  let at = 0;
  return () => {
    at = 0.998 * at + noise();
    return at;
  };
})();
/** Bursts of noise that die away within some 30 ms, at uneven times: keys being typed. */
const keys = (() => {
  const noise = seededNoise(4);
  let loud = 0;
  let next = 0.1;
  return (t: number) => {
    if (t > next) {
      loud = 1;
      next = t + 0.07 + Math.abs(noise()) * 0.1;
    }
    loud *= 0.9985;
    return loud * noise();
  };
})();

/** Struck every 0.8 s, each time at another pitch, dying away slowly. */
const bell = (t: number) => {
  const hz = 600 + 300 * (Math.floor(t / 0.8) % 3);
  const ring = sine(hz)(t) + 0.5 * sine(2.76 * hz)(t) + 0.3 * sine(5.4 * hz)(t);
  return Math.exp(-4.8 * (t % 0.8)) * ring;
};

/** Sounds that are no voice, each a function of time in seconds. */
export const noVoice: Record<string, (t: number) => number> = {
  ...Object.fromEntries(
    [60, 100, 150, 220, 300, 440, 880, 1500, 3000].map((hz) => [`a tone of ${hz} Hz`, sine(hz)]),
  ),
  "a major chord": chord(261.6, 329.6, 392),
  "a low chord": chord(110, 138.6, 164.8),
  "a dial tone": chord(350, 440),
  beeps: (t) => (Math.floor(t * 5) % 2 ? 0 : sine(1000)(t)),
  "dialled digits": (t) => (Math.floor(t * 4) % 2 ? 0 : chord(770, 1336)(t)),
  "a slow sweep": (t) => sine(100 + 150 * t)(t),
  "mains hum": harmonics(50, 10, 1),
  "a buzz": harmonics(120, 30, 1),
  "a square wave": (t) => Math.sign(sine(180)(t)),
  "white noise": white,
  "pink noise": pink,
  "brown noise": brown,
  "noise in gusts": (t) => white() * (0.55 + 0.45 * sine(3)(t)),
  "hum in noise": (t) => harmonics(50, 10, 1)(t) + 0.1 * white(),
  "a tone in noise": (t) => sine(440)(t) + 0.05 * white(),
  "a bell": bell,
  clicks: (t) => (t % 0.3 < 0.0002 ? 1 : 0),
  keys,
};
