/** Noises of rooms that are no speech, made by formula, the same every time: functions of time in seconds. */
import { seededNoise } from "../pipeline/ears/ears.ts";

type Shape = (t: number) => number;

const rate = 24_000;
const tau = 2 * Math.PI;
const sine = (hz: number, t: number) => Math.sin(tau * hz * t);

/** Uniform numbers, 0–1, by their place: the same for the same number. */
function hash(n: number): number {
  const x = Math.sin(n * 127.1 + 311.7) * 43_758.5453;
  return x - Math.floor(x);
}

/** A resonator of two poles. */
function resonator(hz: number, width: number): (input: number) => number {
  const r = Math.exp((-Math.PI * width) / rate);
  const a = 2 * r * Math.cos((tau * hz) / rate);
  let [one, two] = [0, 0];
  return (input) => {
    const out = input * (1 - r) + a * one - r * r * two;
    two = one;
    one = out;
    return out;
  };
}

/** Noise through resonators side by side. */
function colored(
  seed: number,
  ...bands: readonly (readonly [hz: number, width: number, gain: number])[]
): () => number {
  const noise = seededNoise(seed);
  const filters = bands.map(([hz, width, gain]) => ({ filter: resonator(hz, width), gain }));
  return () => {
    const input = noise();
    return filters.reduce((sum, { filter, gain }) => sum + gain * filter(input), 0);
  };
}

/** A tone whose frequency moves, by its phase. */
function oscillator(): (hz: number) => number {
  let phase = 0;
  return (hz) => {
    phase += hz / rate;
    return phase;
  };
}

/** A sawtooth's first harmonics. */
function saw(phase: number, count: number): number {
  let sum = 0;
  for (let k = 1; k <= count; k++) sum += Math.sin(tau * k * phase) / k;
  return sum;
}

/** Events at uneven times, one in each `every` seconds: calls `shape` with the seconds since the last, and its number. */
function events(every: number, shape: (since: number, number: number) => number): Shape {
  return (t) => {
    const slot = Math.floor(t / every);
    const at = (n: number) => (n + 0.5 * hash(n)) * every;
    const number = t >= at(slot) ? slot : slot - 1;
    return number < 0 ? 0 : shape(t - at(number), number);
  };
}

const decay = (since: number, seconds: number) => Math.exp(-since / seconds);
/** Swells in `rise` seconds, holds until `length`, and falls as fast. */
const swell = (since: number, length: number, rise = 0.01) =>
  Math.max(0, Math.min(1, since / rise, (length - since) / rise));

/** Noise that falls by 3 dB an octave (Kellet's filter). */
export function pinkNoise(seed: number): () => number {
  const noise = seededNoise(seed);
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  const state = new Float64Array(6);
  return () => {
    const input = noise();
    for (let k = 0; k < 6; k++) state[k] = poles[k]! * state[k]! + input * gains[k]!;
    return state.reduce((sum, each) => sum + each, input * 0.5362);
  };
}

function brownNoise(seed: number): Shape {
  const noise = seededNoise(seed);
  let at = 0;
  return () => {
    at = 0.998 * at + noise();
    return at;
  };
}

function fan(): Shape {
  const air = pinkNoise(21);
  return (t) => air() * (1 + 0.3 * sine(23, t)) + 0.15 * sine(118, t) + 0.1 * sine(236, t);
}

function rain(): Shape {
  const [hiss, drops] = [seededNoise(22), colored(23, [2500, 900, 8], [1200, 500, 4])];
  const drop = events(0.03, (since, n) => decay(since, 0.004) * hash(n + 0.5) ** 3);
  return (t) => 0.15 * hiss() + 3 * drop(t) * drops();
}

function engine(): Shape {
  const turn = oscillator();
  const [noise, body] = [seededNoise(24), resonator(180, 120)];
  return (t) => {
    const phase = turn(34 + 14 * sine(0.13, t) + 3 * sine(0.7, t));
    return saw(phase, 24) + 0.4 * body(noise()) * 20 + 0.05 * noise();
  };
}

function siren(hzOf: Shape): Shape {
  const turn = oscillator();
  return (t) => {
    const phase = turn(hzOf(t));
    return Math.sin(tau * phase) + 0.4 * Math.sin(tau * 2 * phase) + 0.25 * Math.sin(tau * 3 * phase);
  };
}

