/** Hearing: turns phones among their neighbours into chains of a network, scored on one utterance's audio. */
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
  /** States of a phone whatever its neighbours: cruder than in a word, and the same for all words. */
  alone(phone: string): ChainBody;
  /** Silence, and noises that are no speech. */
  readonly pauses: readonly ChainBody[];
  /** Something that is no word of the network: per frame, the mean of the best-fitting phones' scores (Bourlard et al. 1994). */
  readonly garbage: ChainBody;
  /** Per frame, the score of the phone that fits best: what a goodness of pronunciation is measured against (Witt & Young 2000). */
  readonly bestPhone: Float32Array;
}

/** A neighbour that no phone has: asks for the phone's states without context. */
const NOBODY = 63;
/** Garbage lasts at least so many frames (100 ms). */
const GARBAGE_STATES = 10;
/** The best of how many phones make up garbage. */
const GARBAGE_TOP = 3;

export function openEmissions(model: AcousticModel, scores: SenoneScores): Emissions {
  const { frames } = scores;
  const id = (phone: string) => model.phoneId.get(phone) as number;
  const merged = new Map<string, Float32Array>();
  const best = (senones: readonly number[]): Float32Array => {
    const unique = [...new Set(senones)].sort((a, b) => a - b);
    if (unique.length === 1) return scores.of(unique[0] as number);
    const key = unique.join(" ");
    let row = merged.get(key);
    if (!row) {
      row = Float32Array.from(scores.of(unique[0] as number));
      for (const senone of unique.slice(1)) {
        const other = scores.of(senone);
        for (let t = 0; t < frames; t++)
          if ((other[t] as number) > (row[t] as number)) row[t] = other[t] as number;
      }
      merged.set(key, row);
    }
    return row;
  };
  const body = (phone: number, contexts: readonly (readonly number[])[]): ChainBody => ({
    senones: Array.from({ length: STATES }, (_, s) => [
      ...new Set(contexts.map((senones) => senones[s] as number)),
    ]),
    emissions: Array.from({ length: STATES }, (_, s) =>
      best(contexts.map((senones) => senones[s] as number)),
    ),
    stay: Array.from({ length: STATES }, (_, s) => model.stay[phone * STATES + s] as number),
    leave: Array.from({ length: STATES }, (_, s) => model.leave[phone * STATES + s] as number),
  });
  const lone = new Map<string, ChainBody>();
  const alone = (phone: string): ChainBody => {
    let found = lone.get(phone);
    if (!found) {
      found = body(id(phone), [model.senonesOf(id(phone), NOBODY, NOBODY, WORD_INTERNAL)]);
      lone.set(phone, found);
    }
    return found;
  };
  const { bestPhone, garbageRow } = garbageScores(model, scores);
  return {
    frames,
    bestPhone,
    alone,
    pauses: [model.silence, ...[model.phoneId.get("+NSN+") ?? []].flat()].map((phone) =>
      body(phone, [model.senonesOf(phone, model.silence, model.silence, WORD_INTERNAL)]),
    ),
    garbage: {
      senones: [],
      emissions: new Array(GARBAGE_STATES).fill(garbageRow),
      stay: [...new Array(GARBAGE_STATES - 1).fill(-Infinity), 0],
      leave: new Array(GARBAGE_STATES).fill(0),
    },
    word(phones, before, after) {
      const ids = phones.map(id);
      const parts = ids.map((phone, i) => {
        const position = wordPosition(i, ids.length);
        const lefts = i === 0 ? [...before.map(id), model.silence] : [ids[i - 1] as number];
        const rights = i === ids.length - 1 ? [...after.map(id), model.silence] : [ids[i + 1] as number];
        return body(
          phone,
          lefts.flatMap((left) => rights.map((right) => model.senonesOf(phone, left, right, position))),
        );
      });
      return {
        senones: parts.flatMap((part) => part.senones),
        emissions: parts.flatMap((part) => part.emissions),
        stay: parts.flatMap((part) => part.stay),
        leave: parts.flatMap((part) => part.leave),
      };
    },
  };
}

function garbageScores(model: AcousticModel, scores: SenoneScores) {
  const { frames } = scores;
  const top = Array.from({ length: GARBAGE_TOP }, () => new Float32Array(frames).fill(-1e30));
  for (let phone = 0; phone < model.phones.length; phone++) {
    const name = model.phones[phone] as string;
    if (name === "SIL" || name.startsWith("+")) continue;
    const rows = model.senonesOf(phone, NOBODY, NOBODY, WORD_INTERNAL).map((senone) => scores.of(senone));
    for (let t = 0; t < frames; t++) {
      let score = Math.max(...rows.map((row) => row[t] as number));
      for (const row of top) {
        const held = row[t] as number;
        if (score > held) {
          row[t] = score;
          score = held;
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
