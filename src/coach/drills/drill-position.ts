import type { DrillTask } from "../../ports/reading.ts";
import type { Expectation } from "../../ports/transcriber.ts";
import { exerciseId, exerciseText } from "./exercises.ts";
import { ownPace } from "./pacing.ts";
import { prosodyTarget } from "./prosody.ts";
import {
  type Choice,
  type DrillKind,
  findMaterial,
  findTexts,
  fits,
  itemAt,
  type MaterialItem,
  type MinimalPair,
  scramble,
} from "./texts.ts";

/** Position of a drill in its material. */
export interface DrillPosition {
  /** BCP 47, of the conversation. */
  readonly language: string;
  /** Left out: sentences. */
  readonly kind?: DrillKind;
  /** The choice that narrows the material. */
  readonly choice?: Choice;
  /** Ids of the exercises of a round, in order, in place of the list; behind the last one the drill stops. */
  readonly roundItems?: readonly string[];
  /** The user's own text, read again and again in place of the list. */
  readonly ownText?: string;
  /** 0: the list's own order; any other integer: another order. */
  readonly seed: number;
  /** Sentences, or pairs, of the list left behind. */
  readonly position: number;
  /** Words of the present pair left behind. */
  readonly asked?: number;
}

/** Words of a pair that are asked for before the next pair comes: each twice. */
export const wordsPerPair = 4;

/** The sentence to read, or the word to say, now. */
export function drillSentence(place: DrillPosition): string {
  if (place.kind === "minimal_pairs") return pairAt(place).words[wordIndexAt(place)];
  if (place.ownText !== undefined) return place.ownText;
  return materialAt(place, place.kind ?? "sentence").text;
}

/** BCP 47, of the text: the list's own where there is none in the conversation's. */
export function drillLanguage(place: DrillPosition): string {
  return place.ownText === undefined ? findTexts(place.language).language : place.language;
}

/** Returns the task at a place; undefined: to read the sentence. */
export function drillTask(place: DrillPosition): DrillTask | undefined {
  if (place.kind === "minimal_pairs") return { kind: "minimal_pairs", words: pairAt(place).words };
  if (place.kind === "prosody")
    return { kind: "prosody", target: prosodyTarget(materialAt(place, "prosody"), drillLanguage(place)) };
  if (place.kind !== "pacing") return undefined;
  const target = place.ownText === undefined ? materialAt(place, "pacing").target : ownPace(place.ownText);
  return { kind: "pacing", target };
}

/** The sentence, also while stopped, so that reading it resumes the drill ([DR7]); of a pair, the one word and its rival. */
export function drillExpectation(place: DrillPosition): Expectation {
  const text = drillSentence(place);
  if (place.kind !== "minimal_pairs") return { kind: "reading", text };
  return { kind: "reading", text, rival: pairAt(place).words[wordIndexAt(place) === 0 ? 1 : 0] };
}

/** The pair at a place. */
export function pairAt(place: DrillPosition): MinimalPair {
  return materialAt(place, "minimal_pairs");
}

/** Each word twice, in an order that cannot be foreseen from the first alone: a b b a, or its mirror image. */
export function wordIndexAt({ seed, position, asked = 0 }: DrillPosition): 0 | 1 {
  const first = seed === 0 ? 0 : scramble(seed, position) % 2;
  const turned = asked % wordsPerPair === 1 || asked % wordsPerPair === 2 ? 1 : 0;
  return (first ^ turned) === 0 ? 0 : 1;
}

/** The item at a place: of the round where there is one, else of what fits the choice; of all where nothing does, as after a change of language. */
function materialAt<Kind extends DrillKind>(place: DrillPosition, kind: Kind) {
  const { language, roundItems = [], choice = {}, seed, position } = place;
  const items = findMaterial(language, kind);
  const id = roundItems[position % Math.max(1, roundItems.length)];
  const ofRound = items.find((item: MaterialItem) => exerciseId(kind, exerciseText(item)) === id);
  if (ofRound) return ofRound;
  const fitting = items.filter((item) => fits(item, choice));
  return itemAt(fitting.length === 0 ? items : fitting, seed, position);
}