const scale = [0, 2, 3, 5, 7, 8, 10, 12];
const noteHz = (base: number, degree: number) => base * 2 ** (scale[degree % 8]! / 12);

function lowChords(): Shape {
  const roots = [98, 130.8, 110, 87.3];
  return (t) => {
    const beat = Math.floor(t / 1.3);
    const since = t - beat * 1.3;
    const root = roots[beat % roots.length]!;
    let sum = 0;
    for (const ratio of [1, 1.26, 1.5, 2])
      for (let k = 1; k <= 6; k++) sum += sine(root * ratio * k, t) / k ** 1.5;
    return sum * swell(since, 1.3, 0.03) * decay(since, 0.9);
  };
}

function bowedMelody(): Shape {
  const turn = oscillator();
  const bow = seededNoise(25);
  const body = [resonator(290, 90), resonator(480, 110), resonator(1100, 300), resonator(2600, 700)];
  return (t) => {
    const note = Math.floor(t / 0.45);
    const since = t - note * 0.45;
    const hz =
      noteHz(220, Math.floor(hash(note) * 8)) * (1 + 0.008 * sine(5.5, t) * Math.min(1, since / 0.2));
    const input = saw(turn(hz), 20) * (0.3 + 0.7 * swell(since, 0.45, 0.08)) + 0.05 * bow();
    return body.reduce((sum, filter) => sum + filter(input), 0.02 * input);
  };
}

function barks(): Shape {
  const turn = oscillator();
  const throat = [resonator(650, 150), resonator(1250, 250), resonator(2600, 500)];
  const breath = seededNoise(26);
  const bark = events(0.7, (since, n) => {
    const strength = swell(since, 0.13 + 0.08 * hash(n), 0.02);
    return strength > 0 ? strength : 0;
  });
  return (t) => {
    const loud = bark(t);
    const phase = turn(280 + 340 * loud + 40 * sine(31, t));
    const input = loud * (saw(phase, 14) + 0.6 * breath());
    return throat.reduce((sum, filter) => sum + filter(input), 0);
  };
}

function coughs(): Shape {
  const burst = colored(27, [550, 220, 6], [1350, 350, 5], [2700, 700, 4]);
  const turn = oscillator();
  const cough = events(0.8, (since) => decay(since, 0.05) * swell(since, 0.35, 0.004));
  const tail = events(0.8, (since) => (since > 0.12 ? 0.25 * swell(since - 0.12, 0.18, 0.03) : 0));
  return (t) => {
    const voice = saw(turn(170 - 30 * sine(2, t)), 12);
    return 2 * cough(t) * burst() + tail(t) * (0.4 * voice + burst());
  };
}

function struck(
  every: number,
  modes: readonly (readonly [hz: number, seconds: number, gain: number])[],
  seed: number,
): Shape {
  const noise = seededNoise(seed);
  return events(every, (since, n) => {
    const force = 0.4 + 0.6 * hash(n + 0.3);
    const ring = modes.reduce(
      (sum, [hz, seconds, gain]) =>
        sum + gain * sine(hz * (0.9 + 0.2 * hash(n)), since) * decay(since, seconds),
      0,
    );
    return force * (ring + 0.5 * noise() * decay(since, 0.004));
  });
}

function bursts(every: number, seconds: number, noise: () => number): Shape {
  const loud = events(every, (since, n) => decay(since, seconds) * (0.5 + 0.5 * hash(n + 0.7)));
  return (t) => loud(t) * noise();
}

function whistle(): Shape {
  const turn = oscillator();
  const breath = colored(28, [1800, 800, 1]);
  return (t) => {
    const note = Math.floor(t / 0.35);
    const since = t - note * 0.35;
    const hz =
      noteHz(1050, Math.floor(hash(note + 9) * 8)) * (1 + 0.01 * sine(6, t)) + 60 * decay(since, 0.03);
    return Math.sin(tau * turn(hz)) * swell(since, 0.33, 0.03) + 0.4 * breath();
  };
}

