/** Beside the transcriber while an utterance is heard: how it was said, from its audio alone. */
import type { SampleRate } from "../ports.ts";
import type { VoiceDelivery } from "../speech.ts";
import type { Contour } from "./contour.ts";
import { contourOf, deliveryOf } from "./figures.ts";
import { createFrameAnalysis } from "./frames.ts";

/** Collects one utterance's audio. How it is cut, and when it comes, changes no figure. */
export interface DeliveryMeter {
  push(pcm: Int16Array): void;
  /**
   * The delivery of what was said so far; undefined while nothing voiced was in it. Changes nothing. Costs about 1 ms
   * for a minute of speech, so a few times a second at most.
   */
  peek(): VoiceDelivery | undefined;
  /** The utterance's delivery; undefined when nothing voiced was in it. */
  finish(): VoiceDelivery | undefined;
  /** Its course; undefined where there is no delivery. Costs about 4 ms for a minute of speech: for the end of it. */
  contour(): Contour | undefined;
}

/**
 * Makes a meter for audio at `rate`. It keeps four numbers for every 10 ms.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export function createDeliveryMeter(rate: SampleRate): DeliveryMeter {
  const { push, frames } = createFrameAnalysis(rate);
  return {
    push,
    peek: () => deliveryOf(frames),
    finish: () => deliveryOf(frames),
    contour: () => contourOf(frames),
  };
}
