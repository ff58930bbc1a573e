/** Shapes of the WASM packages in use that ship without types: only what is called. */

declare module "@echogarden/speex-resampler-wasm/simd" {
  /** Pointers are byte offsets into the heap; the `HEAP` views are replaced when the heap grows. */
  export interface SpeexModule {
    readonly HEAP16: Int16Array;
    readonly HEAP32: Int32Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _speex_resampler_init(channels: number, from: number, to: number, quality: number, error: number): number;
    _speex_resampler_destroy(state: number): void;
    _speex_resampler_process_int(
      state: number,
      channel: number,
      input: number,
      inputLength: number,
      output: number,
      outputLength: number,
    ): number;
    _speex_resampler_skip_zeros(state: number): number;
    _speex_resampler_reset_mem(state: number): number;
    _speex_resampler_get_input_latency(state: number): number;
  }
  export default function load(): Promise<SpeexModule>;
}

declare module "@echogarden/fvad-wasm" {
  /** Pointers are byte offsets into the heap; the `HEAP` views are replaced when the heap grows. */
  export interface FvadModule {
    readonly HEAP16: Int16Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _fvad_new(): number;
    _fvad_free(state: number): void;
    _fvad_reset(state: number): void;
    _fvad_set_mode(state: number, mode: number): number;
    _fvad_set_sample_rate(state: number, rate: number): number;
    _fvad_process(state: number, frame: number, length: number): number;
  }
  export default function load(): Promise<FvadModule>;
}

declare module "@echogarden/rnnoise-wasm" {
  /** Pointers are byte offsets into the heap; the `HEAP` views are replaced when the heap grows. */
  export interface RnnoiseModule {
    readonly HEAPF32: Float32Array;
    _malloc(bytes: number): number;
    _rnnoise_create(model: number): number;
    _rnnoise_destroy(state: number): void;
    /** Takes and gives a frame of 480 samples at the scale of 16 bits. Returns the probability of speech. */
    _rnnoise_process_frame(state: number, output: number, input: number): number;
  }
  export default function load(): Promise<RnnoiseModule>;
}
