/**
 * A thread of the recogniser: recognises one utterance a task, or a block of one that is free speech. Nothing is kept between
 * tasks but the loaded models: a speaker's profile and the state of an utterance come with the task, and what is new of them
 * goes with the result.
 */
import { move, transferableSymbol, valueSymbol } from "piscina";
import { joinPcm } from "../../../pipeline/audio/pcm.ts";
import { createResampler } from "../../../pipeline/audio/resample.ts";
import type { SpokenLanguage } from "../../../pipeline/text-normalization/spoken-words.ts";
import { ENGINE_RATE } from "./acoustic/front-end.ts";
import type { SpeakerProfile } from "./acoustic/model-adaptation.ts";
import { FreeSpeech, type FreeSpeechState } from "./free-speech/free-speech.ts";
import { type FreeSpeechData, loadFreeSpeech } from "./free-speech/model-data.ts";
import { buffersOf } from "./free-speech/state-buffers.ts";
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

/** The next block of an utterance that is free speech. */
export interface FreeSpeechTask {
  readonly kind: "free_speech";
  readonly data: FreeSpeechData;
  /** The block's audio, and some before it that the front end settles on. */
  readonly pcm: Int16Array;
  readonly rate: number;
  /** Frame of the utterance at which `pcm` begins. */
  readonly firstFrame: number;
  /** The utterance ends with the block. */
  readonly last: boolean;
  /** State after the block before. */
  readonly state?: FreeSpeechState | undefined;
}

export type WorkerTask =
  | RecognitionTask
  /** Loads the models of free speech, for all threads. */
  | { readonly kind: "load_free_speech" }
  | FreeSpeechTask;

const recognisers = new Map<SpokenLanguage, Promise<Recogniser>>();

let freeSpeech: FreeSpeech | undefined;

/** Runs a task of the pool. */
export default async function run(task: WorkerTask): Promise<unknown> {
  if (!("kind" in task)) return recognise(task);
  if (task.kind === "load_free_speech") return loadFreeSpeech();
  freeSpeech ??= new FreeSpeech(task.data);
  const { firstFrame, last } = task;
  const pcm = await atEngineRate(task.pcm, task.rate);
  const step = await freeSpeech.advance({ pcm, firstFrame, last }, task.state);
  const { state } = step;
  return state ? move({ [transferableSymbol]: buffersOf(state), [valueSymbol]: step } as never) : step;
}

/** The result of a partial has `text` alone. */
async function recognise({
  pcm,
  rate,
  language,
  text,
  rival,
  partial,
  voice,
  stop,
}: RecognitionTask): Promise<Recognition> {
  const recogniser = recognisers.get(language) ?? openRecogniser(language);
  recognisers.set(language, recogniser);
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
    return rest.length === 0 ? body : joinPcm([body, rest]);
  } finally {
    resampler.close();
  }
}
