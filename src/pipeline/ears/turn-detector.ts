/** Decides frame by frame when a turn begins, pauses and ends: voice activity weighed over time. Part of the ears. */
import type { SampleRate } from "../../ports/audio.ts";
import type { EchoGuard } from "../echo/echo-guard.ts";
import { Confirmation } from "../voice-activity/confirmation.ts";
import { goesOnWithoutVoice, SpeechStart } from "../voice-activity/speech-start.ts";
import {
  frameMs,
  openVoiceActivity,
  type VoiceActivity,
  type VoiceFrame,
} from "../voice-activity/voice-activity.ts";
import { Ending } from "./endpointing.ts";
import type { TurnDetection } from "./turn-detection.ts";

export type Detection = NonNullable<TurnDetection>;

/** The meaning of a frame; where it has several, they come in this order. */
export type TurnSign = "began" | "resumed" | "confirmed" | "paused" | "ended";

/** Settings of a detector, from the next frame on; `draftAfterMs` from the next utterance on. */
export interface DetectorSettings {
  readonly detection: Detection;
  /** BCP 47 language of the words. */
  readonly language: string;
  /** Silence, ms, after which an utterance is `paused`; undefined: never. */
  readonly draftAfterMs?: number;
}

/**
 * Within an utterance, an active frame counts as speech for this many frames after a sound that moved like a voice, and
 * beyond them only if the neural network takes it for whispering: a hum or a fan behind the speaker must not keep the turn
 * open.
 */
const trustedFrames = 500 / frameMs;
/** The reference has no threshold for `semantic_vad`; its `server_vad` defaults to this. */
const semanticThreshold = 0.5;

const nothing: readonly TurnSign[] = [];
const began: readonly TurnSign[] = ["began"];
/** Frames that an utterance is withheld for at most, as it may be an echo; whatever is more likely then holds. */
export const mostWithheldFrames = 800 / frameMs;

function thresholdOf(detection: Detection): number {
  return detection.type === "server_vad" ? detection.threshold : semanticThreshold;
}

