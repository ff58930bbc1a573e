/**
 * Free speech: recognises an utterance a block at a time, on whichever thread is free. All that is known between two blocks
 * is in a state that goes from thread to thread.
 */
import { STREAM_DIMS } from "../acoustic/acoustic-model.ts";
import {
  FRAME_MS,
  type FrontEnd,
  featureVectors,
  openFrontEndOf,
  speechMean,
} from "../acoustic/front-end.ts";
import { findNearest } from "../acoustic/senone-scores.ts";
import { bandOf } from "./bandwidth.ts";
import { FrameScores } from "./frame-scores.ts";
import { LanguageModel } from "./language-model.ts";
import { bestWords, recognisedWords } from "./lattice.ts";
import { type Band, bandFolder, type FreeSpeechData } from "./model-data.ts";
import { Search, type SearchState } from "./search.ts";
import { type FreeSpeechWord, rateWords } from "./word-confidence.ts";

/** An utterance between two of its blocks. */
export interface FreeSpeechState {
  readonly band: Band;
  /** Cepstra so far, not normalised: [frame][13]. */
  readonly cepstra: Float32Array;
  readonly search: SearchState;
}

/** A block of an utterance. */
export interface FreeSpeechBlock {
  /** Mono, 16 kHz: the block's audio, and some before it that the front end settles on. */
  readonly pcm: Int16Array;
  /** Frame of the utterance at which `pcm` begins. */
  readonly firstFrame: number;
  /** The utterance ends with the block. */
  readonly last: boolean;
}

/** What is known after a block: the words so far, and from the last one how sure they are. */
export interface FreeSpeechStep {
  readonly state?: FreeSpeechState;
  readonly text: string;
  readonly words?: readonly FreeSpeechWord[];
}

/** Frames at the end of a block that are left to the next: they are not whole before its audio is there. */
const HELD_BACK = 5;
/** Frames after a frame that its curve is made of. */
const LOOK_AHEAD = 3;
/** How much scores count where words are weighed against each other: they are far too sure of themselves. */
const POSTERIOR_SCALE = 1 / 12;

export class FreeSpeech {
  readonly #data: FreeSpeechData;
  readonly #language: LanguageModel;
  readonly #frontEnds = new Map<Band, Promise<FrontEnd>>();
  readonly #searches = new Map<Band, Search>();

  constructor(data: FreeSpeechData) {
    this.#data = data;
    this.#language = new LanguageModel(data.language);
  }

  /** Takes the next block; `before`: what the one before it gave, of the first none. */
  async advance(
    { pcm, firstFrame, last }: FreeSpeechBlock,
    before?: FreeSpeechState,
  ): Promise<FreeSpeechStep> {
    const band = before?.band ?? bandOf(pcm);
    const fresh = await (await this.#frontEnd(band)).cepstra(pcm);
    const cepstra = append(before?.cepstra, fresh, firstFrame, last ? 0 : HELD_BACK);
    const search = this.#search(band);
    search.begin(before?.search);
    this.#searchFrames(search, band, cepstra, last);
    const end = search.bestEnd();
    const text = bestWords(search.records, end)
      .map((word) => this.#spelling(word))
      .join(" ");
    if (!last) return { text, state: { band, cepstra, search: search.suspend() } };
    const words = recognisedWords(search.records, end, POSTERIOR_SCALE);
    return { text, words: rateWords(words, (word) => this.#spelling(word), FRAME_MS) };
  }

  #searchFrames(search: Search, band: Band, cepstra: Float32Array, last: boolean): void {
    const { acoustic } = this.#data[band];
    const frames = cepstra.length / STREAM_DIMS;
    const start = search.frame;
    const end = last ? frames : frames - LOOK_AHEAD;
    if (end <= start) return;
    const energy = Float32Array.from({ length: frames }, (_, t) => cepstra[t * STREAM_DIMS]!);
    const values = featureVectors(cepstra, speechMean(cepstra, energy), start, end);
    const length = end - start;
    const scores = new FrameScores(acoustic, findNearest(acoustic, { frames: length, values }), length);
    for (let t = 0; t < length; t++) search.advance(scores.at(t));
  }

  /** As it is written: the model has all in small letters. */
  #spelling(word: number): string {
    return this.#language.words[word]!.replace(/^i(?=$|')/, "I");
  }

  #frontEnd(band: Band): Promise<FrontEnd> {
    const known = this.#frontEnds.get(band) ?? openFrontEndOf(bandFolder(band));
    this.#frontEnds.set(band, known);
    return known;
  }

  #search(band: Band): Search {
    const { acoustic, network } = this.#data[band];
    const known = this.#searches.get(band) ?? new Search(acoustic, network, this.#language);
    this.#searches.set(band, known);
    return known;
  }
}

/** Cepstra so far and those that are new in `fresh`, which begins at `firstFrame`, but for `held` frames at its end. */
function append(
  before: Float32Array | undefined,
  fresh: Float32Array,
  firstFrame: number,
  held: number,
): Float32Array {
  const known = before?.length ?? 0;
  const end = Math.max(known, firstFrame * STREAM_DIMS + fresh.length - held * STREAM_DIMS);
  const all = new Float32Array(end);
  if (before) all.set(before);
  all.set(fresh.subarray(known - firstFrame * STREAM_DIMS, end - firstFrame * STREAM_DIMS), known);
  return all;
}