function music(): Shape {
  const [hat, snare] = [seededNoise(29), colored(30, [1800, 1500, 3], [200, 100, 3])];
  const [bass, lead] = [oscillator(), oscillator()];
  const chords = lowChords();
  return (t) => {
    const beat = t / 0.5;
    const since = (beat % 1) * 0.5;
    const kick = sine(55 + 60 * decay(since, 0.03), since) * decay(since, 0.12);
    const clap = Math.floor(beat) % 2 === 1 ? snare() * decay(since, 0.08) : 0;
    const hats = hat() * decay((t / 0.25) % 1, 0.15) * 0.2;
    const walk = saw(bass(noteHz(55, Math.floor(hash(Math.floor(beat)) * 8))), 6) * 0.4;
    const tune = Math.floor(t / 0.25);
    const hz = noteHz(440, Math.floor(hash(tune + 50) * 8));
    const solo = saw(lead(hz * (1 + 0.006 * sine(5, t))), 10) * 0.35 * decay(t - tune * 0.25, 0.3);
    return 1.2 * kick + clap + hats + walk + solo + 0.25 * chords(t);
  };
}

function birds(): Shape {
  const turn = oscillator();
  return (t) => {
    const slot = Math.floor(t / 0.22);
    const since = t - slot * 0.22;
    const sings = hash(slot) > 0.4 ? swell(since, 0.08 + 0.1 * hash(slot + 0.2), 0.015) : 0;
    return sings * Math.sin(tau * turn(2500 + 2500 * hash(slot + 0.6) + 900 * sine(11, since)));
  };
}

function traffic(): Shape {
  const low = brownNoise(31);
  const tyres = colored(32, [700, 700, 2], [1500, 1500, 1]);
  return (t) => {
    const passes = Math.exp(-(((t % 5) - 2.5) ** 2) / 0.8);
    return 0.02 * low(t) + (0.1 + passes) * tyres();
  };
}

function accordion(): Shape {
  const turns = [oscillator(), oscillator(), oscillator()];
  return (t) => {
    const note = Math.floor(t / 0.6);
    const since = t - note * 0.6;
    const root = noteHz(196, Math.floor(hash(note + 70) * 8));
    const reed = (k: number, ratio: number) => saw(turns[k]!(root * ratio * (1 + 0.002 * k)), 18);
    return (reed(0, 1) + reed(1, 1.26) + reed(2, 1.5)) * swell(since, 0.6, 0.05);
  };
}

/** A new noise of each kind; every one is stateful, and made to be called sample by sample at 24 kHz. */
export const noises: Readonly<Record<string, () => Shape>> = {
  "white noise": () => seededNoise(41),
  "pink noise": () => pinkNoise(42),
  "brown noise": () => brownNoise(43),
  hum: () => {
    const hiss = seededNoise(44);
    return (t) => saw(50 * t, 12) + 0.03 * hiss();
  },
  fan,
  rain,
  engine,
  "wailing siren": () => siren((t) => 950 + 450 * sine(0.25, t)),
  "yelping siren": () => siren((t) => 1000 + 500 * sine(3, t)),
  "two-tone siren": () => siren((t) => (t % 1 < 0.5 ? 435 : 580)),
  "low chords": lowChords,
  "bowed melody": bowedMelody,
  accordion,
  music,
  barks,
  coughs,
  knocks: () =>
    struck(
      0.35,
      [
        [140, 0.05, 1],
        [310, 0.03, 0.7],
        [720, 0.015, 0.4],
      ],
      33,
    ),
  footsteps: () =>
    struck(
      0.55,
      [
        [70, 0.06, 1],
        [180, 0.03, 0.5],
      ],
      34,
    ),
  dishes: () =>
    struck(
      0.4,
      [
        [2100, 0.2, 1],
        [3700, 0.15, 0.7],
        [5200, 0.1, 0.5],
        [900, 0.05, 0.3],
      ],
      35,
    ),
  keyboard: () => bursts(0.11, 0.012, colored(36, [2200, 1500, 3], [4500, 2500, 3], [300, 150, 2])),
  claps: () => bursts(0.3, 0.025, colored(37, [1100, 600, 4], [2300, 1200, 3])),
  whistle,
  bells: () =>
    struck(
      0.8,
      [
        [620, 0.9, 1],
        [1710, 0.6, 0.6],
        [3350, 0.3, 0.4],
        [312, 1, 0.4],
      ],
      38,
    ),
  "ringing telephone": () => (t) =>
    t % 3 < 1.5 ? (sine(440, t) + sine(480, t)) * (0.6 + 0.4 * sine(20, t)) : 0,
  "alarm clock": () => (t) => (t % 0.25 < 0.12 ? Math.sign(sine(2048, t)) : 0),
  birds,
  traffic,
};
