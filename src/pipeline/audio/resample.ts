/** Rates meet here: a client's audio on its way to an engine, an engine's audio on its way to a client. */
import type { SpeexModule } from "@echogarden/speex-resampler-wasm/simd";
import type { SampleRate } from "../../ports/audio.ts";
import { joinPcm } from "./pcm.ts";

/** A stream of mono PCM16 changing its rate. How the input is cut never changes the output, sample for sample. */
export interface Resampler {
  /** The output that is ready after this input (maybe none); the caller owns it. Equal rates hand `pcm` itself back. */
  process(pcm: Int16Array): Int16Array;
  /** The rest of the output; what is processed next starts a new stream. In all, round(input × to ÷ from) samples. */
  flush(): Int16Array;
  /** Frees its memory; using it afterwards throws. Calling again does nothing. */
  close(): void;
}

/** Largest piece handed to the library at once, and room for its output at up to 16 times the rate. */
const pieceLength = 2048;
const outputLength = pieceLength * 16;
/**
 * Speex's quality, 0 to 10. At 5: 80 input samples of sinc, passband to 0.91 of Nyquist; beyond speech's needs 8 or
 * 10 only cost.
 */
const quality = 5;
const none = new Int16Array(0);

/** One WASM module for the whole process, with one scratch area: nothing here is ever re-entered. */
interface Engine {
  readonly module: SpeexModule;
  readonly input: number;
  readonly output: number;
  readonly lengths: number;
}
let engine: Promise<Engine> | undefined;

async function loadEngine(): Promise<Engine> {
  const { default: load } = await import("@echogarden/speex-resampler-wasm/simd");
  const module = await load();
  return {
    module,
    input: module._malloc(pieceLength * 2),
    output: module._malloc(outputLength * 2),
    lengths: module._malloc(8),
  };
}

/**
 * Makes a resampler from rate `from` to rate `to` (1,000–192,000 Hz), aligned with its input: no delay at the start.
 * @throws RangeError on a rate out of range.
 */
export async function createResampler(from: SampleRate, to: SampleRate): Promise<Resampler> {
  for (const rate of [from, to])
    if (!(Number.isInteger(rate) && rate >= 1000 && rate <= 192_000))
      throw new RangeError(`sample rate ${rate}`);
  if (from === to) return { process: (pcm) => pcm, flush: () => none, close() {} };
  engine ??= loadEngine();
  return openResampler(await engine, from, to);
}

function openResampler(loaded: Engine, from: SampleRate, to: SampleRate): Resampler {
  const { module, lengths } = loaded;
  const state = module._speex_resampler_init(1, from, to, quality, lengths);
  if (state === 0) throw new RangeError(`cannot resample ${from} Hz to ${to} Hz`);
  module._speex_resampler_skip_zeros(state);
  const tail = new Int16Array(module._speex_resampler_get_input_latency(state) + 1);
  let taken = 0;
  let made = 0;
  let open = true;
  const run = (pcm: Int16Array): Int16Array => {
    if (!open) throw new Error("resampler is closed");
    const pieces: Int16Array[] = [];
    for (let at = 0; at < pcm.length; ) {
      const { used, output } = runPiece(loaded, state, pcm.subarray(at, at + pieceLength));
      at += used;
      made += output.length;
      if (output.length > 0) pieces.push(output);
    }
    return pieces.length === 1 ? pieces[0]! : joinPcm(pieces);
  };
  return {
    process(pcm) {
      taken += pcm.length;
      return run(pcm);
    },
    flush() {
      const whole = Math.round((taken * to) / from);
      const before = made;
      const rest: Int16Array[] = [];
      while (made < whole) rest.push(run(tail));
      const flushed = joinPcm(rest).subarray(0, whole - before);
      module._speex_resampler_reset_mem(state);
      module._speex_resampler_skip_zeros(state);
      taken = made = 0;
      return flushed;
    },
    close() {
      if (open) module._speex_resampler_destroy(state);
      open = false;
    },
  };
}

function runPiece(loaded: Engine, state: number, piece: Int16Array): { used: number; output: Int16Array } {
  const { module, input, output, lengths } = loaded;
  module.HEAP16.set(piece, input >> 1);
  module.HEAP32[lengths >> 2] = piece.length;
  module.HEAP32[(lengths >> 2) + 1] = outputLength;
  module._speex_resampler_process_int(state, 0, input, lengths, output, lengths + 4);
  const count = module.HEAP32[(lengths >> 2) + 1]!;
  return {
    used: module.HEAP32[lengths >> 2]!,
    output: module.HEAP16.slice(output >> 1, (output >> 1) + count),
  };
}
