/** Voice activity of one frame of 20 ms, in three steps: energy gate, WebRTC's voice detector, voicing. Part of the ears. */
import type { FvadModule } from "@echogarden/fvad-wasm";
import type { SampleRate } from "../../ports/audio.ts";
import { analysisRate, createDecimator, type Decimator } from "../audio/decimate.ts";
import type { EchoGuard } from "../echo/echo-guard.ts";
import { EnergyGate, type GateLimits } from "./energy-gate.ts";
import { NeuralVad, type SpeechEstimate } from "./silero/neural-vad.ts";
import { VoicingMeter } from "./voicing.ts";

/** Length of a frame, ms. */
export const frameMs = 20;

/** The verdict on one frame. */
export interface VoiceFrame {
  /** The detector finds a voice, or something like one. */
  active: boolean;
  /** Only the loudspeaker's echo is in it, or nothing that stands out from that; then not `active`. */
  masked: boolean;
  /** The loudspeaker's echo may be all that is in it, or in the sound that it ends: that is not known yet. */
  inDoubt: boolean;
  /** In doubt, and more likely an echo than not. */
  likelyEcho: boolean;
  /** With a pitch, and no bare tone. */
  voiced: boolean;
  /** Pitch, Hz; 0 when not voiced. */
  pitch: number;
  /** Level, dBFS (RMS). */
  level: number;
  /** Change of a voiced sound, in spectrum and level, against the frame before: 0 for steady sounds; dB, 0–5. */
  motion: number;
  /** Openness of the mouth: the share of a voiced sound above about 1.2 kHz, dB, −60–0; −60 when not voiced. */
  bright: number;
  /** The sound's autocorrelation while `voiced`; valid until the next frame of any detector is judged. */
  correlation: Float64Array;
}

/** WebRTC's detector as one WASM module for the process, with one scratch area; a detector in it is some 700 bytes. */
interface Engine {
  readonly module: FvadModule;
  /** Address to which a frame is written for the detector. */
  readonly scratch: number;
}
let loading: Promise<Engine> | undefined;
let open = 0;
const analysisLength = (analysisRate * frameMs) / 1000;

async function load(): Promise<Engine> {
  const { default: fvad } = await import("@echogarden/fvad-wasm");
  const module = await fvad();
  return { module, scratch: module._malloc(analysisLength * 2) };
}

/** Detectors that are open; a test of closing ends with zero. */
export function openDetectors(): number {
  return open;
}

/** A jump of the level by this much within three frames, dB, is a click: its change of spectrum is no motion. */
const edgeDb = 18;
/** Spectral change that noise in a steady tone reaches, dB. */
const restlessDb = 1;

/** Level, dBFS, to which faint speech is raised for WebRTC's detector, which was not tuned on any; and the largest gain. */
const workingLevel = -26;
const largestGain = 8;
/** Decay of the loudest level of late, dB per frame: half a minute for 30 dB. */
const forgetDb = 0.02;

/** The limits that `threshold` sets. */
interface Strictness extends GateLimits {
  /** One of WebRTC's four aggressiveness modes. */
  readonly mode: number;
  readonly clarity: number;
}

function strictnessOf(threshold: number): Strictness {
  return {
    marginDb: 3 + 12 * threshold * threshold,
    quietest: -80 + 16 * threshold,
    mode: threshold < 0.35 ? 0 : threshold < 0.65 ? 1 : threshold < 0.85 ? 2 : 3,
    clarity: 0.45 + 0.2 * threshold,
  };
}

