/** The delivery meter of one turn: audio in, figures out. */
import type { SampleRate } from "../../ports/audio.ts";
import type { VoiceDelivery } from "../../ports/delivery.ts";
import { durationMs } from "../audio/pcm.ts";
import { type Contour, fineStepMs } from "./contour.ts";
import { deliveryOfSums, type SpokenFigures, spokenFigures, sumsOf } from "./figures.ts";
import { createFrameAnalysis, type Frames } from "./frames.ts";
import { joinSpeech, type SpeechSoFar } from "./sums.ts";

/** A stretch of the audio by itself, worked out once, when it is first asked for. */
export interface MeasuredPart {
  /** Undefined when there is less than 300 ms of speech in it. */
  delivery(): VoiceDelivery | undefined;
  /** Contour of pitch and level; undefined where there is no delivery. Costs about 4 ms for a minute of speech. */
  contour(): Contour | undefined;
  /** The same with a point every 20 ms, in which syllables can be told apart. */
  melody(): Contour | undefined;
}

/** Collects one turn's audio. How it is cut, and when it comes, changes no figure. */
export interface DeliveryMeter {
  push(pcm: Int16Array): void;
  /**
   * The delivery of what was said so far; undefined while there is less than 300 ms of speech. Changes nothing. Costs about 1 ms
   * for a minute of speech in the open part, so a few times a second at most.
   */
  peek(): VoiceDelivery | undefined;
  /** The whole turn's delivery; undefined when there is less than 300 ms of speech in it. */
  finish(): VoiceDelivery | undefined;
  /** The audio since the last `seal`. */
  part(): MeasuredPart;
  /**
   * Ends a part, and begins the next with the audio behind it. Of a sealed part only sums are kept, so that the whole
   * costs the same however long it lasts. Wants a silent place: no syllable or pitch is followed across it.
   */
  seal(): MeasuredPart;
}

/**
 * Makes a meter for audio at `rate`. It keeps four numbers for every 10 ms of the open part.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export function createDeliveryMeter(rate: SampleRate): DeliveryMeter {
  let analysis = createFrameAnalysis(rate);
  let samples = 0;
  let before: SpeechSoFar | undefined;
  const soFar = (): SpeechSoFar => {
    const open = { lengthMs: durationMs(samples, rate), sums: sumsOf(analysis.frames) };
    return before ? joinSpeech(before, open) : open;
  };
  const whole = () => {
    if (!before) return spokenFigures(analysis.frames)?.delivery;
    const { sums } = soFar();
    return sums && deliveryOfSums(sums);
  };
  return {
    push(pcm) {
      samples += pcm.length;
      analysis.push(pcm);
    },
    peek: whole,
    finish: whole,
    part: () => partOf(analysis.frames),
    seal() {
      const { frames } = analysis;
      before = soFar();
      analysis = createFrameAnalysis(rate);
      samples = 0;
      return partOf(frames);
    },
  };
}

function partOf(frames: Frames): MeasuredPart {
  let measured: { readonly figures: SpokenFigures | undefined } | undefined;
  const figures = () => {
    measured ??= { figures: spokenFigures(frames) };
    return measured.figures;
  };
  return {
    delivery: () => figures()?.delivery,
    contour: () => figures()?.contour(),
    melody: () => figures()?.contour(fineStepMs),
  };
}