/**
 * Opens a detector for audio at `rate`. A frame that `guard` takes for an echo counts as silence.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export async function openTurnDetector(
  rate: SampleRate,
  settings: DetectorSettings,
  guard?: EchoGuard,
): Promise<TurnDetector> {
  return new TurnDetector(await openVoiceActivity(rate, thresholdOf(settings.detection), guard), settings);
}

export class TurnDetector {
  readonly #voice: VoiceActivity;
  #settings: DetectorSettings;
  readonly #start: SpeechStart;
  readonly #ending = new Ending();
  readonly #confirmation = new Confirmation();
  #inUtterance = false;
  /** Signs of an utterance that is not told yet, as it may be the loudspeaker's echo; undefined: there is none. */
  #withheld: TurnSign[] | undefined;
  #withheldFor = 0;
  #beganFramesAgo = 0;
  /** Frames since the utterance began, since its last speech, since its last moving voice. */
  #frames = 0;
  #silentFrames = 0;
  #stillFrames = 0;
  #paused = false;
  /** Setting of `draftAfterMs` when the utterance began. */
  #draftAfterMs: number | undefined;

  constructor(voice: VoiceActivity, settings: DetectorSettings) {
    this.#voice = voice;
    this.#start = new SpeechStart(voice);
    this.#settings = settings;
  }

  /** After `began`: how many frames ago, the last one included, speech set in. */
  get beganFramesAgo(): number {
    return this.#beganFramesAgo;
  }

  /** Frames since an utterance set in that is not told yet, the last one included; 0: there is none. */
  get withheldFrames(): number {
    return this.#withheld ? this.#beganFramesAgo : 0;
  }

  /** Silence since the last speech of the utterance that is open or has just ended, ms. */
  get silenceMs(): number {
    return this.#silentFrames * frameMs;
  }

  /** Takes a frame of 20 ms. `words`: the transcriber's so far; `readToEnd`: they are the end of the expected text. */
  take(pcm: Int16Array, words: string | undefined, readToEnd = false): readonly TurnSign[] {
    const frame = this.#voice.judge(pcm, this.#inUtterance);
    if (!this.#inUtterance) return this.#waitForVoice(frame);
    return this.#withheld
      ? this.#takeDoubtfulFrame(frame, this.#withheld)
      : this.#takeUtteranceFrame(frame, words, readToEnd);
  }

  /** Waits for speech anew: the utterance was ended or discarded by the caller. */
  reset(): void {
    this.#inUtterance = false;
    this.#withheld = undefined;
    this.#start.reset();
    this.#ending.reset();
    this.#confirmation.reset();
  }

  /** Applies settings from the next frame on. */
  configure(settings: DetectorSettings): void {
    this.#settings = settings;
    this.#voice.setThreshold(thresholdOf(settings.detection));
  }

  /** Frees the voice detector. Calling again does nothing. */
  close(): void {
    this.#voice.close();
  }

  #waitForVoice(frame: VoiceFrame): readonly TurnSign[] {
    this.#beganFramesAgo = this.#start.take(frame);
    this.#confirmation.takeBefore(frame);
    if (this.#beganFramesAgo === 0) return nothing;
    this.#inUtterance = true;
    this.#frames = this.#beganFramesAgo;
    this.#silentFrames = this.#stillFrames = 0;
    this.#paused = false;
    this.#draftAfterMs = this.#settings.draftAfterMs;
    if (!frame.inDoubt) return began;
    this.#withheld = [...began];
    this.#withheldFor = 1;
    return nothing;
  }

  /** Goes on with an utterance that may be an echo: it is told once that is known to be none, and dropped if it is one. */
  #takeDoubtfulFrame(frame: VoiceFrame, withheld: TurnSign[]): readonly TurnSign[] {
    this.#beganFramesAgo++;
    this.#withheldFor++;
    if (!frame.masked) withheld.push(...this.#takeUtteranceFrame(frame, undefined));
    const undecided = frame.inDoubt && this.#inUtterance && this.#withheldFor < mostWithheldFrames;
    if (undecided) return nothing;
    this.#withheld = undefined;
    if (!frame.masked && !frame.likelyEcho) return withheld;
    this.reset();
    return nothing;
  }

  #takeUtteranceFrame(frame: VoiceFrame, words: string | undefined, readToEnd = false): readonly TurnSign[] {
    const signs: TurnSign[] = [];
    this.#frames++;
    this.#stillFrames = frame.motion > 0 ? 0 : this.#stillFrames + 1;
    const spoken = frame.active && (this.#stillFrames <= trustedFrames || goesOnWithoutVoice(this.#voice));
    this.#silentFrames = spoken ? 0 : this.#silentFrames + 1;
    if (spoken && this.#paused) signs.push("resumed");
    const weighed = spoken || frame.masked ? frame : undefined;
    if (this.#confirmation.take(weighed, words, this.#settings.language)) signs.push("confirmed");
    if (spoken) {
      this.#paused = false;
      this.#ending.take(frame);
      return signs;
    }
    const sign = this.#silenceSign(words, readToEnd);
    if (sign) signs.push(sign);
    if (sign === "paused") this.#paused = true;
    if (sign === "ended") this.reset();
    return signs;
  }

  /** Whether the turn is over, or paused, after a silent frame. */
  #silenceSign(words: string | undefined, readToEnd: boolean): "ended" | "paused" | undefined {
    const { detection, language } = this.#settings;
    const silentMs = this.#silentFrames * frameMs;
    const speechMs = (this.#frames - this.#silentFrames) * frameMs;
    const known = { speechMs, language, words, readToEnd };
    if (silentMs >= this.#ending.waitMs(detection, known)) return "ended";
    const draftAfterMs = this.#draftAfterMs;
    return !this.#paused && draftAfterMs !== undefined && silentMs >= draftAfterMs ? "paused" : undefined;
  }
}
