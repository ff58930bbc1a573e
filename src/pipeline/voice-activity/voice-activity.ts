/** The ears' cascade over one frame of 20 ms: energy gate, then WebRTC's voice detector, then voicing. */
import type { FvadModule } from "@echogarden/fvad-wasm";
import type { SampleRate } from "../../ports/audio.ts";
import { analysisRate, createDecimator } from "../audio/decimate.ts";
import type { EchoGuard } from "../echo/echo-guard.ts";
import { createEnergyGate, type GateLimits } from "./energy-gate.ts";
import { createVoicingMeter } from "./voicing.ts";

/** Length of a frame, ms. */
export const frameMs = 20;

/** What one frame was. */
export interface VoiceFrame {
  /** The detector hears a voice, or something like one. */
  active: boolean;
  /** It holds nothing but the loudspeaker's echo, or nothing that stands out from it; so it is not `active`. */
  masked: boolean;
  /** It has a pitch, and is no bare tone. */
  voiced: boolean;
  /** Hz; 0 when not voiced. */
  pitch: number;
  /** dBFS (RMS). */
  level: number;
  /** How much a voiced sound moved, in spectrum and level, against the frame before: 0 for steady sounds; dB, 0–5. */
  motion: number;
  /** How far the mouth is open: the share of a voiced sound above about 1.2 kHz, dB, −60–0; −60 when not voiced. */
  bright: number;
  /** The sound's autocorrelation while `voiced`; good until the next frame of any detector is judged. */
  correlation: Float64Array;
}

export interface VoiceActivity {
  /** Judges the next frame of 20 ms. The answer is overwritten by the next call. `hearing`: an utterance is open. */
  judge(frame: Int16Array, hearing: boolean): VoiceFrame;
  /** 0–1, from here on. */
  setThreshold(threshold: number): void;
  /** Frees the detector. Calling again does nothing. */
  close(): void;
}

/** One WASM module for the process; a detector in it is some 700 bytes. */
let loading: Promise<{ module: FvadModule; scratch: number }> | undefined;
let open = 0;
const analysisLength = (analysisRate * frameMs) / 1000;

async function load(): Promise<{ module: FvadModule; scratch: number }> {
  const { default: fvad } = await import("@echogarden/fvad-wasm");
  const module = await fvad();
  return { module, scratch: module._malloc(analysisLength * 2) };
}

/** How many detectors are open; a close test ends with zero. */
export function openDetectors(): number {
  return open;
}

/** Level must not jump more than this, dB, within three frames for a change of spectrum to mean motion: clicks do. */
const edgeDb = 18;
/** Spectral change that noise in a steady tone reaches, dB. */
const restlessDb = 1;

/** The level, dBFS, to which faint speech is raised for WebRTC's detector, which was tuned on none; and by how much at most. */
const workingLevel = -26;
const largestGain = 8;
/** How fast the loudest level heard is forgotten, dB per frame: half a minute for 30 dB. */
const forgetDb = 0.02;

/** All that `threshold` sets. */
interface Strictness extends GateLimits {
  /** WebRTC's four. */
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
 * above the room's noise), how sure WebRTC's detector, and how clear a pitch. What `guard` takes for an echo is silence.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export async function openVoiceActivity(
  rate: SampleRate,
  threshold: number,
  guard?: EchoGuard,
): Promise<VoiceActivity> {
  const decimator = createDecimator(rate, (rate * frameMs) / 1000);
  loading ??= load();
  const { module, scratch } = await loading;
  const detector = module._fvad_new();
  if (detector === 0) throw new RangeError("no memory for another voice detector");
  open++;
  let strictness = strictnessOf(threshold);
  module._fvad_set_sample_rate(detector, analysisRate);
  module._fvad_set_mode(detector, strictness.mode);
  const gate = createEnergyGate();
  const voicing = createVoicingMeter();
  const narrow = new Int16Array(analysisLength);
  const out: VoiceFrame = {
    active: false,
    masked: false,
    voiced: false,
    pitch: 0,
    level: -120,
    motion: 0,
    bright: -60,
    correlation: voicing.correlation,
  };
  let loudest = -50;
  let levelBefore = -120;
  let levelTwoBefore = -120;
  let closed = false;

  const beSilent = () => {
    if (out.active) voicing.reset();
    out.active = out.voiced = false;
    out.pitch = out.motion = 0;
    out.bright = -60;
  };
  const listenClosely = (frame: Int16Array) => {
    decimator.process(frame, narrow);
    out.masked = guard?.isEcho(narrow) ?? false;
    if (out.masked) return beSilent();
    const wasActive = out.active;
    const wasVoiced = out.voiced;
    const { voiced, pitch, change, bright } = voicing.measure(narrow, strictness.clarity);
    raise(narrow, Math.min(largestGain, 10 ** ((workingLevel - loudest) / 20)));
    module.HEAP16.set(narrow, scratch >> 1);
    out.active = module._fvad_process(detector, scratch, analysisLength) === 1;
    out.voiced = out.active && voiced;
    out.pitch = out.voiced ? pitch : 0;
    out.bright = out.voiced ? bright : -60;
    out.motion = 0;
    if (!out.voiced || !wasActive) return;
    const top = Math.max(out.level, levelBefore, levelTwoBefore);
    const bottom = Math.min(out.level, levelBefore, levelTwoBefore);
    if (top - bottom >= edgeDb) return;
    const step = Math.min(6, Math.abs(out.level - levelBefore)) - 1;
    out.motion = (change > restlessDb ? change : 0) + (wasVoiced && step > 0 ? 0.3 * step : 0);
  };
  return {
    judge(frame, hearing) {
      levelTwoBefore = levelBefore;
      levelBefore = out.level;
      const loud = gate.open(frame, strictness, hearing);
      out.level = gate.level;
      loudest = Math.max(out.level, loudest - forgetDb);
      if (loud) listenClosely(frame);
      else {
        decimator.skip(frame);
        guard?.silence(out.level);
        out.masked = false;
        beSilent();
      }
      return out;
    },
    setThreshold(to) {
      strictness = strictnessOf(to);
      module._fvad_set_mode(detector, strictness.mode);
    },
    close() {
      if (closed) return;
      closed = true;
      open--;
      module._fvad_free(detector);
    },
  };
}

/** Makes a frame louder in place, within what a sample holds. */
function raise(frame: Int16Array, gain: number): void {
  if (gain <= 1) return;
  for (let i = 0; i < frame.length; i++) frame[i] = Math.max(-32_768, Math.min(32_767, frame[i]! * gain));
}
