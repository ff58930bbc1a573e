/** Microphone audio cut into turns, and turns into utterances: the work behind `listen`. */
import type { SampleRate } from "../../ports/audio.ts";
import type { Transcriber } from "../../ports/transcriber.ts";
import type { OnUtteranceUsage } from "../../ports/usage.ts";
import { durationMs, samplesIn } from "../audio/pcm.ts";
import { EchoGuard } from "../echo/echo-guard.ts";
import type { Loudspeaker } from "../echo/loudspeaker.ts";
import { furthestOnset } from "../voice-activity/onset.ts";
import { frameMs } from "../voice-activity/voice-activity.ts";
import type { EarEvent, EarSettings } from "./ear-events.ts";
import { Preroll } from "./preroll.ts";
import { Turn } from "./turn.ts";
import {
  type Detection,
  type DetectorSettings,
  mostWithheldFrames,
  openTurnDetector,
  type TurnDetector,
  type TurnSign,
} from "./turn-detector.ts";
import { Utterance } from "./utterance.ts";

export interface TurnSegmenterOptions {
  readonly transcriber: Transcriber;
  readonly speaker?: object;
  /** Longest audio of one utterance, ms. */
  readonly maxMs: number;
  /** Undefined: taken. A promise: resolves once there is room for more events. */
  readonly emit: (event: EarEvent) => Promise<void> | undefined;
  readonly onUsage?: OnUtteranceUsage;
  /** The replies that play beside the microphone; undefined: not known. */
  readonly loudspeaker?: Loudspeaker;
}

type CommitCause = "endpoint" | "client" | "idle_timeout";

/** Audio that a `commit` needs at least, as in the reference, ms. */
const shortestCommitMs = 100;
/** Audio kept from before the detected start under `semantic_vad`, as in the reference's `server_vad`, ms. */
const semanticPaddingMs = 300;

/** Silence within a reading after which it may be over, ms. */
const readingPauseMs = 100;

/** While turns are detected: the detector, the frame being filled, and the audio from before the next turn. */
interface DetectionState {
  readonly detector: TurnDetector;
  readonly frame: Int16Array;
  readonly preroll: Preroll;
  /** Samples from before the onset that belong to the turn. */
  readonly padding: number;
}

/**
 * One session's audio in, its ear events out through `emit`. Takes no audio before the first `configure`. Every method
 * but `configure` and `settled` has done its work when it returns.
 */
export class TurnSegmenter {
  readonly #options: TurnSegmenterOptions;
  readonly #guard: EchoGuard | undefined;
  /** Utterances whose transcripts are still to come. */
  readonly #transcribing = new Set<Utterance>();
  #settings!: EarSettings;
  /** Undefined under push to talk, and before `configure`. */
  #detection: DetectionState | undefined;
  /** Samples in the frame being filled. */
  #filled = 0;
  /** `detected`: its start was detected, so its end is announced. */
  #open: { readonly turn: Turn; readonly detected: boolean } | undefined;
  #utteranceCount = 0;
  /** Audio time: ms up to the last change of rate, and samples since. */
  #baseMs = 0;
  #samples = 0;

  constructor(options: TurnSegmenterOptions) {
    this.#options = options;
    this.#guard = options.loudspeaker && new EchoGuard(options.loudspeaker);
  }

