/** The drills' material as exercises that can be named: by an id that stays the same as long as the text does. Pure. */
import { type DrillKind, findMaterial, type MaterialItem } from "./texts.ts";

/** Something that can be asked for. */
export interface Exercise {
  readonly id: string;
  readonly kind: DrillKind;
  /** Of a minimal pair both words, "ship / sheep". */
  readonly text: string;
  readonly level: number;
  readonly focus: string;
}

/** All exercises of a kind in a BCP 47 language, in the material's order. */
export function exercisesOf(language: string, kind: DrillKind): readonly Exercise[] {
  return findMaterial(language, kind).map((item) => {
    const text = exerciseText(item);
    return { id: exerciseId(kind, text), kind, text, level: item.level, focus: item.focus };
  });
}

/** The text that names an item: the sentence, or both words of a pair. */
export function exerciseText(item: MaterialItem): string {
  return "words" in item ? item.words.join(" / ") : item.text;
}

/** The id of an exercise; the same as long as its text is. */
export function exerciseId(kind: DrillKind, text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(exerciseKey(kind, text)))
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return `${kind}-${hash.toString(16).padStart(8, "0")}`;
}

/** The key of an exercise among those of all kinds. */
export function exerciseKey(kind: DrillKind, text: string): string {
  return `${kind} ${text}`;
}
