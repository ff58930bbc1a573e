/**
 * A thread of the recogniser: recognises one utterance a task. Nothing is kept between tasks but the loaded
 * languages: the speaker's profile comes with the task, and new samples go with the result.
 */
import { createResampler } from "../../../pipeline/audio/resample.ts";
import type { SpokenLanguage } from "../../../pipeline/text-normalization/spoken-words.ts";
import { ENGINE_RATE } from "./acoustic/front-end.ts";
import type { SpeakerProfile } from "./acoustic/model-adaptation.ts";
import { NOTHING, openRecogniser, type Recogniser, type Recognition } from "./recogniser.ts";

/** A task; `partial`: the utterance goes on, and only the words so far are recognised. */
export interface RecognitionTask {
  readonly pcm: Int16Array;
  readonly rate: number;
  readonly language: SpokenLanguage;
  /** The text that is read. */
  readonly text?: string;
  /** With a text of one word: the one other word that may be said. */
  readonly rival?: string;
  readonly partial: boolean;
  /** The speaker's profile. */
  readonly voice?: SpeakerProfile | undefined;
  /** Shared; anything but 0 in it: the result is of no use any more, and any may come. */
  readonly stop?: Int32Array;
}

const recognisers = new Map<SpokenLanguage, Promise<Recogniser>>();

/** Runs a task of the pool. The result of a partial has `text` alone. */
export default async function recognise({
  pcm,
  rate,
  language,
  text,
  rival,
  partial,
  voice,
  stop,
}: RecognitionTask): Promise<Recognition> {
  let recogniser = recognisers.get(language);
  if (!recogniser) {
    recogniser = openRecogniser(language);
    recognisers.set(language, recogniser);
  }
  try {
    const loaded = await recogniser;
    const isUseless = () => stop !== undefined && Atomics.load(stop, 0) !== 0;
    if (isUseless()) return NOTHING;
    const audio = await atEngineRate(pcm, rate);
    if (!partial) return await loaded.recognise(audio, text, rival, voice, isUseless);
    return { text: text === undefined ? "" : await loaded.recognisePartial(audio, text), understood: false };
  } catch (error) {
    // A module that failed once may be broken for good: the next task loads it afresh.
    recognisers.delete(language);
    throw error;
  }
}

async function atEngineRate(pcm: Int16Array, rate: number): Promise<Int16Array> {
  const resampler = await createResampler(rate, ENGINE_RATE);
  try {
    const body = resampler.process(pcm);
    const rest = resampler.flush();
    if (rest.length === 0) return body;
    const whole = new Int16Array(body.length + rest.length);
    whole.set(body);
    whole.set(rest, body.length);
    return whole;
  } finally {
    resampler.close();
  }
}
