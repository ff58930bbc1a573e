/** Delivery readings while a turn goes on. Part of the ears' measuring. */
import type { SampleRate } from "../../ports/audio.ts";
import type { VoiceDelivery } from "../../ports/delivery.ts";
import { samplesIn } from "../audio/pcm.ts";
import { createDeliveryMeter, type DeliveryMeter } from "./meter.ts";

/** Audio from one reading to the next, ms. */
const readingEveryMs = 500;

/**
 * Makes a meter that calls `onReading` after every 500 ms of audio with voice in it. Audio time: how the audio is cut
 * changes neither when nor what.
 * @throws RangeError unless `rate` is 8, 16, 24, 32 or 48 kHz.
 */
export function createLiveMeter(
  rate: SampleRate,
  onReading: (delivery: VoiceDelivery) => void,
): Omit<DeliveryMeter, "peek"> {
  const meter = createDeliveryMeter(rate);
  const every = samplesIn(readingEveryMs, rate);
  let sinceReading = 0;
  let spokenMs = 0;
  const read = () => {
    const delivery = meter.peek();
    if (!delivery) return;
    const until = (delivery.onsetMs ?? 0) + delivery.speechMs;
    if (until > spokenMs) onReading(delivery);
    spokenMs = until;
  };
  return {
    push(pcm) {
      for (let at = 0; at < pcm.length; ) {
        const end = Math.min(pcm.length, at + every - sinceReading);
        meter.push(pcm.subarray(at, end));
        sinceReading += end - at;
        at = end;
        if (sinceReading < every) break;
        sinceReading = 0;
        read();
      }
    },
    finish: meter.finish,
    part: meter.part,
    seal: meter.seal,
  };
}
