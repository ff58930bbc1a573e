/** Sums over audio with SIMD, for the process: a WebAssembly module (`kernels.c`, `silero.c`) whose static buffers are scratch. */
import { readFileSync } from "node:fs";

/** Functions of the module; those without an argument and with a result give the address of a buffer. */
interface Kernels {
  readonly memory: WebAssembly.Memory;
  taps(factor: number): number;
  input(): number;
  output(): number;
  decimate(factor: number, length: number, count: number): void;
  window(): number;
  hann(): number;
  clarities(): number;
  correlation(): number;
  measure_clarities(): void;
  correlate(): void;
  model(): number;
  model_size(): number;
  model_out(): number;
  audio(): number;
  cosines(): number;
  sines(): number;
  state(): number;
  gates(): number;
  run_silero(): void;
}

const bytes = readFileSync(new URL("./kernels.wasm", import.meta.url));
/** The module's functions. Nothing in it is re-entered, and its memory never grows. */
export const kernels = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Kernels;

const { buffer } = kernels.memory;

/** A view on 16-bit samples in the module's memory. */
export function samplesAt(address: number, length: number): Int16Array {
  return new Int16Array(buffer, address, length);
}

/** A view on 32-bit floats in the module's memory. */
export function floatsAt(address: number, length: number): Float32Array {
  return new Float32Array(buffer, address, length);
}

/** A view on 64-bit floats in the module's memory. */
export function doublesAt(address: number, length: number): Float64Array {
  return new Float64Array(buffer, address, length);
}
