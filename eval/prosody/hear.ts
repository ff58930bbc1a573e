/** A recording as the drill hears it, and what the drill makes of it. */
import { judgeProsody } from "../../src/coach/drills/prosody.ts";
import { joinPcm } from "../../src/pipeline/audio/pcm.ts";
import { createResampler } from "../../src/pipeline/audio/resample.ts";
import type { Recording } from "../../src/pipeline/audio/wav.ts";
import type { Contour } from "../../src/pipeline/delivery/contour.ts";
import { createDeliveryMeter } from "../../src/pipeline/delivery/meter.ts";
import type { ProsodyResult, ProsodyTarget, Reading, ReadWord } from "../../src/ports/reading.ts";
import type { Transcriber } from "../../src/ports/transcriber.ts";

export interface Spoken {
  readonly text: string;
  readonly recording: Recording;
}

export interface Heard {
  /** Undefined where it was not understood as a reading. */
  readonly reading?: Reading | undefined;
  readonly contour?: Contour | undefined;
}

/** A target, whether the recording has it, and the drill's verdict. */
export interface Outcome {
  readonly asAsked: boolean;
  readonly verdict: ProsodyResult["verdict"];
  readonly score?: number | undefined;
}

const rate = 16_000;
const marginMs = 300;

/** The recording at 16 kHz with a little silence around it. */
export async function prepared({ rate: from, pcm }: Recording): Promise<Recording> {
  const resampler = from === rate ? undefined : await createResampler(from, rate);
  const audio = resampler ? joinPcm([resampler.process(pcm), resampler.flush()]) : pcm;
  const margin = new Int16Array((rate * marginMs) / 1000);
  return { rate, pcm: joinPcm([margin, audio, margin]) };
}

export async function hear(transcriber: Transcriber, { text, recording }: Spoken): Promise<Heard> {
  const { pcm } = recording;
  const { signal } = new AbortController();
  async function* audio() {
    yield pcm;
  }
  const options = { rate, language: "en-US", expectation: { kind: "reading", text }, signal } as const;
  let reading: Reading | undefined;
  for await (const event of transcriber.transcribe(audio(), options))
    if (event.type === "final") reading = event.transcript.reading;
  const meter = createDeliveryMeter(rate);
  meter.push(pcm);
  return { reading, contour: meter.part().melody() };
}

/** The words of the text in their order. */
export function wordsOf({ reading }: Heard): ReadWord[] {
  return reading?.words.filter(({ verdict }) => verdict !== "inserted") ?? [];
}

export function outcomeOf(target: ProsodyTarget, asAsked: boolean, { reading, contour }: Heard): Outcome {
  if (!reading) return { asAsked, verdict: "unclear" };
  const { verdict, score } = judgeProsody(target, reading, contour);
  return { asAsked, verdict, score };
}
