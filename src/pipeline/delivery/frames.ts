/** Audio as frames of 10 ms with level, loudness and pitch: the input of the delivery figures. */
import type { SampleRate } from "../../ports/audio.ts";
import { createDecimator } from "../audio/decimate.ts";
import { createBandLoudness } from "./band-loudness.ts";
import { CepstrumTrack } from "./cepstrum.ts";
import { createPitchTrack, type PitchReading } from "./pitch-track.ts";

/** Length of a frame, ms. */
export const frameMs = 10;

/** An utterance so far. The rows grow at their ends; the last frames may still be without loudness or pitch. */
export interface Frames {
  /** Mean square of each frame's samples, full scale being 1. */
  readonly energy: readonly number[];
  /** Level in dBFS (a square wave at full scale is 0, a sine −3), −120 at the least. */
  readonly level: readonly number[];
  /** Loudness of the bands in which vowels exceed consonants, dB without a reference. */
  readonly loudness: readonly number[];
  /** For every second frame, number k being of frames 2k + 2 and 2k + 3. */
  readonly pitch: readonly PitchReading[];
  /** Spectra of the same readings. */
  readonly cepstra: Pick<CepstrumTrack, "rows">;
}

export interface FrameAnalysis {
  readonly frames: Frames;
  push(pcm: Int16Array): void;
}

const fullScale = 32_768;
/** Frames fainter than this have no pitch: about 3 steps of 16 bits. */
const silent = (3 / fullScale) ** 2;
/** Clarity of pitch from which a reading's spectrum is looked at: that of hoarse voices. */
const voiced = 0.5;

/**
 * Makes an analysis for audio at `rate`.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export function createFrameAnalysis(rate: SampleRate): FrameAnalysis {
  const frame = new Int16Array((rate * frameMs) / 1000);
  const narrow = new Int16Array(80);
  const decimator = createDecimator(rate, frame.length);
  const loudness = createBandLoudness();
  const pitch = createPitchTrack();
  const frames = {
    energy: [] as number[],
    level: [] as number[],
    loudness: [] as number[],
    pitch: [] as PitchReading[],
    cepstra: new CepstrumTrack(),
  };
  let filled = 0;
  const take = () => {
    let sum = 0;
    for (let i = 0; i < frame.length; i++) sum += frame[i]! * frame[i]!;
    const energy = sum / frame.length / (fullScale * fullScale);
    frames.energy.push(energy);
    frames.level.push(10 * Math.log10(energy + 1e-12));
    decimator.process(frame, narrow);
    const loud = loudness.take(narrow);
    if (loud !== undefined) frames.loudness.push(loud);
    const reading = pitch.take(narrow, energy > silent);
    frames.cepstra.push(narrow);
    if (!reading) return;
    frames.pitch.push(reading);
    frames.cepstra.read(reading.clarity >= voiced);
  };
  return {
    frames,
    push(pcm) {
      for (let at = 0; at < pcm.length; ) {
        const length = Math.min(frame.length - filled, pcm.length - at);
        frame.set(pcm.subarray(at, at + length), filled);
        filled += length;
        at += length;
        if (filled < frame.length) break;
        filled = 0;
        take();
      }
    },
  };
}

/** Returns the index of a frame's pitch reading; at the ends the nearest one. −1 while there is none. */
export function readingOf({ pitch }: Frames, frame: number): number {
  return Math.min(Math.max(0, (frame - 2) >> 1), pitch.length - 1);
}
