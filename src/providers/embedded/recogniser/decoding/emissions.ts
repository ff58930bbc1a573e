/** Turns phones in their contexts into chains of a search network, scored on one utterance's audio. */
import { type AcousticModel, STATES, WORD_INTERNAL, wordPosition } from "../acoustic/acoustic-model.ts";
import type { SenoneScores } from "../acoustic/senone-scores.ts";
import type { Pronunciation } from "../lexicon/lexicon.ts";
import type { Chain } from "./viterbi.ts";

/** A chain without its place in a network. */
export interface ChainBody extends Pick<Chain, "emissions" | "stay" | "leave"> {
  /** The senones each state may score as. */
  readonly senones: readonly (readonly number[])[];
}

export interface Emissions {
  readonly frames: number;
  /**
   * States of a word. At its edges the neighbouring phone is not certain (a pause, another word), so that each edge
   * state scores as the best of its possible contexts.
   */
  word(phones: Pronunciation, before: readonly string[], after: readonly string[]): ChainBody;
  /** Whether the model has a phone of this name. */
  knows(phone: string): boolean;
  /** States of a phone whatever its neighbours: cruder than in a word, and the same for all words. */
  alone(phone: string): ChainBody;
  /** Silence, and noises that are no speech. */
  readonly pauses: readonly ChainBody[];
  /** Something that is no word of the network: per frame, the mean of the best-fitting phones' scores (Bourlard et al. 1994). */
  readonly garbage: ChainBody;
  /** Per frame, the score of the phone that fits best: what a goodness of pronunciation is measured against (Witt & Young 2000). */
  readonly bestPhone: Float32Array;
}

/** No phone of the model has this number: as a neighbour, it selects the states without context. */
const NO_PHONE = 63;
/** Garbage lasts at least so many frames (100 ms). */
const GARBAGE_STATES = 10;
/** The best of how many phones make up garbage. */
const GARBAGE_TOP = 3;

/** Opens the emissions of one utterance. */
export function openEmissions(model: AcousticModel, scores: SenoneScores): Emissions {
  return new UtteranceEmissions(model, scores);
}

class UtteranceEmissions implements Emissions {
  readonly frames: number;
  readonly bestPhone: Float32Array;
  readonly pauses: readonly ChainBody[];
  readonly garbage: ChainBody;
  readonly #model: AcousticModel;
  readonly #scores: SenoneScores;
  /** Rows of the best of several senones, by the senones' numbers. */
  readonly #bestRows = new Map<string, Float32Array>();
  readonly #alone = new Map<string, ChainBody>();

  constructor(model: AcousticModel, scores: SenoneScores) {
    this.#model = model;
    this.#scores = scores;
    this.frames = scores.frames;
    const { bestPhone, garbageRow } = garbageScores(model, scores);
    this.bestPhone = bestPhone;
    const { silence } = model;
    this.pauses = [silence, ...[model.phoneId.get("+NSN+") ?? []].flat()].map((phone) =>
      this.#body(phone, [model.senonesOf(phone, silence, silence, WORD_INTERNAL)]),
    );
    this.garbage = {
      senones: [],
      emissions: new Array(GARBAGE_STATES).fill(garbageRow),
      stay: [...new Array(GARBAGE_STATES - 1).fill(-Infinity), 0],
      leave: new Array(GARBAGE_STATES).fill(0),
    };
  }

  knows(phone: string): boolean {
    return this.#model.phoneId.has(phone);
  }

  alone(phone: string): ChainBody {
    let found = this.#alone.get(phone);
    if (!found) {
      const id = this.#idOf(phone);
      found = this.#body(id, [this.#model.senonesOf(id, NO_PHONE, NO_PHONE, WORD_INTERNAL)]);
      this.#alone.set(phone, found);
    }
    return found;
  }

  word(phones: Pronunciation, before: readonly string[], after: readonly string[]): ChainBody {
    const { silence } = this.#model;
    const idsOf = (names: readonly string[]) => names.map((name) => this.#idOf(name));
    const ids = idsOf(phones);
    const parts = ids.map((phone, i) => {
      const position = wordPosition(i, ids.length);
      const lefts = i === 0 ? [...idsOf(before), silence] : [ids[i - 1] as number];
      const rights = i === ids.length - 1 ? [...idsOf(after), silence] : [ids[i + 1] as number];
      const contexts = lefts.flatMap((left) =>
        rights.map((right) => this.#model.senonesOf(phone, left, right, position)),
      );
      return this.#body(phone, contexts);
    });
    return {
      senones: parts.flatMap((part) => part.senones),
      emissions: parts.flatMap((part) => part.emissions),
      stay: parts.flatMap((part) => part.stay),
      leave: parts.flatMap((part) => part.leave),
    };
  }

  #idOf(phone: string): number {
    return this.#model.phoneId.get(phone) as number;
  }

  /** The states of a phone that may stand in any of `contexts`, each given as the senones of the states. */
  #body(phone: number, contexts: readonly (readonly number[])[]): ChainBody {
    const states = Array.from({ length: STATES }, (_, s) => contexts.map((senones) => senones[s] as number));
    return {
      senones: states.map((senones) => [...new Set(senones)]),
      emissions: states.map((senones) => this.#best(senones)),
      stay: states.map((_, s) => this.#model.stay[phone * STATES + s] as number),
      leave: states.map((_, s) => this.#model.leave[phone * STATES + s] as number),
    };
  }

  /** The score of the best of some senones, by frame. */
  #best(senones: readonly number[]): Float32Array {
    const [first, ...others] = [...new Set(senones)].sort((a, b) => a - b) as [number, ...number[]];
    if (others.length === 0) return this.#scores.of(first);
    const key = `${first} ${others.join(" ")}`;
    let row = this.#bestRows.get(key);
    if (!row) {
      row = Float32Array.from(this.#scores.of(first));
      for (const senone of others) {
        const other = this.#scores.of(senone);
        for (let t = 0; t < row.length; t++)
          if ((other[t] as number) > (row[t] as number)) row[t] = other[t] as number;
      }
      this.#bestRows.set(key, row);
    }
    return row;
  }
}

/** A chain of which every frame costs `nats` more. */
export function withFrameCost(body: ChainBody, nats: number): ChainBody {
  return nats === 0
    ? body
    : {
        ...body,
        stay: body.stay.map((weight) => weight - nats),
        leave: body.leave.map((weight) => weight - nats),
      };
}

function garbageScores(model: AcousticModel, scores: SenoneScores) {
  const { frames } = scores;
  const top = Array.from({ length: GARBAGE_TOP }, () => new Float32Array(frames).fill(-1e30));
  for (let phone = 0; phone < model.phones.length; phone++) {
    const name = model.phones[phone] as string;
    if (name === "SIL" || name.startsWith("+")) continue;
    const rows = model.senonesOf(phone, NO_PHONE, NO_PHONE, WORD_INTERNAL).map((senone) => scores.of(senone));
    for (let t = 0; t < frames; t++) {
      let score = Math.max(...rows.map((row) => row[t] as number));
      for (const row of top) {
        const lower = row[t] as number;
        if (score > lower) {
          row[t] = score;
          score = lower;
        }
      }
    }
  }
  const garbageRow = Float32Array.from(
    { length: frames },
    (_, t) => top.reduce((sum, row) => sum + (row[t] as number), 0) / GARBAGE_TOP,
  );
  return { bestPhone: top[0] as Float32Array, garbageRow };
}