/**
 * Opens a detector for audio at `rate`. `threshold` 0–1 sets how loud a frame must be (−80 to −64 dBFS, and 3–15 dB
 * above the room's noise), how sure WebRTC's detector, and how clear a pitch. A frame that `guard` takes for an echo is
 * silence.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export async function openVoiceActivity(
  rate: SampleRate,
  threshold: number,
  guard?: EchoGuard,
): Promise<VoiceActivity> {
  const decimator = createDecimator(rate, (rate * frameMs) / 1000);
  loading ??= load();
  return new VoiceActivity(await loading, decimator, threshold, guard);
}

/** The voice detector of one microphone; `openVoiceActivity` makes it. */
export class VoiceActivity {
  readonly #engine: Engine;
  readonly #decimator: Decimator;
  readonly #guard: EchoGuard | undefined;
  /** WebRTC's detector in the engine. */
  readonly #detector: number;
  #strictness: Strictness;
  readonly #gate = new EnergyGate();
  readonly #voicing = new VoicingMeter();
  readonly #narrow = new Int16Array(analysisLength);
  readonly #neural = new NeuralVad();
  readonly #frame: VoiceFrame = {
    active: false,
    masked: false,
    inDoubt: false,
    likelyEcho: false,
    voiced: false,
    pitch: 0,
    level: -120,
    motion: 0,
    bright: -60,
    correlation: this.#voicing.correlation,
  };
  /** Loudest frame of late, dBFS. */
  #loudest = -50;
  #levelBefore = -120;
  #levelTwoBefore = -120;
  #closed = false;

  constructor(engine: Engine, decimator: Decimator, threshold: number, guard: EchoGuard | undefined) {
    const { module } = engine;
    this.#engine = engine;
    this.#decimator = decimator;
    this.#guard = guard;
    this.#strictness = strictnessOf(threshold);
    this.#detector = module._fvad_new();
    if (this.#detector === 0) throw new RangeError("no memory for another voice detector");
    open++;
    module._fvad_set_sample_rate(this.#detector, analysisRate);
    module._fvad_set_mode(this.#detector, this.#strictness.mode);
  }

  /** Judges the next frame of 20 ms. The next call overwrites the answer. `inUtterance`: an utterance is open. */
  judge(pcm: Int16Array, inUtterance: boolean): VoiceFrame {
    const frame = this.#frame;
    this.#levelTwoBefore = this.#levelBefore;
    this.#levelBefore = frame.level;
    const loud = this.#gate.opens(pcm, this.#strictness, inUtterance);
    frame.level = this.#gate.level;
    this.#loudest = Math.max(frame.level, this.#loudest - forgetDb);
    if (loud) this.#judgeLoud(pcm);
    else {
      this.#decimator.skip(pcm);
      this.#neural.push(undefined, analysisLength);
      this.#guard?.silence(frame.level);
      frame.masked = false;
      this.#setSilent();
    }
    frame.inDoubt = this.#guard?.inDoubt ?? false;
    frame.likelyEcho = frame.inDoubt && this.#guard?.likelyEcho === true;
    return frame;
  }

  /** A neural network's estimate that the last frames are speech. Takes about 0.5 ms when it was not asked of late. */
  estimateSpeech(): SpeechEstimate {
    return this.#neural.judge(this.#gain);
  }

  /** Sets the threshold, 0–1, from the next frame on. */
  setThreshold(threshold: number): void {
    this.#strictness = strictnessOf(threshold);
    this.#engine.module._fvad_set_mode(this.#detector, this.#strictness.mode);
  }

  /** Frees the detector. Calling again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    open--;
    this.#engine.module._fvad_free(this.#detector);
  }

  /** Gain by which faint speech is raised. */
  get #gain(): number {
    return Math.max(1, Math.min(largestGain, 10 ** ((workingLevel - this.#loudest) / 20)));
  }

  #setSilent(): void {
    const frame = this.#frame;
    if (frame.active) this.#voicing.reset();
    frame.active = false;
    this.#setUnvoiced();
  }

  #setUnvoiced(): void {
    const frame = this.#frame;
    frame.voiced = false;
    frame.pitch = frame.motion = 0;
    frame.bright = -60;
  }

  /** Judges a frame that the energy gate let through. */
  #judgeLoud(pcm: Int16Array): void {
    const frame = this.#frame;
    const narrow = this.#narrow;
    this.#decimator.process(pcm, narrow);
    frame.masked = this.#guard?.isEcho(narrow) ?? false;
    this.#neural.push(frame.masked ? undefined : narrow, analysisLength);
    if (frame.masked) return this.#setSilent();
    const wasActive = frame.active;
    const wasVoiced = frame.voiced;
    frame.active = this.#hasVoice(narrow);
    // Nothing depends on the voicing of a frame that holds no voice.
    if (!frame.active) {
      this.#voicing.pass(narrow);
      this.#setUnvoiced();
      return;
    }
    const { voiced, pitch, change, bright } = this.#voicing.measure(narrow, this.#strictness.clarity);
    frame.voiced = voiced;
    frame.pitch = pitch;
    frame.bright = voiced ? bright : -60;
    frame.motion = voiced && wasActive ? this.#motion(change, wasVoiced) : 0;
  }

  /** The verdict of WebRTC's detector. */
  #hasVoice(narrow: Int16Array): boolean {
    const { module, scratch } = this.#engine;
    const gain = this.#gain;
    if (gain > 1) writeRaised(narrow, gain, module.HEAP16, scratch >> 1);
    else module.HEAP16.set(narrow, scratch >> 1);
    return module._fvad_process(this.#detector, scratch, analysisLength) === 1;
  }

  /** Motion of a voiced frame, dB. `change`: that of its spectrum. */
  #motion(change: number, wasVoiced: boolean): number {
    const { level } = this.#frame;
    const top = Math.max(level, this.#levelBefore, this.#levelTwoBefore);
    const bottom = Math.min(level, this.#levelBefore, this.#levelTwoBefore);
    if (top - bottom >= edgeDb) return 0;
    const step = Math.min(6, Math.abs(level - this.#levelBefore)) - 1;
    return (change > restlessDb ? change : 0) + (wasVoiced && step > 0 ? 0.3 * step : 0);
  }
}

/** Writes a frame made louder, within what a sample holds, to a place in `out`. */
function writeRaised(frame: Int16Array, gain: number, out: Int16Array, at: number): void {
  for (let i = 0; i < frame.length; i++) out[at + i] = Math.max(-32_768, Math.min(32_767, frame[i]! * gain));
}
