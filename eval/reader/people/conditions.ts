/** Conditions in which a recording may reach the coach, made by mixing; the same for the same recording. */

import { joinPcm } from "../../../src/pipeline/audio/pcm.ts";
import { createResampler } from "../../../src/pipeline/audio/resample.ts";
import type { Recording } from "../../../src/pipeline/audio/wav.ts";

const RATE = 16_000;
/** Quiet before and after the words, s, in which the room is heard alone. */
const AROUND_S = 0.4;
const FULL = 32_767;
/** Highest level of a clean recording. */
const PEAK = 0.5 * FULL;

type Room = (speech: Float32Array, other: Float32Array) => Float32Array;

/** `other`: running speech of somebody else. */
export const conditions: Readonly<Record<string, Room>> = {
  clean: (speech) => speech,
  "noise 20 dB": (speech) => mix(speech, pinkNoise(speech.length), 20),
  "noise 10 dB": (speech) => mix(speech, pinkNoise(speech.length), 10),
  "noise 5 dB": (speech) => mix(speech, pinkNoise(speech.length), 5),
  "second voice": (speech, other) => mix(speech, other, 15),
  "clipped 10 dB": (speech) =>
    speech.map((v) => Math.max(-FULL, Math.min(FULL, v * (FULL / PEAK) * 10 ** 0.5))),
  "reverberation 0.8 s": (speech) => reverberate(speech, 0.8),
  "quiet -40 dBFS": (speech) => speech.map((v) => (v * (0.01 * FULL)) / PEAK),
  offset: (speech) => speech.map((v) => v + 0.1 * FULL),
  hum: (speech) =>
    mix(
      speech,
      Float32Array.from(speech, (_, i) => Math.sin((2 * Math.PI * 50 * i) / RATE)),
      20,
    ),
};

/** The recording as it is heard in a room, at 16 kHz with some of the room around it. `behind`: by `loud`, from `from` on. */
export async function inRoom(
  room: Room,
  recording: Recording,
  behind: Float32Array,
  from: number,
): Promise<Recording> {
  const speech = await loud(recording);
  const around = Math.round(AROUND_S * RATE);
  const whole = new Float32Array(speech.length + 2 * around);
  whole.set(speech, around);
  const start = from % behind.length;
  const voice = Float32Array.from(whole, (_, i) => behind[(start + i) % behind.length] as number);
  const heard = room(whole, voice);
  return {
    rate: RATE,
    pcm: Int16Array.from(heard, (v) => Math.max(-FULL - 1, Math.min(FULL, Math.round(v)))),
  };
}

/** At 16 kHz, the highest sample at `PEAK`. */
export async function loud({ rate, pcm }: Recording): Promise<Float32Array> {
  const resampler = await createResampler(rate, RATE);
  const parts = [resampler.process(pcm), resampler.flush()];
  resampler.close();
  const all = Float32Array.from(joinPcm(parts));
  const most = all.reduce((max, v) => Math.max(max, Math.abs(v)), 1);
  return all.map((v) => (v * PEAK) / most);
}

/** `noise` added `snr` dB below the speech; both levels are those of the loud parts. */
function mix(speech: Float32Array, noise: Float32Array, snr: number): Float32Array {
  const gain = (level(speech) / level(noise)) * 10 ** (-snr / 20);
  return speech.map((v, i) => v + gain * (noise[i] as number));
}

/** Root mean square of the pieces of 20 ms that are less than 30 dB below the loudest. */
function level(samples: Float32Array): number {
  const size = RATE / 50;
  const powers = Array.from(
    { length: Math.floor(samples.length / size) },
    (_, i) => samples.subarray(i * size, (i + 1) * size).reduce((sum, v) => sum + v * v, 0) / size,
  );
  const most = Math.max(...powers);
  const active = powers.filter((power) => power > most / 1000);
  return Math.sqrt(active.reduce((sum, power) => sum + power, 0) / active.length);
}

/** Numbers from -1 to 1, the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/** Three poles by Paul Kellet: 3 dB an octave. */
function pinkNoise(length: number): Float32Array {
  const white = random(length);
  let [a, b, c] = [0, 0, 0];
  return Float32Array.from({ length }, () => {
    const w = white();
    a = 0.99765 * a + 0.099046 * w;
    b = 0.963 * b + 0.2965164 * w;
    c = 0.57 * c + 1.0526913 * w;
    return a + b + c + 0.1848 * w;
  });
}

/** Velvet noise that fades by 60 dB in `seconds`, as loud in all as the direct sound. */
function reverberate(speech: Float32Array, seconds: number): Float32Array {
  const noise = random(7);
  const taps = Array.from({ length: Math.round(2000 * seconds) }, (_, i) => {
    const at = Math.round(((i + 0.5 + noise() / 2) * RATE) / 2000) + 40;
    return { at, gain: Math.sign(noise()) * 10 ** ((-3 * at) / (seconds * RATE)) };
  });
  const energy = Math.sqrt(taps.reduce((sum, { gain }) => sum + gain * gain, 0));
  const out = Float32Array.from(speech);
  for (const { at, gain } of taps)
    for (let i = at; i < out.length; i++) out[i]! += (gain / energy) * (speech[i - at] as number);
  return out;
}
