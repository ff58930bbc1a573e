/** Silero VAD (v6, 8 kHz): a small neural network's estimate that there is speech in the last 32 ms. Part of voice activity. */
import { readFileSync } from "node:fs";
import { floatsAt, kernels } from "../../kernels/kernels.ts";

/** New samples of 8 kHz audio that one estimate takes: 32 ms. */
export const chunkLength = 256;
/** Samples before those which it sees again. */
const contextLength = 32;
const cells = 128;

/** What the network remembers of one microphone. */
export interface SileroState {
  readonly hidden: Float32Array;
  readonly cell: Float32Array;
  readonly context: Float32Array;
}

/** State of a network that has heard nothing. */
export function newSileroState(): SileroState {
  return {
    hidden: new Float32Array(cells),
    cell: new Float32Array(cells),
    context: new Float32Array(contextLength),
  };
}

/** Forgets all that was heard. */
export function resetSilero({ hidden, cell, context }: SileroState): void {
  hidden.fill(0);
  cell.fill(0);
  context.fill(0);
}

/** Views on the kernels' buffers, once the weights are loaded. */
let views: ReturnType<typeof load> | undefined;

function load() {
  const size = kernels.model_size();
  new Uint8Array(kernels.memory.buffer, kernels.model(), size).set(
    readFileSync(new URL("./weights.bin", import.meta.url)).subarray(0, size),
  );
  const [cosines, sines] = [floatsAt(kernels.cosines(), 64), floatsAt(kernels.sines(), 64)];
  for (let i = 0; i < 64; i++) {
    cosines[i] = Math.cos((2 * Math.PI * i) / 128);
    sines[i] = Math.sin((2 * Math.PI * i) / 128);
  }
  return {
    audio: floatsAt(kernels.audio(), contextLength + chunkLength),
    hidden: floatsAt(kernels.state(), cells),
    gates: floatsAt(kernels.gates(), 4 * cells),
    out: floatsAt(kernels.model_out(), cells + 1),
  };
}

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Probability, 0–1, of speech in the `chunkLength` samples from `at` on, made louder by `gain`; moves `state` on. Takes
 * about 50 µs.
 */
export function speechProbability(state: SileroState, pcm: Int16Array, at: number, gain: number): number {
  views ??= load();
  const { audio, hidden, gates, out } = views;
  audio.set(state.context);
  const scale = gain / 32_768;
  for (let i = 0; i < chunkLength; i++) audio[contextLength + i] = pcm[at + i]! * scale;
  state.context.set(audio.subarray(chunkLength, chunkLength + contextLength));
  hidden.set(state.hidden);
  kernels.run_silero();
  let sum = out[cells]!;
  for (let i = 0; i < cells; i++) {
    const kept = logistic(gates[cells + i]!) * state.cell[i]!;
    const cell = kept + logistic(gates[i]!) * Math.tanh(gates[2 * cells + i]!);
    state.cell[i] = cell;
    const value = logistic(gates[3 * cells + i]!) * Math.tanh(cell);
    state.hidden[i] = value;
    if (value > 0) sum += value * out[i]!;
  }
  return logistic(sum);
}