  /** Takes audio at the settings' rate, of any length. Keeps `pcm`, not a copy, under push to talk. */
  audio(pcm: Int16Array): void {
    if (!this.#detection) {
      this.#samples += pcm.length;
      if (this.#open) this.#open.turn.push(pcm);
      else if (pcm.length > 0) this.#begin(pcm, false);
      return;
    }
    const { frame } = this.#detection;
    this.#guard?.arrived(this.#exactMsAt(this.#samples + pcm.length));
    for (let at = 0; at < pcm.length; ) {
      const length = Math.min(frame.length - this.#filled, pcm.length - at);
      frame.set(length === pcm.length ? pcm : pcm.subarray(at, at + length), this.#filled);
      this.#filled += length;
      at += length;
      this.#samples += length;
      if (this.#filled < frame.length) break;
      this.#filled = 0;
      this.#takeFrame(this.#detection);
    }
  }

  /** Ends the open turn here; with none open, the audio that waits before a turn becomes one. */
  commit(cause: "client" | "idle_timeout", eventId?: string): void {
    const detection = this.#detection;
    const waiting = this.#open ? this.#open.turn.samples : detection ? keptFrom(detection) : 0;
    const bufferedMs = durationMs(this.#filled + waiting, this.#settings.rate);
    // Audio that is too short to commit stays: more may follow.
    if (bufferedMs < shortestCommitMs)
      return void this.#options.emit({ type: "commit_empty", bufferedMs, eventId });
    if (detection) {
      const { preroll, detector } = detection;
      this.#takePartialFrame(detection);
      if (!this.#open) this.#begin(preroll.take(keptFrom(detection)), false);
      detector.reset();
    }
    this.#finish(cause, eventId);
  }

  /** Discards the audio of the open utterance, and what waits before a turn. */
  clear(eventId?: string): void {
    const turn = this.#open?.turn;
    const discarded = turn && { utterance: turn.number, discardedMs: turn.endMs - turn.startMs };
    this.#discardOpen();
    this.#options.emit({ type: "cleared", ...discarded, eventId });
  }

  /**
   * Applies settings from here on; the first call begins. A change of rate, or between detection and push to talk, ends
   * an open turn.
   * @throws RangeError on a rate that voice activity cannot be judged at.
   */
  async configure(settings: EarSettings): Promise<void> {
    const { rate, detection } = settings;
    const before: EarSettings | undefined = this.#settings;
    if (before && (before.rate !== rate || (before.detection === null) !== (detection === null))) {
      if (this.#detection) this.#takePartialFrame(this.#detection);
      this.#finish("endpoint");
      this.#closeDetection();
      this.#baseMs += durationMs(this.#samples, before.rate);
      this.#samples = 0;
    }
    this.#settings = settings;
    if (!detection) return;
    const detected = { ...settings, detection, draftAfterMs: this.#pauseAfterMs(settings) };
    this.#detection = await openDetection(rate, detected, this.#guard, this.#detection);
  }

  /** Silence that is a pause, ms; a reading's is of use to a transcriber that reads ahead. Undefined: none is told. */
  #pauseAfterMs({ draftAfterMs, expectation }: EarSettings): number | undefined {
    if (draftAfterMs !== undefined) return draftAfterMs;
    return this.#options.transcriber.readsAhead && expectation ? readingPauseMs : undefined;
  }

  /** Ends the input: an open utterance is discarded, the detector freed; transcripts under way go on. */
  close(): void {
    this.#discardOpen();
    this.#closeDetection();
  }

  /** Discards the transcripts under way. */
  abort(): void {
    for (const utterance of this.#transcribing) utterance.abort();
  }

  /** Resolves once no transcript is under way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#transcribing].map((utterance) => utterance.done));
  }

  /** Audio time of a sample, ms, with fractions. */
  #exactMsAt(sample: number): number {
    return this.#baseMs + durationMs(sample, this.#settings.rate);
  }

  readonly #msAt = (sample: number): number => Math.round(this.#exactMsAt(sample));

  readonly #openUtterance = (settings: EarSettings): Utterance => {
    const utterance = new Utterance({ ...this.#options, number: ++this.#utteranceCount, settings });
    this.#transcribing.add(utterance);
    void utterance.done.then(() => this.#transcribing.delete(utterance));
    return utterance;
  };

  /** Opens a turn with audio that has been counted already. */
  #begin(pcm: Int16Array, detected: boolean): void {
    const { emit, maxMs } = this.#options;
    const start = this.#samples - pcm.length;
    if (detected)
      emit({ type: "speech_started", utterance: this.#utteranceCount + 1, atMs: this.#msAt(start) });
    const turn = new Turn({
      settings: this.#settings,
      detected,
      maxMs,
      emit,
      openUtterance: this.#openUtterance,
      start,
      msAt: this.#msAt,
    });
    this.#open = { turn, detected };
    turn.push(pcm);
  }

  #finish(cause: CommitCause, eventId?: string): void {
    if (!this.#open) return;
    const { emit } = this.#options;
    const { turn, detected } = this.#open;
    this.#open = undefined;
    const { number: utterance, startMs, endMs } = turn;
    if (detected) {
      const silenceMs = this.#detection?.detector.silenceMs ?? 0;
      emit({ type: "speech_stopped", utterance, atMs: this.#msAt(this.#samples), silenceMs });
    }
    emit({ type: "committed", utterance, startMs, endMs, cause, eventId });
    turn.end();
  }

  #takeFrame(detection: DetectionState): void {
    const { detector, frame, preroll } = detection;
    if (this.#open) this.#open.turn.push(frame.slice());
    else preroll.push(frame);
    this.#guard?.frameEnds(this.#exactMsAt(this.#samples));
    const turn = this.#open?.turn;
    const signs = detector.take(frame, turn?.words, turn?.readToEnd);
    if (signs.length > 0) for (const sign of signs) this.#apply(sign, detection);
  }

  #apply(sign: TurnSign, { detector, frame, preroll, padding }: DetectionState): void {
    if (sign === "began") this.#begin(preroll.take(padding + detector.beganFramesAgo * frame.length), true);
    if (!this.#open) return;
    const { emit } = this.#options;
    const { turn } = this.#open;
    const atMs = this.#msAt(this.#samples);
    if (sign === "ended") this.#finish("endpoint");
    if (sign === "confirmed") emit({ type: "speech_confirmed", utterance: turn.number, atMs });
    if (sign === "resumed") {
      turn.resume();
      emit({ type: "resumed", utterance: turn.number, atMs });
    }
    if (sign === "paused") {
      emit({ type: "paused", utterance: turn.number, atMs });
      turn.pause();
    }
  }

  /** Passes the part of a frame that has come on with the audio it belongs to; the next frame starts here. */
  #takePartialFrame({ frame, preroll }: DetectionState): void {
    const part = frame.slice(0, this.#filled);
    this.#filled = 0;
    if (this.#open) this.#open.turn.push(part);
    else preroll.push(part);
  }

  #discardOpen(): void {
    this.#open?.turn.abort();
    this.#open = undefined;
    this.#filled = 0;
    this.#detection?.preroll.clear();
    this.#detection?.detector.reset();
  }

  #closeDetection(): void {
    this.#detection?.detector.close();
    this.#detection = undefined;
    this.#filled = 0;
  }
}

/** Samples kept from before a turn that a commit takes: all that may belong to one. */
function keptFrom({ preroll, detector, frame, padding }: DetectionState): number {
  const frames = Math.max(furthestOnset, detector.withheldFrames);
  return Math.min(preroll.length, padding + frames * frame.length);
}

function paddingOf(detection: Detection): number {
  return detection.type === "server_vad" ? detection.prefixPaddingMs : semanticPaddingMs;
}

/** Opens the state of detection, or carries `before` over to other settings at the same rate. */
async function openDetection(
  rate: SampleRate,
  settings: DetectorSettings,
  guard: EchoGuard | undefined,
  before?: DetectionState,
): Promise<DetectionState> {
  const padding = samplesIn(paddingOf(settings.detection), rate);
  before?.detector.configure(settings);
  if (before?.padding === padding) return before;
  const frame = before?.frame ?? new Int16Array(samplesIn(frameMs, rate));
  const preroll = new Preroll(padding + (furthestOnset + (guard ? mostWithheldFrames : 0)) * frame.length);
  if (before) preroll.push(before.preroll.take(before.preroll.length));
  const detector = before?.detector ?? (await openTurnDetector(rate, settings, guard));
  return { detector, frame, preroll, padding };
}
