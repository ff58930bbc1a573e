/** Takes noise out of an utterance before its features are made, by RNNoise (Valin 2018), which works at 48 kHz. */
import createModule from "@echogarden/rnnoise-wasm";
import { createResampler } from "../../../../pipeline/audio/resample.ts";
import { ENGINE_RATE } from "./front-end.ts";

const NET_RATE = 48_000;
/** Samples of a frame of the network, 10 ms. */
const FRAME = 480;
/** Samples by which the network's output comes late. */
const DELAY = FRAME;

export interface NoiseSuppression {
  /** Returns an utterance (mono, 16 kHz) of the same length without its noise; keeps nothing of it. */
  suppress(pcm: Int16Array): Promise<Suppressed>;
}

export interface Suppressed {
  readonly pcm: Int16Array;
  /** Per 10 ms: probability of speech, 0–1. */
  readonly speech: Float32Array;
}

/** Loads the network; takes some 20 ms and 2 MB. */
export async function openNoiseSuppression(): Promise<NoiseSuppression> {
  const module = await createModule();
  const buffer = module._malloc(FRAME * 4);
  return {
    async suppress(pcm) {
      const up = await resampled(pcm, ENGINE_RATE, NET_RATE);
      const frames = Math.ceil((up.length + DELAY) / FRAME);
      const clean = new Int16Array(frames * FRAME);
      const speech = new Float32Array(frames - 1);
      const state = module._rnnoise_create(0);
      try {
        for (let f = 0; f < frames; f++) {
          const samples = module.HEAPF32.subarray(buffer / 4, buffer / 4 + FRAME);
          for (let i = 0; i < FRAME; i++) samples[i] = up[f * FRAME + i] ?? 0;
          const probability = module._rnnoise_process_frame(state, buffer, buffer);
          if (f > 0) speech[f - 1] = probability;
          const out = module.HEAPF32.subarray(buffer / 4, buffer / 4 + FRAME);
          for (let i = 0; i < FRAME; i++)
            clean[f * FRAME + i] = Math.max(-32_768, Math.min(32_767, Math.round(out[i] as number)));
        }
      } finally {
        module._rnnoise_destroy(state);
      }
      const down = await resampled(clean.subarray(DELAY, DELAY + up.length), NET_RATE, ENGINE_RATE);
      return { pcm: down.subarray(0, pcm.length), speech };
    },
  };
}

async function resampled(pcm: Int16Array, from: number, to: number): Promise<Int16Array> {
  const resampler = await createResampler(from, to);
  try {
    const [body, rest] = [resampler.process(pcm), resampler.flush()];
    const whole = new Int16Array(body.length + rest.length);
    whole.set(body);
    whole.set(rest, body.length);
    return whole;
  } finally {
    resampler.close();
  }
}
